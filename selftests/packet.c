// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets made by hand, from the IP header on, to one neighbour
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>

#include "packet.h"

/* For options, and to receive from. */
int packet_fd = -1;

static struct sockaddr_ll next_hop = {
	.sll_family = AF_PACKET,
	.sll_halen = ETH_ALEN,
};

/**
 * packet_open() - open the socket, which receives nothing yet
 * @argv: the program's arguments, the first two are DEVICE PEER-MAC
 *
 * Return: 0, or -1 with errno set
 */
int packet_open(char **argv)
{
	unsigned char *mac = next_hop.sll_addr;

	if (!argv[1] || !argv[2] ||
	    sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1,
		   mac + 2, mac + 3, mac + 4, mac + 5) != ETH_ALEN) {
		errno = EINVAL;
		return -1;
	}
	next_hop.sll_ifindex = if_nametoindex(argv[1]);
	if (!next_hop.sll_ifindex)
		return -1;
	packet_fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return packet_fd < 0 ? -1 : 0;
}

/**
 * packet_listen() - receive all that passes the device from now on
 *
 * Options that say what and how are set before.
 *
 * Return: 0, or -1 with errno set
 */
int packet_listen(void)
{
	struct sockaddr_ll device = next_hop;

	device.sll_protocol = htons(ETH_P_ALL);
	return bind(packet_fd, (struct sockaddr *)&device, sizeof(device));
}

/**
 * packet_address() - where the neighbour is, for sendmsg() and its like
 * @family: AF_INET or AF_INET6, as the device is told
 *
 * Return: the address
 */
struct sockaddr_ll packet_address(int family)
{
	struct sockaddr_ll to = next_hop;

	to.sll_protocol = htons(family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	return to;
}

/**
 * packet_send() - send a packet to the neighbour
 * @family: AF_INET or AF_INET6, whatever the packet itself says
 * @packet: its bytes
 * @len: how many
 *
 * Return: 0, or -1 with errno set
 */
int packet_send(int family, const void *packet, unsigned int len)
{
	struct sockaddr_ll to = packet_address(family);

	return sendto(packet_fd, packet, len, 0, (struct sockaddr *)&to,
		      sizeof(to)) < 0 ? -1 : 0;
}
