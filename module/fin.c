// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - the rules of a closing by FIN; pure functions
 *
 * tcpka plays to each end a peer that has closed both directions (RFC 9293
 * 3.6, 3.10.7; RFC 1122 4.2.2.13). The numbers of that peer are not those of
 * the other end, which has a conversation of its own.
 */

#include <linux/minmax.h>
#include <net/tcp.h>

#include "clock.h"
#include "closer.h"
#include "fin.h"
#include "seqstate.h"

/*
 * Where nothing stirs for so long, what an end sends upon the last
 * acknowledgment, or into a window that has opened, would have come: longer
 * than a round trip, and RFC 6298's first timeout.
 */
#define TCPKA_FIN_GAP_MS	1000

/* How often a connection that is not quiet is looked at. */
#define TCPKA_FIN_LOOK_MS	200

/* RFC 6298 2.1 and 5.5: 1 s, and twice as long each time, here up to 64 s. */
#define TCPKA_FIN_RTO_MS	1000ULL
#define TCPKA_FIN_RTO_SHIFT	6

/**
 * tcpka_fin_calm() - whether nothing is under way, as far as can be seen
 * @flow: the flow, LIVE; its lock is held
 * @now: the present tick
 *
 * Nothing is unacknowledged, nobody has just sent or heard what lets it send,
 * and no window is closed before payload that would have to wait.
 */
bool tcpka_fin_calm(const struct tcpka_flow *flow, u32 now)
{
	const struct tcpka_seq *a = &flow->end[0].seq;
	const struct tcpka_seq *b = &flow->end[1].seq;

	return tcpka_seq_settled(a, b) && tcpka_seq_settled(b, a) &&
	       a->win && b->win &&
	       !tcpka_before(now, flow->stir + tcpka_ticks(TCPKA_FIN_GAP_MS));
}

/**
 * tcpka_fin_quiet() - whether a FIN to each end would be in its right place
 * @flow: the flow, LIVE; its lock is held
 * @now: the present tick
 *
 * Both ends have all that the other has sent. Payload that was lost before it
 * came here cannot be seen, but its sender says so when it is asked: who was
 * asked has answered.
 */
bool tcpka_fin_quiet(const struct tcpka_flow *flow, u32 now)
{
	return !flow->end[0].queried && !flow->end[1].queried &&
	       tcpka_fin_calm(flow, now);
}

/**
 * tcpka_fin_look_again() - when a flow that is not quiet may be
 * @flow: the flow, LIVE and fin_due; its lock is held
 * @now: the present tick
 *
 * Return: the tick, at most fin_until.
 */
u32 tcpka_fin_look_again(const struct tcpka_flow *flow, u32 now)
{
	u32 next = tcpka_later(now + tcpka_ticks(TCPKA_FIN_LOOK_MS),
			       flow->stir + tcpka_ticks(TCPKA_FIN_GAP_MS));

	if (tcpka_before(flow->extra->fin_until, next))
		return flow->extra->fin_until;
	return next;
}

/**
 * tcpka_fin_rto() - how long an acknowledgment of a FIN is waited for
 * @tries: how often it was sent again
 *
 * Return: ticks.
 */
u32 tcpka_fin_rto(unsigned int tries)
{
	return tcpka_ticks(TCPKA_FIN_RTO_MS <<
			   min_t(unsigned int, tries, TCPKA_FIN_RTO_SHIFT));
}

/**
 * tcpka_fin_peer() - the peer that tcpka plays to an end, after its FIN
 * @flow: the flow, TOMB; its lock is held
 * @i: the end, by_fin
 * @peer: to fill
 */
void tcpka_fin_peer(const struct tcpka_flow *flow, unsigned int i,
		    struct tcpka_seq *peer)
{
	u32 edge;

	*peer = flow->end[!i].seq;
	peer->stale = 0;
	peer->acked = 1;
	peer->fin = 1;
	peer->snd_nxt = flow->extra->end[i].fin_seq + 1;
	peer->rcv_nxt = flow->end[i].seq.snd_nxt;
	edge = peer->rcv_nxt + ((u32)peer->win << peer->wscale);
	if (after(edge, peer->edge))
		peer->edge = edge;
}

/**
 * tcpka_fin_reply() - what a segment of an end that got our FIN calls for
 * @snd: the end, before it learned from @seg
 * @seg: the segment, valid, no RST
 *
 * New payload is refused as by a socket that is closed (RFC 1122 4.2.2.13). A
 * FIN is acknowledged whenever it comes, and so is what was sent before: a
 * retransmission, or a keepalive probe.
 */
enum tcpka_fin_reply tcpka_fin_reply(const struct tcpka_seq *snd,
				     const struct tcpka_segment *seg)
{
	if (seg->syn)
		return TCPKA_FIN_NOTHING;
	if (seg->len && after(seg->seq + seg->len, snd->snd_nxt))
		return snd->fin ? TCPKA_FIN_NOTHING : TCPKA_FIN_RST;
	/* payload before it is missing: let that come, and be refused */
	if (after(seg->seq, snd->snd_nxt))
		return TCPKA_FIN_NOTHING;
	if (seg->fin)
		return TCPKA_FIN_ACK;
	if (before(seg->seq, snd->snd_nxt) && (seg->len || !snd->fin))
		return TCPKA_FIN_ACK;
	return TCPKA_FIN_NOTHING;
}

/**
 * tcpka_fin_learn() - take over what an end says after our FIN
 * @snd: the end
 * @seg: the segment, valid, no RST
 *
 * Of one that was overtaken nothing but its acknowledgment counts: what is
 * missing before it, a FIN or payload, is still to come.
 */
void tcpka_fin_learn(struct tcpka_seq *snd, const struct tcpka_segment *seg)
{
	struct tcpka_segment known = *seg;

	if (after(seg->seq, snd->snd_nxt)) {
		known.seq = snd->snd_nxt;
		known.end = snd->snd_nxt;
		known.len = 0;
		known.fin = 0;
	}
	tcpka_seq_learn(snd, &known);
}

/**
 * tcpka_fin_state() - how far an end's closing by FIN has come
 * @flow: the flow, TOMB; its lock is held
 * @i: the end, by_fin
 *
 * Return: TCPKA_CLOSE_FIN_SENT, TCPKA_CLOSE_FIN_ACKED or TCPKA_CLOSE_FIN_DONE.
 */
u8 tcpka_fin_state(const struct tcpka_flow *flow, unsigned int i)
{
	const struct tcpka_end *end = &flow->end[i];

	if (before(end->seq.rcv_nxt, flow->extra->end[i].fin_seq + 1))
		return TCPKA_CLOSE_FIN_SENT;
	return end->seq.fin ? TCPKA_CLOSE_FIN_DONE : TCPKA_CLOSE_FIN_ACKED;
}
