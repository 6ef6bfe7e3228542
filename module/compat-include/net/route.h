/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TCPKA_COMPAT_NET_ROUTE_H
#define TCPKA_COMPAT_NET_ROUTE_H

#include_next <net/route.h>

/*
 * tcpka_ip_route_input(skb, iph, dev) routes an IPv4 packet as one that came
 * in: 0 or a negative errno; skb gets a dst without a reference, under RCU.
 * The DS field became a dscp_t, later the errno a drop reason. Macros, since
 * ip4h_dscp() is declared after this.
 */
#if defined(TCPKA_HAVE_ROUTE_INPUT_REASON)
#define tcpka_ip_route_input(skb, iph, dev) ({				\
	const struct iphdr *__iph = (iph);				\
									\
	ip_route_input_noref(skb, __iph->daddr, __iph->saddr,		\
			     ip4h_dscp(__iph), dev) ? -EHOSTUNREACH : 0; })
#elif defined(TCPKA_HAVE_ROUTE_INPUT_DSCP)
#define tcpka_ip_route_input(skb, iph, dev) ({				\
	const struct iphdr *__iph = (iph);				\
									\
	ip_route_input_noref(skb, __iph->daddr, __iph->saddr,		\
			     ip4h_dscp(__iph), dev); })
#else
#define tcpka_ip_route_input(skb, iph, dev) ({				\
	const struct iphdr *__iph = (iph);				\
									\
	ip_route_input_noref(skb, __iph->daddr, __iph->saddr,		\
			     __iph->tos, dev); })
#endif

#endif
