// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what a living flow learns from the segments that pass
 *
 * Only from what the other end would accept. Nothing here changes or drops a
 * segment.
 */

#include <linux/skbuff.h>
#include <net/tcp.h>

#include "act.h"
#include "clock.h"
#include "closer.h"
#include "conntrack.h"
#include "flow.h"
#include "fsm.h"
#include "learn.h"
#include "seqstate.h"
#include "seqstate_next.h"
#include "stats.h"
#include "table.h"
#include "trace.h"

/**
 * tcpka_learn_state() - have a flow's state follow from what its ends have said
 * @flow: the flow, LIVE; its lock is held
 * @now: the present tick
 */
void tcpka_learn_state(struct tcpka_flow *flow, u32 now)
{
	u8 state = tcpka_fsm_state(flow);

	if (state == flow->state)
		return;
	WRITE_ONCE(flow->state, state);
	if (flow->extra && !tcpka_fsm_in_handshake(flow)) {
		tcpka_table_yield(flow, false);
		tcpka_flow_tidy(flow);
	}
	/* its clocks differ from those by which it was filed */
	tcpka_flow_refile(flow, now);
}

static void tcpka_learn_invalid(struct tcpka_flow *flow)
{
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_SEGMENTS_INVALID);
}

/*
 * Somebody says other numbers than are known. It may be anybody; or it is these
 * that are of old, for the connection has gone another way for a while: its
 * ends are asked before they are told anything.
 */
static void tcpka_learn_doubt(struct tcpka_flow *flow,
			      const struct tcpka_segment *seg)
{
	tcpka_learn_invalid(flow);
	if (!seg->syn && !flow->picked && !tcpka_fsm_in_handshake(flow))
		flow->picked = 1;
}

/**
 * tcpka_learn_answered() - an end has spoken, which probes may have waited for
 * @flow: the flow, LIVE; its lock is held
 * @dir: the end, before tcpka_fsm_heard()
 * @absorbed: it said nothing else, and what it said goes no further
 */
void tcpka_learn_answered(struct tcpka_flow *flow, unsigned int dir,
			  bool absorbed)
{
	struct tcpka_end *end = &flow->end[dir];
	struct tcpka_end *other = &flow->end[!dir];
	bool anew = tcpka_fsm_returned(end, other, &flow->policy->t);

	/* given up, or out of reach, and back: it is probed again */
	if (anew) {
		if (flow->noted & BIT(TCPKA_REASON_KEEPALIVE))
			tcpka_table_yield(flow, flow->reset_by);
		flow->noted &= ~BIT(TCPKA_REASON_KEEPALIVE);
		tcpka_flow_file(flow, tcpka_now() + 1);
	}
	if (!end->unanswered)
		return;
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_PROBES_ANSWERED);
	trace_tcpka_answered(flow, dir, absorbed);
	/* the verdict over the other end, or its probe, waits for this */
	if (anew || other->unanswered || other->failing)
		tcpka_flow_file(flow, tcpka_now() + 1);
}

/*
 * Payload, here or elsewhere. What was to be closed by FIN, for it had been quiet,
 * is not, unless an end has aborted it: it lives on.
 */
static void tcpka_learn_busy(struct tcpka_flow *flow, u32 now)
{
	flow->data = now;
	if (!flow->fin_due || !flow->quieted || flow->aborted)
		return;
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_UNFORGEABLE);
	tcpka_closer_fin_put_off(flow, now);
}

/*
 * Notes up to where the peer of an end has acknowledged it. Without memory that
 * is lost, and it counts as one of which nothing more is known.
 *
 * Return: false if it was known, or seen.
 */
static bool tcpka_learn_claim(struct tcpka_flow *flow, unsigned int i, u32 ack)
{
	if (!after(ack, tcpka_fsm_elsewhere(flow, i) ?
			flow->extra->end[i].claimed :
			flow->end[i].seq.snd_nxt))
		return false;
	if (!tcpka_flow_need(flow))
		return true;
	flow->claims |= BIT(i);
	flow->extra->end[i].claimed = ack;
	return true;
}

/* The peer of an end has acknowledged payload that was not seen here before. */
static void tcpka_learn_claimed(struct tcpka_flow *flow, unsigned int i,
				u32 ack, u32 now)
{
	struct tcpka_end *end = &flow->end[i];
	u8 queried = end->queried;

	if (!tcpka_learn_claim(flow, i, ack))
		return;
	/* given up, and heard of: it is probed again */
	if (tcpka_fsm_exhausted(end, &flow->policy->t) &&
	    flow->noted & BIT(TCPKA_REASON_KEEPALIVE)) {
		tcpka_table_yield(flow, flow->reset_by);
		flow->noted &= ~BIT(TCPKA_REASON_KEEPALIVE);
		tcpka_flow_file(flow, now + 1);
	}
	tcpka_fsm_heard(end, now);
	end->queried = queried;
	/* elsewhere, but new */
	tcpka_learn_busy(flow, now);
	flow->stir = now;
}

/*
 * An end acknowledges what was never seen here: its peer's payload takes another
 * way. Nothing is learned, but one that was probed, and says so at the very
 * number at which it is, is not silent; nor was the peer when it sent that, whose
 * answers come as little past here as its payload does. What was asked for is
 * still not said.
 */
static void tcpka_learn_lives(struct tcpka_flow *flow, unsigned int dir,
			      const struct tcpka_segment *seg, u32 now)
{
	struct tcpka_end *end = &flow->end[dir];
	struct tcpka_end *other = &flow->end[!dir];
	u8 queried;

	if (!end->unanswered || seg->syn ||
	    !tcpka_seq_restated(&end->seq, &other->seq, seg))
		return;
	if (seg->seq != end->seq.snd_nxt &&
	    (!tcpka_fsm_elsewhere(flow, dir) ||
	     seg->seq != flow->extra->end[dir].claimed)) {
		/* its own has gone another way, too: what do both say? */
		if (!tcpka_fsm_elsewhere(flow, !dir) &&
		    tcpka_learn_claim(flow, !dir, seg->ack)) {
			tcpka_learn_busy(flow, now);
			flow->stir = now;
		}
		return;
	}
	queried = end->queried;
	tcpka_learn_answered(flow, dir, false);
	tcpka_fsm_heard(end, now);
	end->queried = queried;
	tcpka_learn_claimed(flow, !dir, seg->ack, now);
}

/*
 * A RST has passed, and an end speaks. If it is the one that sent it, it was
 * not its own. If it is the other, and it was asked, the RST has been lost;
 * before, this may have been under way. Where its address is translated, that
 * has to be seen to before conntrack forgets it, which it does in 10 s.
 */
static void tcpka_learn_survived(struct tcpka_flow *flow, unsigned int dir)
{
	bool own = dir == flow->reset_by - 1;

	if (own)
		flow->end[!dir].asked = 0;
	else if (!flow->end[dir].asked || tcpka_fsm_reset_carried(flow))
		return;
	flow->reset_by = 0;
	tcpka_table_yield(flow, false);
	tcpka_flow_file(flow, tcpka_now() + 1);
}

/*
 * Whether the first segment of an end of what was picked up comes from where
 * the other end's came from: somebody beside that one plays both.
 */
static bool tcpka_learn_both_from(const struct tcpka_flow *flow,
				  const struct tcpka_packet *pkt)
{
	/* an end that was never heard has no device */
	return flow->picked && !flow->end[pkt->dir].iif &&
	       flow->end[!pkt->dir].iif == pkt->iif && flow->iif != flow->oif;
}

/*
 * New payload. A few segments of anybody lift the numbers of what was picked up in
 * mid-stream above all that its ends will send for long: there all payload is
 * taken for new, but for the octet that a keepalive may carry.
 */
static void tcpka_learn_data(struct tcpka_flow *flow,
			     const struct tcpka_segment *seg,
			     unsigned int news, u32 now)
{
	if (!(news & TCPKA_NEWS_DATA) && !(flow->midstream && seg->len > 1))
		return;
	if (flow->data != now)
		tcpka_learn_busy(flow, now);
}

/* After this an end may go on, whose payload a FIN must not overtake. */
static void tcpka_learn_stir(struct tcpka_flow *flow,
			     const struct tcpka_segment *seg,
			     unsigned int news, u32 now)
{
	if (!seg->len && !seg->has_sack &&
	    !(news & (TCPKA_NEWS_ACK | TCPKA_NEWS_WIN)))
		return;
	if (flow->stir != now)
		flow->stir = now;
}

/* Whether an end has said here where it is. */
static bool tcpka_learn_spoken(const struct tcpka_end *end)
{
	return end->seq.acked && !end->seq.stale && !end->seq.unseen;
}

/*
 * Signed, or a subflow: a handshake that nobody saw had said so. Its segments all
 * do; where both ends have spoken without, one that does is anybody's.
 */
static void tcpka_learn_kind(struct tcpka_flow *flow,
			     const struct tcpka_segment *seg)
{
	if (tcpka_learn_spoken(&flow->end[0]) &&
	    tcpka_learn_spoken(&flow->end[1]))
		return;
	if (seg->is_signed)
		flow->unforgeable = TCPKA_OBSTACLE_SIGNED;
	flow->mptcp |= seg->mptcp;
}

/*
 * A valid segment of a living flow, neither SYN nor RST. Returns false if it
 * is not to be believed after all.
 */
static bool tcpka_learn_segment(struct tcpka_flow *flow,
				const struct tcpka_packet *pkt, u32 now)
{
	const struct tcpka_segment *seg = &pkt->seg;
	unsigned int dir = pkt->dir;
	struct tcpka_end *end = &flow->end[dir];
	struct tcpka_end *other = &flow->end[!dir];
	bool resumed = end->seq.stale;
	bool acked = end->seq.acked && !resumed;
	unsigned int news;

	if (tcpka_learn_both_from(flow, pkt)) {
		tcpka_learn_invalid(flow);
		return false;
	}
	flow->kept = tcpka_seq_keepalive(&end->seq, seg) << dir;
	tcpka_seq_echo(&other->seq, seg);
	news = tcpka_seq_learn(&end->seq, seg);
	/* it is here again; before its numbers have come round */
	if (!tcpka_fsm_elsewhere(flow, dir))
		flow->claims &= ~BIT(dir);
	if (flow->aborted == 1 + dir)
		flow->aborted = 0;
	if (flow->reset_by)
		tcpka_learn_survived(flow, dir);
	/* both ends have spoken: it is no one's invention */
	if (resumed && flow->picked) {
		tcpka_table_yield(flow, false);
		/* keepalive counts from now on */
		tcpka_flow_file(flow, now + 1);
	}
	tcpka_learn_answered(flow, dir, false);
	tcpka_fsm_heard(end, now);
	/* its first one may be of long ago */
	if (acked)
		news = tcpka_learn_arrived(end, other, news);
	tcpka_learn_data(flow, seg, news, now);
	tcpka_learn_stir(flow, seg, news, now);
	if (news & TCPKA_NEWS_FIN && !flow->first_fin) {
		flow->first_fin = 1 + dir;
		flow->half = now;
	}
	if (other->seq.fin && end->seq.acked &&
	    !before(end->seq.rcv_nxt, other->seq.snd_nxt))
		flow->shut |= BIT(!dir);
	if (flow->state != TCPKA_STATE_ESTABLISHED || end->seq.fin)
		tcpka_learn_state(flow, now);
	return true;
}

/* Whether nobody waits for an end, and nothing of it is in doubt. */
static bool tcpka_learn_routine_end(const struct tcpka_flow *flow,
				    const struct tcpka_end *end)
{
	/* see tcpka_learn_both_from() */
	if (flow->picked && !end->iif)
		return false;
	return !end->unanswered && !end->failing && !end->queried &&
	       !end->unsure && !end->answers_due &&
	       tcpka_seq_routine(&end->seq);
}

/**
 * tcpka_learn_routine() - whether a segment in its turn can tell nothing else
 * @flow: the flow; its lock is held
 *
 * Nothing else than when it came, and how far its sender is. See
 * tcpka_flow.routine.
 */
bool tcpka_learn_routine(const struct tcpka_flow *flow)
{
	return flow->phase == TCPKA_LIVE &&
	       flow->state == TCPKA_STATE_ESTABLISHED && !flow->reset_by &&
	       !flow->aborted && !flow->adopted && !flow->fin_due &&
	       !flow->claims && !flow->kept &&
	       tcpka_learn_routine_end(flow, &flow->end[0]) &&
	       tcpka_learn_routine_end(flow, &flow->end[1]);
}

/**
 * tcpka_learn_taken() - how an answer has come here that goes no further
 * @flow: the flow, LIVE; its lock is held
 * @pkt: the segment, before any filter has seen it
 *
 * All but its device FORWARD might yet have changed. But of an end that was
 * never heard, or of which only conntrack knew, it may be all that is ever seen.
 */
void tcpka_learn_taken(struct tcpka_flow *flow, const struct tcpka_packet *pkt)
{
	struct tcpka_end *end = &flow->end[pkt->dir];

	if (flow->adopted || !end->iif)
		tcpka_learn_path(end, pkt);
	else if (end->iif != pkt->iif)
		end->iif = pkt->iif;
}

/*
 * Whether an answer says nothing that the other end has to hear. Of an end that
 * is stale nobody knows what is new; but what may be the last word of a closing
 * is not held back.
 */
static bool tcpka_learn_plain(const struct tcpka_flow *flow,
			      const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;
	const struct tcpka_seq *snd = &flow->end[pkt->dir].seq;

	if (!snd->stale)
		return tcpka_seq_plain_ack(snd, seg);
	return !seg->syn && !seg->fin && !seg->rst && !seg->len && !seg->odd &&
	       !seg->has_sack && !flow->end[!pkt->dir].seq.fin;
}

/**
 * tcpka_learn_asked() - learn from the answer to a question before a FIN
 * @flow: the flow, LIVE; its lock is held
 * @pkt: the segment, before any filter has seen it
 *
 * The filters would have it offloaded again, past what is to close it.
 *
 * Return: true if it is such an answer, says nothing new, and goes no further.
 */
bool tcpka_learn_asked(struct tcpka_flow *flow, const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;
	struct tcpka_end *end = &flow->end[pkt->dir];

	if (!flow->fin_due || !end->queried || seg->is_signed ||
	    !tcpka_learn_plain(flow, pkt) || tcpka_learn_both_from(flow, pkt) ||
	    !tcpka_seq_valid(&end->seq, &flow->end[!pkt->dir].seq, seg))
		return false;
	tcpka_learn_segment(flow, pkt, tcpka_now());
	tcpka_learn_taken(flow, pkt);
	if (!flow->end[!pkt->dir].queried)
		tcpka_flow_file(flow, tcpka_now() + 1);
	return true;
}

/**
 * tcpka_learn() - learn from a segment that the firewall has let pass
 * @flow: the flow, LIVE; its lock is held. It may be GONE afterwards
 * @skb: the segment
 * @pkt: what was read of it
 */
void tcpka_learn(struct tcpka_flow *flow, const struct sk_buff *skb,
		 const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;
	const struct tcpka_seq *snd = &flow->end[pkt->dir].seq;
	const struct tcpka_seq *rcv = &flow->end[!pkt->dir].seq;
	u32 now = tcpka_now();
	bool taken = true;

	/* whatever the other end says next may be an answer to this */
	tcpka_flow_absorb_no_more(flow, &flow->end[!pkt->dir]);
	tcpka_conntrack_learn(flow, skb, now);
	if (seg->rst) {
		if (tcpka_seq_rst_taken(snd, rcv, seg))
			tcpka_act_reset(flow, pkt->dir);
		else
			tcpka_learn_invalid(flow);
		return;
	}
	if (!seg->syn) {
		if (tcpka_learn_unheard(flow, pkt))
			return;
		taken = snd->syn && tcpka_seq_valid(snd, rcv, seg);
		/* sent again, or anybody's: nothing new is in it */
		if (taken && !tcpka_seq_current(snd, rcv, seg)) {
			/* but its sender has not heard that it arrived */
			tcpka_learn_data(flow, seg, 0, now);
			tcpka_learn_stir(flow, seg, 0, now);
			return;
		}
	} else if (seg->has_ack) {
		taken = tcpka_learn_syn_ack(flow, pkt, now);
	} else if (!tcpka_learn_syn(flow, pkt, now)) {
		return;
	}
	if (!taken) {
		tcpka_learn_doubt(flow, seg);
		if (flow->phase == TCPKA_LIVE)
			tcpka_learn_lives(flow, pkt->dir, seg, now);
		return;
	}
	if (flow->phase != TCPKA_LIVE)
		return;
	tcpka_conntrack_follow(flow, skb, pkt, now);
	if (flow->midstream || flow->adopted)
		tcpka_learn_kind(flow, seg);
	if (!seg->syn && !tcpka_learn_segment(flow, pkt, now))
		return;
	tcpka_learn_path(&flow->end[pkt->dir], pkt);
	if (flow->state == TCPKA_STATE_CLOSED)
		tcpka_act_closed(flow, TCPKA_REASON_FIN, flow->first_fin - 1);
	else if (flow->adopted && pkt->dir == flow->initiator)
		tcpka_learn_met(flow, pkt, now);
}
