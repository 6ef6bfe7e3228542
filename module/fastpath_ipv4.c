// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what nearly all segments of established connections are: IPv4
 */

#include <linux/ip.h>
#include <net/dsfield.h>
#include <net/ip.h>

#define TCPKA_FAST_FAMILY	AF_INET
#define TCPKA_FAST_REACH	TCPKA_REACH_IPV4
#define TCPKA_FAST_LABELLED	0
#define tcpka_fast_ip		iphdr
#include "fastpath_priv.h"

/* The first byte of a header without options. */
#define TCPKA_FAST_IPV4_FIRST	(IPVERSION << 4 | sizeof(struct iphdr) / 4)

static __always_inline bool tcpka_fast_ip_only(const struct iphdr *iph)
{
	return *(const u8 *)iph == TCPKA_FAST_IPV4_FIRST &&
	       iph->protocol == IPPROTO_TCP && !ip_is_fragment(iph);
}

static __always_inline bool tcpka_fast_key(struct tcpka_tuple *key, u8 *dir,
					   const struct iphdr *iph,
					   const struct tcphdr *th)
{
	u32 s = ntohl(iph->saddr), d = ntohl(iph->daddr);
	bool last;

	if (s == d)
		return false;
	last = s > d;
	*dir = last;
	key->addr[0].ip = last ? iph->daddr : iph->saddr;
	key->addr[1].ip = last ? iph->saddr : iph->daddr;
	key->ports = tcpka_fast_ports(th, last);
	key->family = TCPKA_FAST_FAMILY;
	return true;
}

static __always_inline u8 tcpka_fast_ttl(const struct iphdr *iph)
{
	return iph->ttl;
}

static __always_inline u8 tcpka_fast_dsfield(const struct iphdr *iph)
{
	return ipv4_get_dsfield(iph);
}

static __always_inline u32 tcpka_fast_flowlabel(const struct iphdr *iph)
{
	return 0;
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
