/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - local sockets: keepalive and expiry through the socket itself
 */
#ifndef TCPKA_SOCKET_H
#define TCPKA_SOCKET_H

#include "types.h"

int tcpka_socks_init(struct tcpka_net *tn);
unsigned long tcpka_socks_patience(void);
struct tcpka_socks *tcpka_socks_stop(struct tcpka_net *tn, unsigned long until,
				     struct tcpka_socks *others);
void tcpka_socks_exit(struct tcpka_socks *socks);
void tcpka_socks_rules_changed(struct tcpka_net *tn, bool local);
int tcpka_socks_walk(struct tcpka_net *tn, unsigned long *pos,
		     int (*fn)(struct tcpka_info *info, struct sock *sk,
			       void *data),
		     void *data);
int tcpka_sock_kill(struct tcpka_net *tn, struct sock *sk);
void tcpka_socks_settle(struct tcpka_net *tn);

#endif /* TCPKA_SOCKET_H */
