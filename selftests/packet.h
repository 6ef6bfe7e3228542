/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets made by hand, from the IP header on, to one neighbour
 */
#ifndef PACKET_H
#define PACKET_H

#include <netpacket/packet.h>

extern int packet_fd;

int packet_open(char **argv);
int packet_listen(void);
struct sockaddr_ll packet_address(int family);
int packet_send(int family, const void *packet, unsigned int len);

#endif
