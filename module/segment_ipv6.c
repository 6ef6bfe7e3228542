// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - segments in an end's name, IPv6
 */

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include "segment.h"

/**
 * tcpka_segment_ipv6_put() - put the IPv6 header
 * @skb: with room for it, its network header set
 * @w: what goes into it
 */
void tcpka_segment_ipv6_put(struct sk_buff *skb, const struct tcpka_wire *w)
{
	struct ipv6hdr *ip6h = skb_put_zero(skb, sizeof(*ip6h));

	ip6_flow_hdr(ip6h, w->dsfield, w->flowlabel);
	ip6h->nexthdr = IPPROTO_TCP;
	ip6h->hop_limit = w->ttl;
	ip6h->saddr = w->saddr.in6;
	ip6h->daddr = w->daddr.in6;
	skb->protocol = htons(ETH_P_IPV6);
}

/**
 * tcpka_segment_ipv6_csum() - finish length and checksum
 * @skb: the segment
 * @th: its TCP header
 * @len: bytes of TCP header and payload
 */
void tcpka_segment_ipv6_csum(struct sk_buff *skb, struct tcphdr *th,
			     unsigned int len)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);

	ip6h->payload_len = htons(len);
	th->check = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
				    IPPROTO_TCP, csum_partial(th, len, 0));
}

/**
 * tcpka_segment_ipv6_route() - route as if it had come in
 * @net: the namespace
 * @skb: the segment, its dev the input device of the end in whose name it is.
 *	Under RCU, with BH off
 *
 * Return: 0, and @skb has a dst; or a negative errno, -EHOSTUNREACH where such
 * a segment of the end would not be forwarded.
 */
int tcpka_segment_ipv6_route(struct net *net, struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct flowi6 fl6 = {
		.flowi6_iif	= skb->dev->ifindex,
		.daddr		= ip6h->daddr,
		.saddr		= ip6h->saddr,
		.flowlabel	= ip6_flowinfo(ip6h),
		.flowi6_mark	= skb->mark,
		.flowi6_proto	= IPPROTO_TCP,
		.fl6_sport	= th->source,
		.fl6_dport	= th->dest,
	};
	struct dst_entry *dst;
	int err;

	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->iif = skb->skb_iif;
	dst = ip6_route_input_lookup(net, skb->dev, &fl6, skb,
				     RT6_LOOKUP_F_HAS_SADDR);
	err = dst->error;
	if (!err && dst_rt6_info(dst)->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST))
		err = -EHOSTUNREACH;
	if (err) {
		dst_release(dst);
		return err;
	}
	skb_dst_set(skb, dst);
	return 0;
}

/**
 * tcpka_segment_ipv6_send() - route and send as if it had been forwarded
 * @net: the namespace
 * @skb: the segment, its dev the input device of the end in whose name it is
 *	sent; consumed. Under RCU, with BH off
 *
 * Return: 0, a NET_XMIT code or a negative errno; -EHOSTUNREACH where such a
 * segment of the end would not be forwarded.
 */
int tcpka_segment_ipv6_send(struct net *net, struct sk_buff *skb)
{
	int err = tcpka_segment_ipv6_route(net, skb);

	if (err)
		goto drop;
	err = -EHOSTUNREACH;
	if (!xfrm6_route_forward(skb))
		goto drop;
	IP6CB(skb)->flags |= IP6SKB_FORWARDED;
	return dst_output(net, NULL, skb);

drop:
	kfree_skb(skb);
	return err;
}
