/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TCPKA_COMPAT_NET_ROUTE_H
#define TCPKA_COMPAT_NET_ROUTE_H

#include_next <net/route.h>
#include <linux/ip.h>

/**
 * tcpka_ip_route_input() - route an IPv4 packet as one that came in
 * @skb: the packet; gets a dst without a reference
 * @iph: its header
 * @dev: through which it would have come in
 *
 * Under RCU. The DS field became a dscp_t, and the errno a drop reason.
 *
 * Return: 0 or a negative errno.
 */
static inline int tcpka_ip_route_input(struct sk_buff *skb,
				       const struct iphdr *iph,
				       struct net_device *dev)
{
#if defined(TCPKA_HAVE_ROUTE_INPUT_REASON)
	return ip_route_input_noref(skb, iph->daddr, iph->saddr,
				    ip4h_dscp(iph), dev) ? -EHOSTUNREACH : 0;
#elif defined(TCPKA_HAVE_ROUTE_INPUT_DSCP)
	return ip_route_input_noref(skb, iph->daddr, iph->saddr,
				    ip4h_dscp(iph), dev);
#else
	return ip_route_input_noref(skb, iph->daddr, iph->saddr, iph->tos,
				    dev);
#endif
}

#endif
