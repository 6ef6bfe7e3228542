// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what nearly all segments of established connections are: IPv6
 */

#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#define TCPKA_FAST_FAMILY	AF_INET6
#define TCPKA_FAST_REACH	TCPKA_REACH_IPV6
#include "fastpath_priv.h"

/* Return: false if one end has both names. */
static __always_inline bool tcpka_fast_key(struct tcpka_tuple *key, u8 *sender,
					   const struct ipv6hdr *ip6h,
					   const struct tcphdr *th)
{
	u64 s = get_unaligned_be64(&ip6h->saddr.s6_addr[0]);
	u64 d = get_unaligned_be64(&ip6h->daddr.s6_addr[0]);
	bool dir;

	if (s == d) {
		s = get_unaligned_be64(&ip6h->saddr.s6_addr[8]);
		d = get_unaligned_be64(&ip6h->daddr.s6_addr[8]);
	}
	if (unlikely(s == d)) {
		s = ntohs(th->source);
		d = ntohs(th->dest);
	}
	dir = s > d;
	*sender = dir;
	key->addr[0].in6 = dir ? ip6h->daddr : ip6h->saddr;
	key->addr[1].in6 = dir ? ip6h->saddr : ip6h->daddr;
	key->port[0] = dir ? th->dest : th->source;
	key->port[1] = dir ? th->source : th->dest;
	key->family = TCPKA_FAST_FAMILY;
	return s != d;
}

static __always_inline bool tcpka_fast_read(const struct sk_buff *skb,
					    struct tcpka_packet *pkt,
					    struct tcpka_tuple *key)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	if (ip6h->nexthdr != IPPROTO_TCP)
		return false;
	pkt->thoff = skb_network_offset(skb) + sizeof(*ip6h);
	if (!tcpka_fast_tcp(skb, pkt->thoff, &pkt->seg))
		return false;
	pkt->ttl = ip6h->hop_limit;
	pkt->dsfield = ipv6_get_dsfield(ip6h);
	pkt->flowlabel = ntohl(ip6_flowlabel(ip6h));
	return tcpka_fast_key(key, &pkt->dir, ip6h,
			      (const void *)(skb->data + pkt->thoff));
}

static __always_inline bool tcpka_fast_sum(const struct sk_buff *skb,
					   unsigned int len, __wsum sum)
{
	return !csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr,
				len, IPPROTO_TCP, sum);
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
