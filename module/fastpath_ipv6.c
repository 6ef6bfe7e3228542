// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what nearly all segments of established connections are: IPv6
 */

#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/ipv6.h>

#define TCPKA_FAST_FAMILY	AF_INET6
#define TCPKA_FAST_REACH	TCPKA_REACH_IPV6
#define TCPKA_FAST_LABELLED	1
#define tcpka_fast_ip		ipv6hdr
#include "fastpath_priv.h"

static __always_inline bool tcpka_fast_ip_only(const struct ipv6hdr *ip6h)
{
	return ip6h->nexthdr == IPPROTO_TCP;
}

static __always_inline bool tcpka_fast_key(struct tcpka_tuple *key, u8 *dir,
					   const struct ipv6hdr *ip6h,
					   const struct tcphdr *th)
{
	u64 s = get_unaligned_be64(&ip6h->saddr.s6_addr[0]);
	u64 d = get_unaligned_be64(&ip6h->daddr.s6_addr[0]);
	bool last;

	if (s == d) {
		s = get_unaligned_be64(&ip6h->saddr.s6_addr[8]);
		d = get_unaligned_be64(&ip6h->daddr.s6_addr[8]);
	}
	if (s == d)
		return false;
	last = s > d;
	*dir = last;
	key->addr[0].in6 = last ? ip6h->daddr : ip6h->saddr;
	key->addr[1].in6 = last ? ip6h->saddr : ip6h->daddr;
	key->ports = tcpka_fast_ports(th, last);
	key->family = TCPKA_FAST_FAMILY;
	return true;
}

static __always_inline u8 tcpka_fast_ttl(const struct ipv6hdr *ip6h)
{
	return ip6h->hop_limit;
}

static __always_inline u8 tcpka_fast_dsfield(const struct ipv6hdr *ip6h)
{
	return ipv6_get_dsfield(ip6h);
}

static __always_inline u32 tcpka_fast_flowlabel(const struct ipv6hdr *ip6h)
{
	return ntohl(ip6_flowlabel(ip6h));
}

/**
 * tcpka_fastpath_ipv6() - the last hook at FORWARD, of IPv6
 * @priv: the namespace, struct tcpka_net
 * @skb: the segment
 * @state: of that hook
 *
 * Return: NF_ACCEPT, or NF_DROP where it is a tombstone's.
 */
unsigned int tcpka_fastpath_ipv6(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	return tcpka_fast_hook(priv, skb, state);
}
