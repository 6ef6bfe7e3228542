// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - segments in an end's name, IPv4
 */

#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include "segment.h"

/**
 * tcpka_segment_ipv4_put() - put the IPv4 header
 * @skb: with room for it, its network header set
 * @w: what goes into it
 *
 * DF with an ID of 0 is what RFC 6864 4.1 allows for what is never fragmented.
 */
void tcpka_segment_ipv4_put(struct sk_buff *skb, const struct tcpka_wire *w)
{
	struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = w->dsfield;
	iph->frag_off = htons(IP_DF);
	iph->ttl = w->ttl;
	iph->protocol = IPPROTO_TCP;
	iph->saddr = w->saddr.ip;
	iph->daddr = w->daddr.ip;
	skb->protocol = htons(ETH_P_IP);
}

/**
 * tcpka_segment_ipv4_csum() - finish length and checksums
 * @skb: the segment
 * @th: its TCP header
 * @len: bytes of TCP header and payload
 */
void tcpka_segment_ipv4_csum(struct sk_buff *skb, struct tcphdr *th,
			     unsigned int len)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->tot_len = htons(skb->len);
	ip_send_check(iph);
	th->check = tcp_v4_check(len, iph->saddr, iph->daddr,
				 csum_partial(th, len, 0));
}

/**
 * tcpka_segment_ipv4_route() - route as if it had come in
 * @skb: the segment, its dev the input device of the end in whose name it is.
 *	Under RCU, with BH off
 *
 * Return: 0, and @skb has a dst; or a negative errno, -EHOSTUNREACH where such
 * a segment of the end would not be forwarded.
 */
int tcpka_segment_ipv4_route(struct sk_buff *skb)
{
	int err;

	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->iif = skb->skb_iif;
	err = tcpka_ip_route_input(skb, ip_hdr(skb), skb->dev);
	if (err)
		return err;
	return skb_rtable(skb)->rt_type == RTN_UNICAST ? 0 : -EHOSTUNREACH;
}

/**
 * tcpka_segment_ipv4_send() - route and send as if it had been forwarded
 * @net: the namespace
 * @skb: the segment, its dev the input device of the end in whose name it is
 *	sent; consumed. Under RCU, with BH off
 *
 * Return: 0, a NET_XMIT code or a negative errno; -EHOSTUNREACH where such a
 * segment of the end would not be forwarded.
 */
int tcpka_segment_ipv4_send(struct net *net, struct sk_buff *skb)
{
	int err = tcpka_segment_ipv4_route(skb);

	if (err)
		goto drop;
	err = -EHOSTUNREACH;
	if (!xfrm4_route_forward(skb))
		goto drop;
	IPCB(skb)->flags |= IPSKB_FORWARDED;
	return dst_output(net, NULL, skb);

drop:
	kfree_skb(skb);
	return err;
}
