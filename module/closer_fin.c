// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - ends a connection by FIN and sees each end through its closing
 *
 * First a quiet moment is waited for, in which the flow lives on: a FIN must
 * not make a stream that was cut look whole. Where it seems to be there, each
 * end is asked: one whose last payload was lost before it came here answers
 * with a number that is beyond it. If no such moment comes within fin-quiet, the
 * connection is ended by RST, and so is one that an end has aborted. Then, for
 * each end by itself:
 *
 *   FIN sent     sent again after 1, 2, 4 ... s    -> it acknowledges
 *   FIN acked    it is in CLOSE_WAIT               -> its program closes: FIN
 *   FIN done     its FIN is acknowledged, again and again if need be
 *
 * Whoever has not come through within fin-wait gets a RST, and so does who
 * sends payload after the FIN.
 */

#include <net/tcp.h>

#include "clock.h"
#include "closer.h"
#include "conntrack.h"
#include "fin.h"
#include "flow.h"
#include "fsm.h"
#include "segment.h"
#include "stats.h"
#include "table.h"
#include "trace.h"

/* Between questions to an end, as in closer.c. */
#define TCPKA_FIN_ASK_MS	1000

/*
 * So many questions, as there, where nobody says that what was quiet is; and the
 * time that they take, each being up to 100 ms late, and the last one's silence.
 */
#define TCPKA_FIN_ASKS		8
#define TCPKA_FIN_ASKS_MS	10000

/**
 * tcpka_closer_fell_back() - count that there is a RST where a FIN was to be
 * @flow: the flow; its lock is held
 * @end: the end, or -1 for both
 *
 * Once for a flow.
 */
void tcpka_closer_fell_back(struct tcpka_flow *flow, int end)
{
	trace_tcpka_fell_back(flow, end, 0);
	if (flow->fell_back)
		return;
	flow->fell_back = 1;
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_FIN_FELL_BACK);
}

static u32 tcpka_closer_fin_over(const struct tcpka_flow *flow)
{
	return flow->extra->ended + READ_ONCE(flow->tn->config.fin_wait);
}

/**
 * tcpka_closer_fin_waits() - whether an end's FIN, or its answer, is waited for
 * @flow: the flow, TOMB; its lock is held
 */
bool tcpka_closer_fin_waits(const struct tcpka_flow *flow)
{
	return tcpka_closer_fin_open(flow, 0) || tcpka_closer_fin_open(flow, 1);
}

/**
 * tcpka_closer_fin_due() - whether an end's FIN is waited for no longer
 * @flow: the flow, TOMB; its lock is held
 * @i: the end
 * @now: the present tick
 *
 * Its close_at is of the fin-wait of then, which may have been longer.
 */
bool tcpka_closer_fin_due(const struct tcpka_flow *flow, unsigned int i,
			  u32 now)
{
	return (flow->end[i].closing == TCPKA_CLOSE_FIN_SENT ||
		flow->end[i].closing == TCPKA_CLOSE_FIN_ACKED) &&
	       !tcpka_before(now, tcpka_closer_fin_over(flow));
}

/**
 * tcpka_closer_fin_moved() - an end is no longer waited for
 * @flow: the flow, TOMB; its lock is held
 * @now: the present tick
 *
 * With the last of them linger begins, and the flow may give way to others.
 */
void tcpka_closer_fin_moved(struct tcpka_flow *flow, u32 now)
{
	if (tcpka_closer_fin_waits(flow))
		return;
	flow->extra->ended = now;
	tcpka_table_yield(flow, true);
	if (flow->end[0].closing == TCPKA_CLOSE_FIN_DONE &&
	    flow->end[1].closing == TCPKA_CLOSE_FIN_DONE)
		tcpka_count(flow->tn, flow->policy,
			    TCPKA_STAT_FIN_COMPLETED);
}

/**
 * tcpka_closer_fin_give_up() - an end gets a RST instead
 * @flow: the flow, TOMB; its lock is held
 * @to: the end, whose FIN is waited for
 * @box: for what is to be sent
 * @now: the present tick
 */
void tcpka_closer_fin_give_up(struct tcpka_flow *flow, unsigned int to,
			      struct tcpka_outbox *box, u32 now)
{
	struct tcpka_end *end = &flow->end[to];

	tcpka_closer_fell_back(flow, to);
	/* one that has heard none of its FINs will hardly hear the RST */
	end->told = end->closing == TCPKA_CLOSE_FIN_SENT &&
		    flow->extra->end[to].fin_tries ?
		    TCPKA_TOLD_MAX : 0;
	tcpka_closer_rst(flow, to, box, now);
	tcpka_closer_fin_moved(flow, now);
}

/* Sends a FIN, and says when the next step is due. */
static void tcpka_closer_fin_put(struct tcpka_flow *flow, unsigned int to,
				 struct tcpka_outbox *box, u32 now)
{
	u32 over = tcpka_closer_fin_over(flow);
	struct tcpka_extra_end *end = &flow->extra->end[to];
	u32 next = now + tcpka_fin_rto(end->fin_tries);

	tcpka_segment_put(box, flow, to, TCPKA_SEND_FIN);
	end->close_at = tcpka_before(over, next) ? over : next;
}

/* One that has read the other's own FIN needs no other. */
static void tcpka_closer_fin_tell(struct tcpka_flow *flow, unsigned int to,
				  struct tcpka_outbox *box, u32 now)
{
	const struct tcpka_seq *other = &flow->end[!to].seq;
	struct tcpka_extra_end *extra = &flow->extra->end[to];
	struct tcpka_end *end = &flow->end[to];

	end->by_fin = 1;
	extra->fin_tries = 0;
	extra->fin_seq = other->snd_nxt - other->fin;
	end->first = now - tcpka_ticks(TCPKA_RETELL_MS);
	end->closing = tcpka_fin_state(flow, to);
	extra->close_at = tcpka_closer_fin_over(flow);
	if (end->closing == TCPKA_CLOSE_FIN_SENT)
		tcpka_closer_fin_put(flow, to, box, now);
}

static void tcpka_closer_fin_begin(struct tcpka_flow *flow,
				   struct tcpka_outbox *box, u32 now)
{
	unsigned int i;

	flow->phase = TCPKA_TOMB;
	flow->reborn = 0;
	tcpka_flow_expect(flow, true);
	flow->fin_due = 0;
	flow->extra->ended = now;
	tcpka_table_yield(flow, false);
	tcpka_conntrack_liberal(flow);
	for (i = 0; i < 2; i++) {
		tcpka_flow_absorb_no_more(flow, &flow->end[i]);
		tcpka_closer_fin_tell(flow, i, box, now);
	}
	tcpka_closer_fin_moved(flow, now);
	tcpka_closer_file(flow);
}

/*
 * The connection looks quiet: is it? One that has left its probes unanswered is
 * not asked once more, and where nothing is waited for, nobody is; but what ends
 * for it was quiet, may just have gone elsewhere.
 */
static void tcpka_closer_fin_query(struct tcpka_flow *flow, u32 now)
{
	const struct tcpka_timers *t = &flow->policy->t;
	struct tcpka_end *end;
	unsigned int i;

	if (!READ_ONCE(flow->tn->config.fin_quiet) && !flow->quieted)
		return;
	for (i = 0; i < 2; i++) {
		end = &flow->end[i];
		if (end->queried ||
		    (tcpka_fsm_exhausted(end, t) && !flow->quieted))
			continue;
		end->queried = 1;
		end->asked = 0;
		flow->extra->end[i].fin_tries = 0;
		flow->extra->end[i].close_at = now;
	}
}

/*
 * Whether an end was asked often enough: in each way, and where nobody has said
 * that what was quiet is, as often as before a RST. Questions and answers may have
 * been lost. Until its first FIN, fin_tries counts what it was asked.
 */
static bool tcpka_closer_fin_asked(const struct tcpka_flow *flow,
				   unsigned int i)
{
	const struct tcpka_end *end = &flow->end[i];

	if (!flow->quieted || flow->picked || end->seq.stale ||
	    !flow->end[!i].queried)
		return flow->extra->end[i].fin_tries >= TCPKA_ASK_WAYS;
	return flow->extra->end[i].fin_tries >= TCPKA_FIN_ASKS;
}

/* And has had its time. */
static bool tcpka_closer_fin_silent(const struct tcpka_flow *flow,
				    unsigned int i, u32 now)
{
	return tcpka_closer_fin_asked(flow, i) &&
	       !tcpka_before(now, flow->extra->end[i].close_at);
}

/*
 * An end is asked, in each way there is, until it is heard. Where its number is
 * certain, one that does not answer at all is told without; of a connection that
 * was quiet the other one must have answered.
 *
 * Return: false if that was quiet, and neither has.
 */
static bool tcpka_closer_fin_ask(struct tcpka_flow *flow,
				 struct tcpka_outbox *box, u32 now)
{
	struct tcpka_end *end;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		end = &flow->end[i];
		if (!end->queried ||
		    tcpka_before(now, flow->extra->end[i].close_at))
			continue;
		if (tcpka_closer_fin_asked(flow, i)) {
			if (flow->quieted && flow->end[!i].queried) {
				if (tcpka_closer_fin_silent(flow, !i, now))
					return false;
				continue;
			}
			end->queried = flow->picked || end->seq.stale;
			continue;
		}
		if (end->asked == TCPKA_ASK_WAYS)
			end->asked = 0;
		tcpka_segment_put(box, flow, i, TCPKA_SEND_ASK);
		end->asked++;
		flow->extra->end[i].fin_tries++;
		flow->extra->end[i].close_at = now +
			tcpka_ticks(TCPKA_FIN_ASK_MS);
	}
	return true;
}

/**
 * tcpka_closer_fin_try() - close by FIN if the moment has come
 * @flow: the flow, LIVE and fin_due, whose ends can be spoken for; its lock is
 *	held
 * @box: for what is to be sent
 * @now: the present tick
 *
 * A flow that was quiet, and for which neither end answers, is GONE afterwards.
 */
void tcpka_closer_fin_try(struct tcpka_flow *flow, struct tcpka_outbox *box,
			  u32 now)
{
	bool calm = tcpka_fin_calm(flow, now);

	lockdep_assert_held(&flow->lock);
	/* what was cut already must not look whole either */
	if (flow->aborted) {
		tcpka_closer_fell_back(flow, -1);
		tcpka_closer_begin(flow, box, now);
		return;
	}
	if (calm && !flow->calm)
		tcpka_closer_fin_query(flow, now);
	flow->calm = calm;
	if (tcpka_before(now, flow->extra->fin_until) &&
	    !tcpka_closer_fin_ask(flow, box, now)) {
		tcpka_count(flow->tn, flow->policy, TCPKA_STAT_UNFORGEABLE);
		tcpka_flow_remove(flow);
		return;
	}
	if (tcpka_fin_quiet(flow, now)) {
		tcpka_closer_fin_begin(flow, box, now);
	} else if (tcpka_before(now, flow->extra->fin_until)) {
		tcpka_flow_file(flow, tcpka_fin_look_again(flow, now));
	} else {
		tcpka_closer_fell_back(flow, -1);
		tcpka_closer_begin(flow, box, now);
	}
}

/*
 * How long a quiet moment is waited for, in ticks. Both ends of what was quiet can
 * be asked in that time, however short fin-quiet is.
 */
static u32 tcpka_closer_fin_patience(const struct tcpka_flow *flow, u32 now)
{
	u32 patience = READ_ONCE(flow->tn->config.fin_quiet);

	if (!flow->quieted || !tcpka_fin_calm(flow, now))
		return patience;
	return max_t(u32, patience, tcpka_ticks(TCPKA_FIN_ASKS_MS));
}

/**
 * tcpka_closer_fin() - close by FIN as soon as the connection is quiet
 * @flow: the flow, LIVE, whose ends can be spoken for, with its extra; its lock
 *	is held
 * @box: for what is to be sent
 * @now: the present tick
 *
 * Ends whose numbers are not certain are asked for them at once: what was
 * picked up in mid-stream may have been anybody's segments, and what is stale is
 * of old.
 */
void tcpka_closer_fin(struct tcpka_flow *flow, struct tcpka_outbox *box,
		      u32 now)
{
	unsigned int i;

	flow->fin_due = 1;
	flow->calm = 0;
	tcpka_flow_expect(flow, true);
	flow->extra->fin_until = now +
		tcpka_closer_fin_patience(flow, now);
	for (i = 0; i < 2; i++) {
		flow->end[i].queried = flow->picked || flow->end[i].seq.stale;
		flow->end[i].asked = 0;
		flow->extra->end[i].fin_tries = 0;
		flow->extra->end[i].close_at = now;
	}
	tcpka_closer_fin_try(flow, box, now);
}

/**
 * tcpka_closer_fin_put_off() - a flow is not closed by FIN after all
 * @flow: the flow, LIVE and fin_due; its lock is held
 * @now: the present tick
 *
 * Its clocks go on, and may have it closed another time.
 */
void tcpka_closer_fin_put_off(struct tcpka_flow *flow, u32 now)
{
	unsigned int i;

	flow->fin_due = 0;
	tcpka_flow_expect(flow, false);
	for (i = 0; i < 2; i++) {
		flow->end[i].queried = 0;
		flow->end[i].asked = 0;
	}
	tcpka_flow_file(flow, now + 1);
}

/**
 * tcpka_closer_fin_step() - see to an end whose time has come
 * @flow: the flow, TOMB; its lock is held
 * @to: the end, whose FIN is waited for
 * @box: for what is to be sent
 * @now: the present tick
 */
void tcpka_closer_fin_step(struct tcpka_flow *flow, unsigned int to,
			   struct tcpka_outbox *box, u32 now)
{
	struct tcpka_end *end = &flow->end[to];

	if (!tcpka_before(now, tcpka_closer_fin_over(flow))) {
		tcpka_closer_fin_give_up(flow, to, box, now);
	} else if (end->closing == TCPKA_CLOSE_FIN_SENT) {
		flow->extra->end[to].fin_tries++;
		tcpka_closer_fin_put(flow, to, box, now);
	} else {
		/* fin-wait was made longer meanwhile */
		flow->extra->end[to].close_at = tcpka_closer_fin_over(flow);
	}
}

/* Whether an end is answered: a FIN always, the rest as tcp_invalid_ratelimit. */
static bool tcpka_closer_fin_answers(struct tcpka_end *end,
				     const struct tcpka_segment *seg, u32 now)
{
	if (!seg->fin && tcpka_before(now, end->first +
				      tcpka_ticks(TCPKA_RETELL_MS)))
		return false;
	end->first = now;
	return true;
}

/*
 * Whether an end has sent payload before it heard its FIN: it comes now, or its
 * first word after the FIN is beyond it, and beyond a FIN that was lost.
 */
static bool tcpka_closer_fin_late(const struct tcpka_flow *flow,
				  unsigned int i,
				  const struct tcpka_segment *seg,
				  enum tcpka_fin_reply reply)
{
	const struct tcpka_end *end = &flow->end[i];

	if (end->closing != TCPKA_CLOSE_FIN_SENT)
		return false;
	return after(seg->seq, end->seq.snd_nxt + 1) ||
	       (reply == TCPKA_FIN_RST &&
		before(seg->ack, flow->extra->end[i].fin_seq + 1));
}

/* Its stream was cut. An end that has not closed yet is told so. */
static void tcpka_closer_fin_cut(struct tcpka_flow *flow, unsigned int to,
				 struct tcpka_outbox *box, u32 now)
{
	if (flow->end[to].closing == TCPKA_CLOSE_FIN_SENT ||
	    flow->end[to].closing == TCPKA_CLOSE_FIN_ACKED)
		tcpka_closer_fin_give_up(flow, to, box, now);
}

/**
 * tcpka_closer_fin_heard() - an end that was sent a FIN has spoken
 * @flow: the flow, TOMB; its lock is held
 * @from: the end, its closing one of TCPKA_CLOSE_FIN_*
 * @seg: what it said, valid, no RST
 * @box: for what is to be sent
 * @now: the present tick
 */
void tcpka_closer_fin_heard(struct tcpka_flow *flow, unsigned int from,
			    const struct tcpka_segment *seg,
			    struct tcpka_outbox *box, u32 now)
{
	struct tcpka_end *end = &flow->end[from];
	enum tcpka_fin_reply reply = tcpka_fin_reply(&end->seq, seg);
	u8 was = end->closing;

	if (tcpka_closer_fin_late(flow, from, seg, reply))
		tcpka_closer_fin_cut(flow, !from, box, now);
	tcpka_fin_learn(&end->seq, seg);
	if (reply == TCPKA_FIN_RST) {
		tcpka_closer_fin_give_up(flow, from, box, now);
		tcpka_closer_file(flow);
		return;
	}
	if (reply == TCPKA_FIN_ACK && tcpka_closer_fin_answers(end, seg, now))
		tcpka_segment_put(box, flow, from, TCPKA_SEND_ACK);
	if (was == TCPKA_CLOSE_FIN_DONE)
		return;
	end->closing = tcpka_fin_state(flow, from);
	if (end->closing == was)
		return;
	flow->extra->end[from].close_at = tcpka_closer_fin_over(flow);
	tcpka_closer_fin_moved(flow, now);
	tcpka_closer_file(flow);
}
