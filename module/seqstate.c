// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what an end has sent and acknowledged; no skb, no lock, no clock
 *
 * Learned only from segments that the other end would accept: RFC 9293
 * 3.10.7.4, and van Rooij, "Real stateful TCP packet filtering in IP Filter"
 * (2001), whose four bounds nf_conntrack uses, too.
 */

#include <linux/minmax.h>
#include <net/tcp.h>

#include "seqstate.h"
#include "seqstate_next.h"

/* RFC 7323 2.3: a larger shift counts as 14. */
#define TCPKA_MAX_WSCALE	14

/**
 * tcpka_seq_syn() - learn from a SYN or SYN-ACK
 * @snd: its sender, begins anew
 * @rcv: the other end; where @seg answers its SYN, options that only one of
 *	the two offered are given up on both sides
 * @seg: the segment, its syn flag set
 *
 * The caller has checked that a SYN-ACK acknowledges @rcv's SYN.
 */
void tcpka_seq_syn(struct tcpka_seq *snd, struct tcpka_seq *rcv,
		   const struct tcpka_segment *seg)
{
	memset(snd, 0, sizeof(*snd));
	snd->syn = 1;
	snd->snd_nxt = seg->end;
	snd->win = seg->win;
	snd->max_win = max_t(u32, seg->win, 1);
	snd->ts = seg->has_ts;
	snd->tsval = seg->tsval;
	snd->sack = seg->sack_ok;
	if (seg->has_wscale)
		snd->wscale = min_t(u8, seg->wscale, TCPKA_MAX_WSCALE);
	if (!seg->has_ack)
		return;
	snd->acked = 1;
	snd->rcv_nxt = seg->ack;
	snd->edge = seg->ack + seg->win;
	/* RFC 7323 2.2 and 3.2, RFC 2018 2: in use only if both ends offer */
	if (!seg->has_wscale)
		rcv->wscale = 0;
	snd->ts &= rcv->ts;
	rcv->ts = snd->ts;
	snd->sack &= rcv->sack;
	rcv->sack = snd->sack;
	/* it was not scaled; from now on what is said of it is. None is closed */
	if (snd->win)
		snd->win = max(snd->win >> snd->wscale, 1);
}

/**
 * tcpka_seq_pick() - begin with a segment in the middle of a connection
 * @snd: its sender
 * @rcv: the other end, of which nothing was seen yet
 * @seg: the segment, with an acknowledgment, neither SYN nor RST
 *
 * The scale of the windows is not known: the largest keeps what is valid from
 * being refused. So nothing may rest on such numbers before the ends were
 * asked for them.
 */
void tcpka_seq_pick(struct tcpka_seq *snd, struct tcpka_seq *rcv,
		    const struct tcpka_segment *seg)
{
	memset(rcv, 0, sizeof(*rcv));
	rcv->syn = 1;
	rcv->stale = 1;
	rcv->wscale = TCPKA_MAX_WSCALE;
	rcv->max_win = U16_MAX << TCPKA_MAX_WSCALE;
	rcv->ts = seg->has_ts;
	*snd = *rcv;
	rcv->snd_nxt = seg->ack;
	tcpka_seq_learn(snd, seg);
}

/* The first two bounds: what the sequence number alone tells. */
static bool tcpka_seq_in_window(const struct tcpka_seq *snd,
				const struct tcpka_seq *rcv,
				const struct tcpka_segment *seg)
{
	/* I: no further than the right edge; a window probe may touch it */
	if (rcv->acked && !rcv->stale && after(seg->seq, rcv->edge))
		return false;
	/* II: a retransmission, but of what fits in one window */
	return snd->stale ||
	       !before(seg->end, snd->snd_nxt - rcv->max_win - 1);
}

/**
 * tcpka_seq_valid() - whether the other end would take a segment
 * @snd: its sender
 * @rcv: the other end
 * @seg: the segment, neither SYN nor RST
 *
 * Of an end that is stale nothing is known to hold a segment against.
 *
 * Return: false where it is outside of the window that @rcv announced, or
 * acknowledges what @rcv has not sent.
 */
bool tcpka_seq_valid(const struct tcpka_seq *snd, const struct tcpka_seq *rcv,
		     const struct tcpka_segment *seg)
{
	u32 lag = max(snd->max_win, TCPKA_MAX_ACK_LAG);

	if (!tcpka_seq_in_window(snd, rcv, seg))
		return false;
	if (!seg->has_ack)
		return !snd->stale;
	if (rcv->stale)
		return true;
	/* III: no acknowledgment of what was never sent */
	if (after(seg->ack, rcv->snd_nxt))
		return false;
	/* IV: nor of what was acknowledged long ago */
	return !before(seg->ack, rcv->snd_nxt - lag);
}

/**
 * tcpka_seq_current() - whether a valid segment shows that its sender lives
 * @snd: its sender
 * @rcv: the other end
 * @seg: the segment, valid, neither SYN nor RST
 *
 * What lies wholly to the left of the window may be a retransmission, or made
 * up by somebody who need not come near the numbers for it. A keepalive lies
 * there, too, but exactly one below (RFC 9293 3.8.4).
 */
bool tcpka_seq_current(const struct tcpka_seq *snd,
		       const struct tcpka_seq *rcv,
		       const struct tcpka_segment *seg)
{
	if (snd->stale || rcv->stale || !rcv->acked)
		return true;
	if (seg->seq == snd->snd_nxt - 1)
		return true;
	return seg->len || seg->fin ? after(seg->end, rcv->rcv_nxt) :
				      !before(seg->seq, rcv->rcv_nxt);
}

/**
 * tcpka_seq_restated() - whether an end says that it has more than was seen
 * @snd: the end
 * @rcv: the other end
 * @seg: the segment, neither SYN nor RST
 *
 * Bytes may have taken another way than through this machine, but no end
 * acknowledges what lies beyond the window that it announced itself.
 */
bool tcpka_seq_restated(const struct tcpka_seq *snd,
			const struct tcpka_seq *rcv,
			const struct tcpka_segment *seg)
{
	return seg->has_ack && snd->acked && !snd->stale &&
	       tcpka_seq_in_window(snd, rcv, seg) &&
	       !before(seg->ack, snd->rcv_nxt) && !after(seg->ack, snd->edge);
}

/* The first timestamp that is seen of an end, or the first after a gap. */
static void tcpka_seq_stamp(struct tcpka_seq *snd,
			    const struct tcpka_segment *seg)
{
	snd->unseen = 0;
	snd->tsval = seg->tsval;
	snd->ts = snd->ts && seg->has_ts;
}

/**
 * tcpka_seq_echo() - take an end's timestamp over from what the other echoes
 * @rcv: the end
 * @seg: a valid segment of the other end, neither SYN nor RST
 *
 * Only where it is not known, or of old: what is echoed is the latest that the
 * other end has taken (RFC 7323 4.3), and it takes it again.
 */
void tcpka_seq_echo(struct tcpka_seq *rcv, const struct tcpka_segment *seg)
{
	if (!seg->has_ts || !rcv->ts)
		return;
	if (rcv->unseen) {
		rcv->unseen = 0;
		rcv->tsval = seg->tsecr;
	} else if (rcv->stale && (s32)(seg->tsecr - rcv->tsval) > 0) {
		rcv->tsval = seg->tsecr;
	}
}

/**
 * tcpka_seq_keepalive() - whether a segment is an end's own keepalive
 * @snd: its sender, before it learned from @seg
 * @seg: the segment, valid, neither SYN nor RST
 *
 * RFC 9293 3.8.4: one below what is sent next, with or without an octet.
 */
bool tcpka_seq_keepalive(const struct tcpka_seq *snd,
			 const struct tcpka_segment *seg)
{
	return !snd->stale && seg->len <= 1 && !seg->fin &&
	       seg->seq == snd->snd_nxt - 1;
}

/* What an end says after a gap is where it is now. */
static void tcpka_seq_resume(struct tcpka_seq *snd,
			     const struct tcpka_segment *seg)
{
	snd->stale = 0;
	snd->acked = 0;
	snd->snd_nxt = seg->seq;
	tcpka_seq_stamp(snd, seg);
}

/**
 * tcpka_seq_learn() - take over what a valid segment tells
 * @snd: its sender
 * @seg: the segment, valid, neither SYN nor RST
 *
 * Return: enum tcpka_news bits.
 */
unsigned int tcpka_seq_learn(struct tcpka_seq *snd,
			     const struct tcpka_segment *seg)
{
	unsigned int news = 0;
	bool current_ack;
	u32 win, old;

	if (snd->stale)
		tcpka_seq_resume(snd, seg);
	else if (snd->unseen)
		tcpka_seq_stamp(snd, seg);
	current_ack = !snd->acked || !before(seg->ack, snd->rcv_nxt);
	old = snd->snd_nxt;
	if (after(seg->seq + seg->len, old))
		news |= TCPKA_NEWS_DATA;
	if (after(seg->end, old))
		snd->snd_nxt = seg->end;
	/* one in what was sent before, the other end does not take for a FIN */
	if (seg->fin && !snd->fin && after(seg->end, old)) {
		snd->fin = 1;
		news |= TCPKA_NEWS_FIN;
	}
	if (seg->has_ts && snd->ts && (s32)(seg->tsval - snd->tsval) > 0)
		snd->tsval = seg->tsval;
	/* an older segment that was overtaken tells no newer ack or window */
	if (!seg->has_ack || !current_ack)
		return news;

	if (!snd->acked || seg->ack != snd->rcv_nxt)
		news |= TCPKA_NEWS_ACK;
	if (seg->win != snd->win)
		news |= TCPKA_NEWS_WIN;
	win = tcpka_seq_scaled(snd, seg);
	if (!snd->acked || after(seg->ack + win, snd->edge))
		snd->edge = seg->ack + win;
	snd->acked = 1;
	snd->rcv_nxt = seg->ack;
	snd->win = seg->win;
	snd->max_win = max(snd->max_win, win);
	return news;
}

/**
 * tcpka_seq_rst_taken() - whether the other end takes a RST
 * @snd: its sender
 * @rcv: the other end
 * @seg: the RST
 *
 * RFC 5961 3.2: exactly at the number that @rcv expects, which is its last
 * acknowledgment, or, with bytes under way, what @snd has sent. Linux also
 * takes one less than that after a FIN (tcp_reset_check). In the handshake a
 * RST must acknowledge the SYN (RFC 9293 3.10.7.3).
 */
bool tcpka_seq_rst_taken(const struct tcpka_seq *snd,
			 const struct tcpka_seq *rcv,
			 const struct tcpka_segment *seg)
{
	if (!snd->syn || !rcv->acked)
		return seg->has_ack && rcv->syn && seg->ack == rcv->snd_nxt;
	if (seg->seq == rcv->rcv_nxt || seg->seq == snd->snd_nxt)
		return true;
	return snd->fin && seg->seq == rcv->rcv_nxt - 1;
}

/**
 * tcpka_seq_plain_ack() - whether a segment says nothing that is new
 * @snd: its sender
 * @seg: the segment
 *
 * Return: true for an acknowledgment of what is acknowledged already, with
 * the window that is known, and nothing else in it.
 */
bool tcpka_seq_plain_ack(const struct tcpka_seq *snd,
			 const struct tcpka_segment *seg)
{
	return seg->has_ack && !seg->syn && !seg->fin && !seg->rst &&
	       !seg->odd && !seg->has_sack && !seg->len &&
	       snd->acked && !snd->stale && seg->seq == snd->snd_nxt &&
	       seg->ack == snd->rcv_nxt && seg->win == snd->win;
}
