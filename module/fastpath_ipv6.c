// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what nearly all segments of established connections are: IPv6
 */

#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "fastpath_priv.h"

static __always_inline u32 tcpka_fast_hash(const void *data, u32 len,
					   u32 seed)
{
	return tcpka_tuple_hash(data, AF_INET6, seed);
}

static __always_inline int tcpka_fast_cmp(struct rhashtable_compare_arg *arg,
					  const void *obj)
{
	const struct tcpka_flow *flow = obj;

	return !tcpka_tuple_same(&flow->key, arg->key, AF_INET6);
}

/* As table.c has it; only to find what is there. */
static const struct rhashtable_params tcpka_fast_params = {
	.head_offset	= offsetof(struct tcpka_flow, node),
	.key_len	= sizeof(struct tcpka_tuple),
	.hashfn		= tcpka_fast_hash,
	.obj_cmpfn	= tcpka_fast_cmp,
};

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
	key->family = AF_INET6;
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

/* As tcpka_tuple_intact(), but that it may be intact where this says no. */
static __always_inline bool tcpka_fast_intact(struct net *net,
					      const struct sk_buff *skb,
					      unsigned int thoff)
{
	unsigned int len = skb->len - thoff;
	__wsum sum;

	if (tcpka_tuple_checked(net, skb))
		return true;
	if (skb_is_nonlinear(skb))
		return false;
	sum = csum_partial(skb->data + thoff, len, 0);
	return !csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr,
				len, IPPROTO_TCP, sum);
}

/**
 * tcpka_fastpath_ipv6() - take a segment that comes in its turn
 * @tn: the namespace
 * @skb: at the last hook of FORWARD, its network header valid; not changed
 * @state: of that hook, IPv6
 *
 * Return: false if it is anything else: nothing was done with it.
 */
bool tcpka_fastpath_ipv6(struct tcpka_net *tn, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	struct tcpka_packet pkt tcpka_uncleared;
	struct tcpka_tuple key tcpka_uncleared;
	struct tcpka_flow *flow;

	if (!tcpka_fast_common(skb, state) ||
	    !tcpka_fast_read(skb, &pkt, &key))
		return false;
	key.unused = 0;
	key.l3mdev = 0;
	key.zone = skb_nfct(skb) ? tcpka_tuple_zone(skb) : 0;
	flow = rhashtable_lookup(&tn->flows, &key, tcpka_fast_params);
	/* nobody's, and nothing that could begin one (tcpka_hook_begins()) */
	if (!flow)
		return !pkt.seg.len;
	/* without its lock: what opens or closes is not even summed up here */
	if (READ_ONCE(flow->state) != TCPKA_STATE_ESTABLISHED)
		return false;
	return tcpka_fast_intact(tn->net, skb, pkt.thoff) &&
	       tcpka_fast_take(flow, skb, state, &pkt);
}
