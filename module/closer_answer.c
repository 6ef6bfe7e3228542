// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what an end of a tombstone says, and what it is told for that
 *
 * By its acknowledgment it says which number it expects: it gets a RST with that.
 * By what it has sent or got it may show that its connection is not idle, as long
 * as neither end was told that it is over.
 */

#include <net/tcp.h>

#include "clock.h"
#include "closer.h"
#include "fin.h"
#include "flow.h"
#include "fsm.h"
#include "segment.h"
#include "seqstate.h"
#include "stats.h"
#include "trace.h"

/* Whether an end is being closed by FIN, or was. */
static bool tcpka_closer_fin_going(const struct tcpka_end *end)
{
	return end->closing == TCPKA_CLOSE_FIN_SENT ||
	       end->closing == TCPKA_CLOSE_FIN_ACKED ||
	       end->closing == TCPKA_CLOSE_FIN_DONE;
}

/* An end that has answered by RST is gone, however it was told. */
static void tcpka_closer_reset(struct tcpka_flow *flow, unsigned int dir,
			       u32 now)
{
	bool waited = tcpka_closer_fin_waits(flow);

	if (flow->end[dir].closing != TCPKA_CLOSE_FIN_DONE)
		flow->end[dir].closing = TCPKA_CLOSE_DONE;
	if (waited)
		tcpka_closer_fin_moved(flow, now);
}

/* An end that was told by RST, or asked, speaks: it has not heard it. */
static void tcpka_closer_retell(struct tcpka_flow *flow, unsigned int dir,
				u32 old, struct tcpka_outbox *box, u32 now)
{
	struct tcpka_extra_end *extra = &flow->extra->end[dir];
	struct tcpka_end *end = &flow->end[dir];
	bool anew = end->seq.rcv_nxt != old;

	if (!tcpka_closer_untold(end) &&
	    tcpka_before(now, end->first + tcpka_ticks(TCPKA_RETELL_MS))) {
		/* it may say another number each time, to draw as many */
		if (!anew || extra->corrected == TCPKA_CORRECTED_MAX)
			return;
		extra->corrected++;
	}
	if (end->closing != TCPKA_CLOSE_ASKED && anew) {
		tcpka_count(flow->tn, flow->policy, TCPKA_STAT_RELEARNED);
		trace_tcpka_relearned(flow, dir, end->seq.rcv_nxt - old);
	}
	end->told = 0;
	tcpka_closer_rst(flow, dir, box, now);
	tcpka_closer_file(flow);
}

/*
 * One that was told, and still acknowledges, may have less than was known of it:
 * that was made up, or reordered. It says which number it takes. Of what was
 * picked up, what it has sent may be less, too, and its first word says so.
 */
static void tcpka_closer_lower(const struct tcpka_flow *flow,
			       struct tcpka_end *end,
			       const struct tcpka_segment *seg)
{
	struct tcpka_seq *seq = &end->seq;

	if (!seg->has_ack || seg->len || seg->fin || seg->syn)
		return;
	if (flow->picked)
		seq->snd_nxt = seg->seq;
	else if (end->closing == TCPKA_CLOSE_ASKED || seg->seq != seq->snd_nxt)
		return;
	if (before(seg->ack, seq->rcv_nxt))
		seq->rcv_nxt = seg->ack;
}

/*
 * A valid segment of an end that is being closed by FIN. One that has got more
 * than was seen here cannot be told where its stream ends.
 */
static void tcpka_closer_fin_answer(struct tcpka_flow *flow, unsigned int dir,
				    const struct tcpka_segment *seg,
				    bool restated, struct tcpka_outbox *box,
				    u32 now)
{
	struct tcpka_end *end = &flow->end[dir];
	u32 old = end->seq.rcv_nxt;

	if (!restated) {
		tcpka_closer_fin_heard(flow, dir, seg, box, now);
		return;
	}
	if (end->closing == TCPKA_CLOSE_FIN_DONE)
		return;
	tcpka_seq_learn(&end->seq, seg);
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_RELEARNED);
	trace_tcpka_relearned(flow, dir, end->seq.rcv_nxt - old);
	tcpka_closer_fin_give_up(flow, dir, box, now);
	tcpka_closer_file(flow);
}

/* What a flow is cannot be ended: so it goes on, unless an end was told. */
static void tcpka_closer_leave(struct tcpka_flow *flow, unsigned int dir)
{
	bool told = tcpka_closer_told(flow);

	flow->end[dir].closing = TCPKA_CLOSE_UNKNOWN;
	if (told)
		return;
	flow->end[!dir].closing = TCPKA_CLOSE_UNKNOWN;
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_UNFORGEABLE);
}

/* Up to where an end is known to have sent, here or elsewhere. */
static u32 tcpka_closer_known(const struct tcpka_flow *flow, unsigned int i)
{
	return tcpka_fsm_elsewhere(flow, i) ? flow->extra->end[i].claimed :
					      flow->end[i].seq.snd_nxt;
}

/*
 * Whether an end that is asked, for it was quiet, tells of payload that has gone
 * past here: it is not. More than it had acknowledged, and not all that is known
 * of its peer, is such, too (see tcpka_learn_arrived()).
 */
static bool tcpka_closer_stirs(const struct tcpka_flow *flow, unsigned int dir,
			       const struct tcpka_segment *seg)
{
	const struct tcpka_end *other = &flow->end[!dir];
	const struct tcpka_end *end = &flow->end[dir];

	if (!flow->quieted || tcpka_closer_told(flow) || end->seq.stale ||
	    other->seq.stale)
		return false;
	return after(seg->seq, tcpka_closer_known(flow, dir)) ||
	       after(seg->ack, tcpka_closer_known(flow, !dir)) ||
	       (after(seg->ack, end->seq.rcv_nxt) &&
		seg->ack != tcpka_closer_known(flow, !dir));
}

/*
 * Whether an answer of an end of what was quiet is near enough to be its own: at
 * its number, or where the other end is, if anybody has lifted the first. That a
 * connection is idle is not believed on anything else in the window: one below is a
 * keepalive, its own or that of another machine on the way, whose answer says
 * enough. But of what was picked up neither may be known (see
 * tcpka_closer_lower()).
 */
static bool tcpka_closer_answers(const struct tcpka_flow *flow,
				 unsigned int dir,
				 const struct tcpka_segment *seg)
{
	const struct tcpka_seq *other = &flow->end[!dir].seq;
	const struct tcpka_seq *seq = &flow->end[dir].seq;

	if (!flow->quieted || flow->picked || tcpka_closer_told(flow) ||
	    seq->stale || other->stale)
		return true;
	return seg->seq == seq->snd_nxt || seg->seq == other->rcv_nxt;
}

/**
 * tcpka_closer_answer() - an end of a tombstone has spoken
 * @flow: the flow, TOMB; its lock is held
 * @dir: which end
 * @seg: what it said, no SYN; the caller drops it
 * @box: for what is to be sent
 * @now: the present tick
 *
 * A RST is never answered, nor is what lies outside of the window. A RST that
 * the other end would not have taken may be anybody's.
 *
 * Return: false if @seg is not to be believed: the caller counts it. Or if the
 * connection is left alone, see tcpka_closer_left().
 */
bool tcpka_closer_answer(struct tcpka_flow *flow, unsigned int dir,
			 const struct tcpka_segment *seg,
			 struct tcpka_outbox *box, u32 now)
{
	struct tcpka_seq other = flow->end[!dir].seq;
	struct tcpka_end *end = &flow->end[dir];
	u32 old = end->seq.rcv_nxt;
	bool restated, valid;

	lockdep_assert_held(&flow->lock);
	/* the last hook is still to see what the first one has seen */
	if (tcpka_closer_left(flow))
		return false;
	if (end->by_fin)
		tcpka_fin_peer(flow, dir, &other);
	/* or its answer to what the other one says that it has got from us */
	if (seg->rst)
		valid = tcpka_seq_rst_taken(&end->seq, &other, seg) ||
			(tcpka_closer_fin_open(flow, !dir) &&
			 seg->seq == flow->extra->end[!dir].fin_seq + 1);
	else
		valid = tcpka_seq_valid(&end->seq, &other, seg);
	restated = !valid && !seg->rst &&
		   tcpka_seq_restated(&end->seq, &other, seg);
	if (!valid && !restated)
		return false;
	if (seg->rst) {
		tcpka_closer_reset(flow, dir, now);
		return true;
	}
	tcpka_fsm_heard(end, now);
	if (tcpka_closer_stirs(flow, dir, seg)) {
		tcpka_closer_leave(flow, dir);
		return false;
	}
	if (!tcpka_closer_answers(flow, dir, seg))
		return false;
	/* one that was adopted says only now what it is */
	if (flow->picked && tcpka_closer_untold(end) &&
	    (seg->mptcp || seg->is_signed)) {
		tcpka_closer_leave(flow, dir);
		return !tcpka_closer_left(flow);
	}
	if (tcpka_closer_fin_going(end)) {
		tcpka_closer_fin_answer(flow, dir, seg, restated, box, now);
		return true;
	}
	tcpka_closer_lower(flow, end, seg);
	tcpka_seq_learn(&end->seq, seg);
	tcpka_closer_retell(flow, dir, old, box, now);
	return true;
}
