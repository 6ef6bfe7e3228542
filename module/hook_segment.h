/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what passes through this machine, and the fast path did not take
 */
#ifndef TCPKA_HOOK_SEGMENT_H
#define TCPKA_HOOK_SEGMENT_H

#include "tuple.h"

unsigned int tcpka_hook_segment(struct tcpka_net *tn, const struct sk_buff *skb,
				const struct nf_hook_state *state);
unsigned int tcpka_hook_found(struct tcpka_net *tn, const struct sk_buff *skb,
			      const struct tcpka_packet *pkt,
			      struct tcpka_flow *flow, bool intact);
unsigned int tcpka_hook_tomb(struct tcpka_flow *flow, const struct sk_buff *skb,
			     const struct tcpka_packet *pkt, bool last)
	__releases(&flow->lock);

#endif /* TCPKA_HOOK_SEGMENT_H */
