// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what nearly all segments of established connections are: IPv4
 */

#include <linux/ip.h>
#include <net/checksum.h>
#include <net/dsfield.h>
#include <net/ip.h>

#include "fastpath_priv.h"

static __always_inline u32 tcpka_fast_hash(const void *data, u32 len,
					   u32 seed)
{
	return tcpka_tuple_hash(data, AF_INET, seed);
}

static __always_inline int tcpka_fast_cmp(struct rhashtable_compare_arg *arg,
					  const void *obj)
{
	const struct tcpka_flow *flow = obj;

	return !tcpka_tuple_same(&flow->key, arg->key, AF_INET);
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
					   const struct iphdr *iph,
					   const struct tcphdr *th)
{
	u32 s = ntohl(iph->saddr), d = ntohl(iph->daddr);
	bool dir;

	if (unlikely(s == d)) {
		s = ntohs(th->source);
		d = ntohs(th->dest);
	}
	dir = s > d;
	*sender = dir;
	key->addr[0].ip = dir ? iph->daddr : iph->saddr;
	key->addr[1].ip = dir ? iph->saddr : iph->daddr;
	key->port[0] = dir ? th->dest : th->source;
	key->port[1] = dir ? th->source : th->dest;
	key->family = AF_INET;
	return s != d;
}

static __always_inline bool tcpka_fast_read(const struct sk_buff *skb,
					    struct tcpka_packet *pkt,
					    struct tcpka_tuple *key)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (iph->ihl != sizeof(*iph) / 4 || iph->protocol != IPPROTO_TCP ||
	    ip_is_fragment(iph))
		return false;
	pkt->thoff = skb_network_offset(skb) + sizeof(*iph);
	if (!tcpka_fast_tcp(skb, pkt->thoff, &pkt->seg))
		return false;
	pkt->ttl = iph->ttl;
	pkt->dsfield = ipv4_get_dsfield(iph);
	pkt->flowlabel = 0;
	return tcpka_fast_key(key, &pkt->dir, iph,
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
	return !csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len,
				  IPPROTO_TCP, sum);
}

/**
 * tcpka_fastpath_ipv4() - take a segment that comes in its turn
 * @tn: the namespace
 * @skb: at the last hook of FORWARD, its network header valid; not changed
 * @state: of that hook, IPv4
 *
 * Return: false if it is anything else: nothing was done with it.
 */
bool tcpka_fastpath_ipv4(struct tcpka_net *tn, struct sk_buff *skb,
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
