/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - a segment that comes in its turn; see seqstate.c
 */
#ifndef TCPKA_SEQSTATE_NEXT_H
#define TCPKA_SEQSTATE_NEXT_H

#include <linux/minmax.h>
#include <net/tcp.h>

#include "seqstate.h"

/*
 * How far an acknowledgment may lag behind where nothing larger was ever
 * announced: an unscaled window, and some (van Rooij's MAXACKWINDOW).
 */
#define TCPKA_MAX_ACK_LAG	66000U

/**
 * tcpka_seq_scaled() - the window that a segment announces
 * @snd: its sender
 * @seg: the segment
 *
 * Return: bytes.
 */
static inline u32 tcpka_seq_scaled(const struct tcpka_seq *snd,
				   const struct tcpka_segment *seg)
{
	/* RFC 7323 2.2: the window of a SYN is never scaled */
	return seg->syn ? seg->win : (u32)seg->win << snd->wscale;
}

/**
 * tcpka_seq_known() - whether an end has spoken, and nothing of it is in doubt or
 *	at its end
 * @seq: the end
 */
static inline bool tcpka_seq_known(const struct tcpka_seq *seq)
{
	return seq->syn && seq->acked && !seq->fin && !seq->stale &&
	       !seq->unseen;
}

/**
 * tcpka_seq_next() - take over a segment that comes in its turn
 * @snd: its sender
 * @rcv: the other end
 * @seg: the segment, an acknowledgment and none of SYN, FIN and RST
 *
 * What nearly all segments of a connection are, and seqstate.c in short
 * for them: where a segment begins at the next number of its sender, which
 * the other end has not acknowledged, within the window, and its acknowledgment
 * is not older than the last, it is valid and current, no keepalive, and what is
 * echoed teaches nothing. Anything else is for those functions, and changes
 * nothing here.
 *
 * Return: enum tcpka_news bits, or -1 if it is anything else.
 */
static __always_inline int
tcpka_seq_next(struct tcpka_seq *snd, const struct tcpka_seq *rcv,
	       const struct tcpka_segment *seg)
{
	u32 lag = max(snd->max_win, TCPKA_MAX_ACK_LAG);
	unsigned int news = 0;
	u32 win, edge;

	if (seg->seq != snd->snd_nxt || !tcpka_seq_known(snd) ||
	    !tcpka_seq_known(rcv) || before(seg->seq, rcv->rcv_nxt) ||
	    after(seg->seq, rcv->edge) || before(seg->ack, snd->rcv_nxt) ||
	    after(seg->ack, rcv->snd_nxt) ||
	    before(seg->ack, rcv->snd_nxt - lag))
		return -1;
	if (seg->len) {
		news = TCPKA_NEWS_DATA;
		snd->snd_nxt = seg->end;
	}
	if (seg->has_ts && snd->ts && (s32)(seg->tsval - snd->tsval) > 0)
		snd->tsval = seg->tsval;
	if (seg->ack != snd->rcv_nxt) {
		news |= TCPKA_NEWS_ACK;
		snd->rcv_nxt = seg->ack;
	}
	if (seg->win != snd->win) {
		news |= TCPKA_NEWS_WIN;
		snd->win = seg->win;
	}
	/* also where neither has changed: that of a SYN-ACK was not scaled */
	win = tcpka_seq_scaled(snd, seg);
	edge = seg->ack + win;
	if (after(edge, snd->edge))
		snd->edge = edge;
	if (win > snd->max_win)
		snd->max_win = win;
	return news;
}

#endif /* TCPKA_SEQSTATE_NEXT_H */
