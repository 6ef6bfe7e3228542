/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what a living flow learns from the segments that pass
 */
#ifndef TCPKA_LEARN_H
#define TCPKA_LEARN_H

#include "seqstate.h"
#include "tuple.h"
#include "types.h"

void tcpka_learn(struct tcpka_flow *flow, const struct sk_buff *skb,
		 const struct tcpka_packet *pkt);
bool tcpka_learn_asked(struct tcpka_flow *flow, const struct tcpka_packet *pkt);
void tcpka_learn_taken(struct tcpka_flow *flow, const struct tcpka_packet *pkt);
void tcpka_learn_state(struct tcpka_flow *flow, u32 now);
void tcpka_learn_answered(struct tcpka_flow *flow, unsigned int dir,
			  bool absorbed);
bool tcpka_learn_routine(const struct tcpka_flow *flow);

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

/**
 * tcpka_learn_way() - how an end's segments come here
 * @end: the end; the flow's lock is held
 * @mark: of the last one
 * @iif: of that one, the device through which it came in
 * @ttl: its time to live or hop limit
 * @dsfield: its DS field
 * @flowlabel: its IPv6 flow label, host byte order
 *
 * Segments in its name are sent the same way.
 */
static __always_inline void tcpka_learn_way(struct tcpka_end *end, u32 mark,
					    int iif, u8 ttl, u8 dsfield,
					    u32 flowlabel)
{
	/* compared first: the cache line stays clean as long as nothing moves */
	if (end->mark != mark)
		end->mark = mark;
	if (end->iif != iif)
		end->iif = iif;
	if (end->ttl != ttl)
		end->ttl = ttl;
	if (end->dsfield != dsfield)
		end->dsfield = dsfield;
	if (end->flowlabel != flowlabel)
		end->flowlabel = flowlabel;
}

/**
 * tcpka_learn_path() - tcpka_learn_way() of a segment
 * @end: its sender; the flow's lock is held
 * @pkt: the segment, which is to be believed
 */
static inline void tcpka_learn_path(struct tcpka_end *end,
				    const struct tcpka_packet *pkt)
{
	tcpka_learn_way(end, pkt->mark, pkt->iif, pkt->ttl, pkt->dsfield,
			pkt->flowlabel);
}

/**
 * tcpka_learn_arrived() - what an acknowledgment tells of payload
 * @end: its sender, which had sent one before
 * @other: whose payload it acknowledges
 * @news: enum tcpka_news bits of it
 *
 * What an end acknowledges has arrived there: payload, unless it was seen here on
 * its way and is all that was. For that may have gone another way, and anybody
 * may have lifted its sender's number.
 *
 * Return: @news, and TCPKA_NEWS_DATA where it is so.
 */
static inline unsigned int
tcpka_learn_arrived(const struct tcpka_end *end,
		    const struct tcpka_end *other, unsigned int news)
{
	if (news & TCPKA_NEWS_ACK &&
	    (other->seq.stale || end->seq.rcv_nxt != other->seq.snd_nxt))
		news |= TCPKA_NEWS_DATA;
	return news;
}

#endif /* TCPKA_LEARN_H */
