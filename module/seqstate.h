/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what an end has sent and acknowledged; no skb, no lock, no clock
 */
#ifndef TCPKA_SEQSTATE_H
#define TCPKA_SEQSTATE_H

#include "types.h"

/**
 * enum tcpka_news - what a valid segment told that was not known before
 * @TCPKA_NEWS_DATA: payload never sent before, in the segment or ahead of it
 * @TCPKA_NEWS_ACK: the acknowledgment advanced
 * @TCPKA_NEWS_WIN: the window field changed
 * @TCPKA_NEWS_FIN: the first FIN
 */
enum tcpka_news {
	TCPKA_NEWS_DATA	= 1,
	TCPKA_NEWS_ACK	= 2,
	TCPKA_NEWS_WIN	= 4,
	TCPKA_NEWS_FIN	= 8,
};

void tcpka_seq_syn(struct tcpka_seq *snd, struct tcpka_seq *rcv,
		   const struct tcpka_segment *seg);
bool tcpka_seq_valid(const struct tcpka_seq *snd, const struct tcpka_seq *rcv,
		     const struct tcpka_segment *seg);
bool tcpka_seq_keepalive(const struct tcpka_seq *snd,
			 const struct tcpka_segment *seg);
void tcpka_seq_echo(struct tcpka_seq *rcv, const struct tcpka_segment *seg);
bool tcpka_seq_current(const struct tcpka_seq *snd,
		       const struct tcpka_seq *rcv,
		       const struct tcpka_segment *seg);
bool tcpka_seq_restated(const struct tcpka_seq *snd,
			const struct tcpka_seq *rcv,
			const struct tcpka_segment *seg);
void tcpka_seq_pick(struct tcpka_seq *snd, struct tcpka_seq *rcv,
		    const struct tcpka_segment *seg);
unsigned int tcpka_seq_learn(struct tcpka_seq *snd,
			     const struct tcpka_segment *seg);
bool tcpka_seq_rst_taken(const struct tcpka_seq *snd,
			 const struct tcpka_seq *rcv,
			 const struct tcpka_segment *seg);
bool tcpka_seq_plain_ack(const struct tcpka_seq *snd,
			 const struct tcpka_segment *seg);

/**
 * tcpka_seq_settled() - whether the number that an end expects is certain
 * @to: the end
 * @other: the end that sends to it
 *
 * What an end expects next is its own last acknowledgment. Where the other
 * end has sent more than that, an acknowledgment, or bytes, may be under way.
 */
static inline bool tcpka_seq_settled(const struct tcpka_seq *to,
				     const struct tcpka_seq *other)
{
	return to->acked && !to->stale && !other->stale &&
	       to->rcv_nxt == other->snd_nxt;
}

#endif /* TCPKA_SEQSTATE_H */
