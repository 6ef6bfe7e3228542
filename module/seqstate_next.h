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
 * tcpka_seq_routine() - whether nothing but the next segments is expected of an end
 * @seq: the end
 *
 * It has spoken, nothing of it is in doubt or at its end, and the window that it
 * said last is in what it has announced: that of a SYN-ACK was not scaled.
 */
static inline bool tcpka_seq_routine(const struct tcpka_seq *seq)
{
	u32 win = (u32)seq->win << seq->wscale;

	return seq->syn && seq->acked && !seq->fin && !seq->stale &&
	       !seq->unseen && !after(seq->rcv_nxt + win, seq->edge) &&
	       win <= seq->max_win;
}

/* As tcpka_seq_learn(), where acknowledgment or window have changed. */
static __always_inline void
tcpka_seq_next_window(struct tcpka_seq *snd, const struct tcpka_segment *seg)
{
	u32 win = (u32)seg->win << snd->wscale;
	u32 edge = seg->ack + win;

	snd->rcv_nxt = seg->ack;
	snd->win = seg->win;
	if (after(edge, snd->edge))
		snd->edge = edge;
	if (win > snd->max_win)
		snd->max_win = win;
}

/**
 * tcpka_seq_next() - take over a segment that comes in its turn
 * @snd: its sender, tcpka_seq_routine() before and after
 * @rcv: the other end, tcpka_seq_routine()
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
	/* of what was sent; huge for what was not */
	u32 unacked = rcv->snd_nxt - seg->ack;
	u32 acked = seg->ack - snd->rcv_nxt;
	unsigned int news = 0;

	if (seg->seq != snd->snd_nxt || before(seg->seq, rcv->rcv_nxt) ||
	    after(seg->seq, rcv->edge) || (s32)acked < 0 ||
	    (unacked > TCPKA_MAX_ACK_LAG && unacked > snd->max_win))
		return -1;
	if (seg->len) {
		news = TCPKA_NEWS_DATA;
		snd->snd_nxt = seg->end;
	}
	if (seg->has_ts && snd->ts && (s32)(seg->tsval - snd->tsval) > 0)
		snd->tsval = seg->tsval;
	if (!acked && seg->win == snd->win)
		return news;
	if (acked)
		news |= TCPKA_NEWS_ACK;
	if (seg->win != snd->win)
		news |= TCPKA_NEWS_WIN;
	tcpka_seq_next_window(snd, seg);
	return news;
}

#endif /* TCPKA_SEQSTATE_NEXT_H */
