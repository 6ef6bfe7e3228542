/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - local sockets: keepalive and expiry through the socket itself
 */
#ifndef TCPKA_SOCKET_H
#define TCPKA_SOCKET_H

#include "types.h"

/**
 * struct tcpka_socks_walk - where a walk over all sockets of a namespace is
 * @tn: the namespace
 * @listens: ports that have a listener, NULL without memory
 * @slot: bucket of the established hash
 * @nth: socket in that bucket
 */
struct tcpka_socks_walk {
	struct tcpka_net *tn;
	unsigned long *listens;
	unsigned int slot;
	unsigned int nth;
};

int tcpka_socks_init(struct tcpka_net *tn);
unsigned long tcpka_socks_patience(void);
struct tcpka_socks *tcpka_socks_stop(struct tcpka_net *tn, unsigned long until,
				     struct tcpka_socks *others);
void tcpka_socks_exit(struct tcpka_socks *socks);
void tcpka_socks_rules_changed(struct tcpka_net *tn, bool local);
void tcpka_socks_walk_start(struct tcpka_socks_walk *walk,
			    struct tcpka_net *tn);
void tcpka_socks_walk_stop(struct tcpka_socks_walk *walk);
int tcpka_socks_walk(struct tcpka_socks_walk *walk,
		     int (*fn)(struct tcpka_info *info, struct sock *sk,
			       void *data),
		     void *data);
bool tcpka_sock_rulable(const struct sock *sk);
int tcpka_sock_kill(struct tcpka_net *tn, struct sock *sk,
		    const struct tcpka_info *info, enum tcpka_action with);
int tcpka_sock_probe(struct tcpka_net *tn, struct sock *sk);
void tcpka_socks_settle(struct tcpka_net *tn);

#endif /* TCPKA_SOCKET_H */
