// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what routed connections the policies may rule at most
 *
 * Most of what a gateway forwards may be nobody's business. Of all policies
 * together, and for each family, there is a range of the ports and a prefix of the
 * addresses that they name: what is outside of it is of no flow, and nothing else
 * is asked. What has another mark than all of them name begins no flow, but may be
 * of one. Devices are not in it.
 */

#include <linux/bitops.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/minmax.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "match.h"
#include "reach.h"
#include "tuple.h"

/**
 * tcpka_reach_init() - reach nothing
 * @reach: of both families
 */
void tcpka_reach_init(struct tcpka_reach reach[2])
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		reach[i] = (struct tcpka_reach) { .first = U16_MAX };
}

static bool tcpka_reach_empty(const struct tcpka_reach *reach)
{
	return reach->first > reach->last;
}

/* How many leading bits two addresses have in common. */
static unsigned int tcpka_reach_common(const union nf_inet_addr *a,
				       const union nf_inet_addr *b)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(a->ip6); i++)
		if (a->ip6[i] != b->ip6[i])
			return 32 * i +
			       32 - fls(ntohl(a->ip6[i] ^ b->ip6[i]));
	return 128;
}

/* The longest prefix that has both. */
static void tcpka_reach_join(union nf_inet_addr *addr, u8 *len,
			     const union nf_inet_addr *other, u8 other_len)
{
	*len = min3((unsigned int)*len, (unsigned int)other_len,
		    tcpka_reach_common(addr, other));
	tcpka_match_mask(addr, *len);
}

static void tcpka_reach_mask(union nf_inet_addr *mask, u8 len)
{
	memset(mask, 0xff, sizeof(*mask));
	tcpka_match_mask(mask, len);
}

/* The bits of two marks that count for both, and are the same. */
static void tcpka_reach_join_mark(struct tcpka_reach *reach,
				  const struct tcpka_reach *by)
{
	reach->mark_mask &= by->mark_mask & ~(reach->mark ^ by->mark);
	reach->mark &= reach->mark_mask;
}

/* What follows from the rest. */
static void tcpka_reach_settle(struct tcpka_reach *reach)
{
	reach->all = reach->first == 0 && reach->last == U16_MAX &&
		     !reach->src_len && !reach->dst_len;
	tcpka_reach_mask(&reach->src_mask, reach->src_len);
	tcpka_reach_mask(&reach->dst_mask, reach->dst_len);
}

static void tcpka_reach_widen(struct tcpka_reach *reach,
			      const struct tcpka_reach *by)
{
	if (tcpka_reach_empty(by))
		return;
	if (tcpka_reach_empty(reach)) {
		*reach = *by;
		return;
	}
	reach->first = min(reach->first, by->first);
	reach->last = max(reach->last, by->last);
	tcpka_reach_join(&reach->src, &reach->src_len, &by->src, by->src_len);
	tcpka_reach_join(&reach->dst, &reach->dst_len, &by->dst, by->dst_len);
	tcpka_reach_join_mark(reach, by);
	tcpka_reach_settle(reach);
}

/**
 * tcpka_reach_add() - reach what a policy may rule, too
 * @reach: of both families
 * @match: the policy's; its prefixes have no host bits
 */
void tcpka_reach_add(struct tcpka_reach reach[2],
		     const struct tcpka_match *match)
{
	struct tcpka_reach by = {
		.last = U16_MAX,
		.src = match->src, .src_len = match->src_len,
		.dst = match->dst, .dst_len = match->dst_len,
	};

	if (match->set_dport) {
		by.first = match->dport[0];
		by.last = match->dport[1];
	}
	if (match->set_mark) {
		by.mark = match->mark;
		by.mark_mask = match->mark_mask;
	}
	tcpka_reach_settle(&by);
	if (match->kind == TCPKA_KIND_LOCAL)
		return;
	if (match->family != AF_INET6)
		tcpka_reach_widen(&reach[TCPKA_REACH_IPV4], &by);
	if (match->family != AF_INET)
		tcpka_reach_widen(&reach[TCPKA_REACH_IPV6], &by);
}

/**
 * tcpka_reach_keep() - reach as far as before, too
 * @reach: of both families
 * @old: of the snapshot before, NULL where there was none, which reaches
 *	everything
 *
 * Flows of before, which may be tombstones that keep their policy, are still to
 * be found.
 */
void tcpka_reach_keep(struct tcpka_reach reach[2],
		      const struct tcpka_reach *old)
{
	const struct tcpka_reach all = { .last = U16_MAX, .all = true };
	unsigned int i;

	for (i = 0; i < 2; i++)
		tcpka_reach_widen(&reach[i], old ? &old[i] : &all);
}

static __always_inline bool tcpka_reach_in(const void *addr,
					   const union nf_inet_addr *prefix,
					   const union nf_inet_addr *mask,
					   u8 pf)
{
	const __be32 *ip = addr;

	if (pf == NFPROTO_IPV4)
		return !((*ip ^ prefix->ip) & mask->ip);
	return !ipv6_masked_addr_cmp(addr, &mask->in6, &prefix->in6);
}

/* Whether a connection may be ruled that @src has opened. */
static __always_inline bool tcpka_reach_has(const struct tcpka_reach *reach,
					    const void *src, const void *dst,
					    u16 dport, u8 pf)
{
	return dport >= reach->first && dport <= reach->last &&
	       tcpka_reach_in(src, &reach->src, &reach->src_mask, pf) &&
	       tcpka_reach_in(dst, &reach->dst, &reach->dst_mask, pf);
}

/* In either direction. */
static __always_inline bool tcpka_reach_may(const struct tcpka_reach *reach,
					    const void *saddr,
					    const void *daddr, const u16 *port,
					    u8 pf)
{
	return tcpka_reach_has(reach, saddr, daddr, port[1], pf) ||
	       tcpka_reach_has(reach, daddr, saddr, port[0], pf);
}

/**
 * tcpka_reach_beyond() - whether no flow can be a packet's
 * @reach: of its family
 * @skb: the packet, at FORWARD, its network header valid
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Whichever of its ends has opened the connection. All that is spent on
 * connections that nobody rules: what is malformed is not counted there. For
 * one that reaches not all.
 *
 * Return: false where that is not known, too.
 */
bool tcpka_reach_beyond(const struct tcpka_reach *reach,
			const struct sk_buff *skb, u8 pf)
{
	u16 port[2];

	if (!tcpka_tuple_ports(skb, pf, port))
		return false;
	if (pf == NFPROTO_IPV4)
		return !tcpka_reach_may(reach, &ip_hdr(skb)->saddr,
					&ip_hdr(skb)->daddr, port,
					NFPROTO_IPV4);
	return !tcpka_reach_may(reach, &ipv6_hdr(skb)->saddr,
				&ipv6_hdr(skb)->daddr, port, NFPROTO_IPV6);
}
