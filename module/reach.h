/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what routed connections the policies may rule at most
 */
#ifndef TCPKA_REACH_H
#define TCPKA_REACH_H

#include "types.h"

struct sk_buff;

/* what it is of: an index of struct tcpka_rules.reach */
enum tcpka_reach_family {
	TCPKA_REACH_IPV4,
	TCPKA_REACH_IPV6,
};

void tcpka_reach_init(struct tcpka_reach reach[2]);
void tcpka_reach_add(struct tcpka_reach reach[2],
		     const struct tcpka_match *match);
void tcpka_reach_keep(struct tcpka_reach reach[2],
		      const struct tcpka_reach *old);
bool tcpka_reach_beyond(const struct tcpka_reach *reach,
			const struct sk_buff *skb, u8 pf);

/**
 * tcpka_reach_begins() - whether a segment may begin a connection that is ruled
 * @reach: of its family
 * @mark: the segment's, of no flow that is known
 */
static inline bool tcpka_reach_begins(const struct tcpka_reach *reach, u32 mark)
{
	return !((mark ^ reach->mark) & reach->mark_mask);
}

#endif /* TCPKA_REACH_H */
