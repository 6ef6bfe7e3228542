/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what a living flow learns from the segments that pass
 */
#ifndef TCPKA_LEARN_H
#define TCPKA_LEARN_H

#include "tuple.h"
#include "types.h"

bool tcpka_learn_next(struct tcpka_flow *flow, const struct sk_buff *skb,
		      const struct tcpka_packet *pkt);
void tcpka_learn(struct tcpka_flow *flow, const struct sk_buff *skb,
		 const struct tcpka_packet *pkt);
bool tcpka_learn_asked(struct tcpka_flow *flow, const struct tcpka_packet *pkt);
void tcpka_learn_taken(struct tcpka_flow *flow, const struct tcpka_packet *pkt);
void tcpka_learn_path(struct tcpka_end *end, const struct tcpka_packet *pkt);
void tcpka_learn_state(struct tcpka_flow *flow, u32 now);
void tcpka_learn_answered(struct tcpka_flow *flow, unsigned int dir,
			  bool absorbed);

/* learn_syn.c */
void tcpka_learn_first(struct tcpka_flow *flow,
		       const struct tcpka_packet *pkt);
void tcpka_learn_picked(struct tcpka_flow *flow, const struct sk_buff *skb,
			const struct tcpka_packet *pkt);
bool tcpka_learn_unheard(struct tcpka_flow *flow,
			 const struct tcpka_packet *pkt);
void tcpka_learn_met(struct tcpka_flow *flow, const struct tcpka_packet *pkt,
		     u32 now);
void tcpka_learn_note(struct tcpka_flow *flow, const struct tcpka_packet *pkt);
bool tcpka_learn_tomb_syn_ack(const struct tcpka_flow *flow,
			      const struct tcpka_packet *pkt,
			      struct tcpka_packet *syn);
bool tcpka_learn_syn(struct tcpka_flow *flow, const struct tcpka_packet *pkt,
		     u32 now);
bool tcpka_learn_syn_ack(struct tcpka_flow *flow,
			 const struct tcpka_packet *pkt, u32 now);

#endif /* TCPKA_LEARN_H */
