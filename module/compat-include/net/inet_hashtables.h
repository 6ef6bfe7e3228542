/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - where a namespace's TCP sockets are
 */
#ifndef TCPKA_COMPAT_NET_INET_HASHTABLES_H
#define TCPKA_COMPAT_NET_INET_HASHTABLES_H

#include_next <net/inet_hashtables.h>
#include <net/inet6_hashtables.h>
#include <net/inet_timewait_sock.h>

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

/**
 * tcpka_twsk_opened() - whether connect() chose the port of what is in TIME_WAIT
 * @tw: in the established hash, its bucket's lock is held: it leaves that first,
 *	and the port's bucket after it
 *
 * Never true of what was accepted: a port that was bound, by listen() too, is not
 * one that connect() chooses (__inet_hash_connect(), fastreuse -1).
 */
static inline bool tcpka_twsk_opened(const struct inet_timewait_sock *tw)
{
#ifdef TCPKA_HAVE_TW_CONNECT_BIND
	return tw->tw_connect_bind;
#else
	const struct inet_bind_bucket *tb = READ_ONCE(tw->tw_tb);

	return tb && READ_ONCE(tb->fastreuse) < 0;
#endif
}

/**
 * tcpka_lookup_ipv4() - the socket that segments of a connection would reach
 * @net: the namespace
 * @saddr: from which address they come
 * @sport: from which port
 * @daddr: for which address
 * @hnum: for which port, in host byte order
 * @dif: through which device
 * @sdif: and in which VRF, if that is not @dif
 *
 * Under RCU, with BH off.
 *
 * Return: the socket, to be given back by sock_gen_put(), or NULL.
 */
static inline struct sock *tcpka_lookup_ipv4(struct net *net, __be32 saddr,
					     __be16 sport, __be32 daddr,
					     u16 hnum, int dif, int sdif)
{
#ifdef TCPKA_HAVE_LOOKUP_HASHINFO
	return __inet_lookup_established(net, tcpka_hashinfo(net), saddr, sport,
					 daddr, hnum, dif, sdif);
#else
	return __inet_lookup_established(net, saddr, sport, daddr, hnum, dif,
					 sdif);
#endif
}

/**
 * tcpka_lookup_ipv6() - the same for IPv6
 * @net: the namespace
 * @saddr: from which address they come
 * @sport: from which port
 * @daddr: for which address
 * @hnum: for which port, in host byte order
 * @dif: through which device
 * @sdif: and in which VRF, if that is not @dif
 *
 * Return: the socket, to be given back by sock_gen_put(), or NULL.
 */
static inline struct sock *tcpka_lookup_ipv6(struct net *net,
					     const struct in6_addr *saddr,
					     __be16 sport,
					     const struct in6_addr *daddr,
					     u16 hnum, int dif, int sdif)
{
#if !IS_ENABLED(CONFIG_IPV6)
	return NULL;
#elif defined(TCPKA_HAVE_LOOKUP_HASHINFO)
	return __inet6_lookup_established(net, tcpka_hashinfo(net), saddr,
					  sport, daddr, hnum, dif, sdif);
#else
	return __inet6_lookup_established(net, saddr, sport, daddr, hnum, dif,
					  sdif);
#endif
}

#endif /* TCPKA_COMPAT_NET_INET_HASHTABLES_H */
