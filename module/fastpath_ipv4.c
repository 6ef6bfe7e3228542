// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what nearly all segments of established connections are: IPv4
 */

#include <linux/ip.h>
#include <net/dsfield.h>
#include <net/ip.h>

#define TCPKA_FAST_FAMILY	AF_INET
#define TCPKA_FAST_REACH	TCPKA_REACH_IPV4
#include "fastpath_priv.h"

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
	key->family = TCPKA_FAST_FAMILY;
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

static __always_inline bool tcpka_fast_sum(const struct sk_buff *skb,
					   unsigned int len, __wsum sum)
{
	return !csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len,
				  IPPROTO_TCP, sum);
}

/**
 * tcpka_fastpath_ipv4() - the last hook at FORWARD, of IPv4
 * @priv: the namespace, struct tcpka_net
 * @skb: the segment
 * @state: of that hook
 *
 * Return: NF_ACCEPT, or NF_DROP where it is a tombstone's.
 */
unsigned int tcpka_fastpath_ipv4(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	return tcpka_fast_hook(priv, skb, state);
}
