/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - where a namespace's TCP sockets are
 */
#ifndef TCPKA_COMPAT_NET_INET_HASHTABLES_H
#define TCPKA_COMPAT_NET_INET_HASHTABLES_H

#include_next <net/inet_hashtables.h>

/**
 * tcpka_hashinfo() - the hash tables that hold a namespace's TCP sockets
 * @net: the namespace
 */
static inline struct inet_hashinfo *tcpka_hashinfo(struct net *net)
{
#ifdef TCPKA_HAVE_DEATH_ROW_POINTER
	return net->ipv4.tcp_death_row->hashinfo;
#else
	return net->ipv4.tcp_death_row.hashinfo;
#endif
}

#endif /* TCPKA_COMPAT_NET_INET_HASHTABLES_H */
