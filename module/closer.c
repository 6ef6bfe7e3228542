// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - ends a connection and tells both ends, by RST unless closer_fin does
 *
 * What tcpka has ended stays in the table as a tombstone for the time of
 * linger.  Nothing of it passes any more.  Each end is told by a RST; since
 * nobody acknowledges a RST, it is checked by a probe 1 s and 3 s later: an
 * end that still answers says with its acknowledgment which number it expects
 * and gets a new RST, one that answers by RST is done.  Where there is no
 * answer, the RST and both checks may have been lost, as they are once in 40
 * times where every fifth segment is: an end that has not left its probes
 * unanswered before is told and checked all over again, three times.
 */

#include <linux/minmax.h>
#include <net/tcp.h>

#include "clock.h"
#include "closer.h"
#include "fin.h"
#include "flow.h"
#include "fsm.h"
#include "segment.h"
#include "seqstate.h"
#include "stats.h"
#include "table.h"
#include "trace.h"

#define TCPKA_ASK_MS		1000
/*
 * Where each fifth packet is lost, nobody answers in 8 tries once in
 * ten million times; in 3, once in 460.
 */
#define TCPKA_ASK_LONG_MS	8000
#define TCPKA_CHECK_MS		1000
#define TCPKA_CHECK2_MS		2000

/* Eight questions, and four tellings with their checks, take 24 s. */
#define TCPKA_TELL_MS		25000

/**
 * tcpka_closer_rst() - tell an end by RST
 * @flow: the flow, TOMB; its lock is held
 * @to: the end
 * @box: for the RST
 * @now: the present tick
 */
void tcpka_closer_rst(struct tcpka_flow *flow, unsigned int to,
		      struct tcpka_outbox *box, u32 now)
{
	struct tcpka_end *end = &flow->end[to];

	tcpka_segment_put(box, flow, to, TCPKA_SEND_RST);
	end->closing = TCPKA_CLOSE_TOLD;
	end->first = now;
	flow->extra->end[to].close_at = now + tcpka_ticks(TCPKA_CHECK_MS);
}

/* One that has left all its probes unanswered will hardly hear the RST. */
static void tcpka_closer_count(struct tcpka_flow *flow, unsigned int i)
{
	const struct tcpka_timers *t = &flow->policy->t;
	struct tcpka_end *end = &flow->end[i];

	end->told = tcpka_fsm_exhausted(end, t) ? TCPKA_TOLD_MAX : 0;
}

static void tcpka_closer_ask(struct tcpka_flow *flow, unsigned int to,
			     enum tcpka_close stage, u64 wait,
			     struct tcpka_outbox *box, u32 now)
{
	tcpka_segment_put(box, flow, to, TCPKA_SEND_ASK);
	flow->end[to].closing = stage;
	flow->extra->end[to].close_at = now + tcpka_ticks(wait);
}

/*
 * Whether an end may be told at once: its number is certain. What was picked up
 * in mid-stream may have been anybody's segments, and what was quiet here may go
 * by another gateway: one direction's number is exact even so.
 */
static bool tcpka_closer_certain(const struct tcpka_flow *flow, unsigned int i)
{
	return !flow->picked && !flow->quieted &&
	       tcpka_seq_settled(&flow->end[i].seq, &flow->end[!i].seq);
}

static bool tcpka_closer_done(const struct tcpka_end *end)
{
	return end->closing >= TCPKA_CLOSE_DONE;
}

static bool tcpka_closer_all_done(const struct tcpka_flow *flow)
{
	return tcpka_closer_done(&flow->end[0]) &&
	       tcpka_closer_done(&flow->end[1]);
}

/*
 * When a tombstone goes, or an end's FIN is no longer waited for. However short
 * linger is, both ends are told and checked first; but one that goes on answering,
 * and takes no RST, is not told for ever.
 */
static u32 tcpka_closer_until(const struct tcpka_flow *flow)
{
	const struct tcpka_config *config = &flow->tn->config;
	u32 linger = READ_ONCE(config->linger);

	if (tcpka_closer_fin_waits(flow))
		return flow->extra->ended + READ_ONCE(config->fin_wait);
	if (!tcpka_closer_all_done(flow))
		linger = max_t(u32, linger, tcpka_ticks(TCPKA_TELL_MS));
	return flow->extra->ended + linger;
}

/* When the next end is to be seen to, or the tombstone goes. */
static u32 tcpka_closer_next(const struct tcpka_flow *flow)
{
	u32 next = tcpka_closer_until(flow);
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (!tcpka_closer_done(&flow->end[i]) &&
		    tcpka_before(flow->extra->end[i].close_at, next))
			next = flow->extra->end[i].close_at;
	return next;
}

/**
 * tcpka_closer_file() - have the wheel see to a tombstone
 * @flow: the flow, TOMB; its lock is held
 */
void tcpka_closer_file(struct tcpka_flow *flow)
{
	tcpka_flow_file(flow, tcpka_closer_next(flow));
}

/* An end is told, or asked for its number first. */
static void tcpka_closer_start(struct tcpka_flow *flow, unsigned int i,
			       struct tcpka_outbox *box, u32 now)
{
	struct tcpka_end *end = &flow->end[i];

	tcpka_flow_absorb_no_more(flow, end);
	end->asked = 0;
	end->first = now - tcpka_ticks(TCPKA_RETELL_MS);
	tcpka_closer_count(flow, i);
	if (tcpka_closer_certain(flow, i))
		tcpka_closer_rst(flow, i, box, now);
	else
		tcpka_closer_ask(flow, i, TCPKA_CLOSE_ASKED, TCPKA_ASK_MS, box,
				 now);
}

/**
 * tcpka_closer_begin() - turn a living flow into a tombstone
 * @flow: the flow, LIVE, whose ends can be spoken for, with its extra; its lock
 *	is held
 * @box: for what is to be sent
 * @now: the present tick
 *
 * An end whose number is not certain is asked for it first.
 */
void tcpka_closer_begin(struct tcpka_flow *flow, struct tcpka_outbox *box,
			u32 now)
{
	unsigned int i;

	lockdep_assert_held(&flow->lock);
	flow->phase = TCPKA_TOMB;
	flow->reborn = 0;
	tcpka_flow_expect(flow, true);
	flow->fin_due = 0;
	flow->extra->ended = now;
	tcpka_table_yield(flow, true);
	for (i = 0; i < 2; i++)
		tcpka_closer_start(flow, i, box, now);
	tcpka_closer_file(flow);
}

/**
 * tcpka_closer_insist() - end a connection after all that may have been let go
 * @flow: the flow, TOMB, of which neither end was told anything (see
 *	tcpka_closer_told()), and whose ends can be spoken for; its lock is held
 * @box: for what is to be sent
 * @now: the present tick
 *
 * It was to be ended by a clock, and its ends were asked whether it is quiet; now
 * a user wants it to end, quiet or not. As from tcpka_closer_begin() on, but it
 * is counted among the tombstones, and expected to be heard of, already.
 */
void tcpka_closer_insist(struct tcpka_flow *flow, struct tcpka_outbox *box,
			 u32 now)
{
	unsigned int i;

	lockdep_assert_held(&flow->lock);
	flow->quieted = 0;
	flow->by_user = 1;
	flow->extra->ended = now;
	for (i = 0; i < 2; i++)
		tcpka_closer_start(flow, i, box, now);
	tcpka_closer_file(flow);
}

/*
 * Whether an end is asked once more. Where neither was told, and the number is of
 * old, or was never confirmed, each way is tried once. Else the question is only
 * whether a connection that was quiet is, or its other end was told: questions and
 * answers may have been lost.
 */
static bool tcpka_closer_asks_on(const struct tcpka_flow *flow, unsigned int i,
				 u32 now)
{
	const struct tcpka_end *end = &flow->end[i];

	if ((flow->picked || end->seq.stale) && !tcpka_closer_told(flow))
		return end->asked < TCPKA_ASK_WAYS - 1;
	return tcpka_before(now, flow->extra->ended +
				 tcpka_ticks(TCPKA_ASK_LONG_MS));
}

/*
 * An end did not say which number it expects. What it last acknowledged is all
 * there is; where that is of old, or was never confirmed, or nobody has answered
 * for a connection that was quiet, it is asked in other ways (see
 * tcpka_segment_unsure()), and then left alone: it may well live.
 */
static void tcpka_closer_unanswered(struct tcpka_flow *flow, unsigned int i,
				    struct tcpka_outbox *box, u32 now)
{
	struct tcpka_end *end = &flow->end[i];

	if (!flow->picked && !end->seq.stale &&
	    (!flow->quieted || tcpka_closer_told(flow))) {
		tcpka_closer_rst(flow, i, box, now);
	} else if (tcpka_closer_asks_on(flow, i, now)) {
		/* each in turn: firewalls further on may drop the one or other */
		end->asked = (end->asked + 1) % TCPKA_ASK_WAYS;
		tcpka_closer_ask(flow, i, TCPKA_CLOSE_ASKED, TCPKA_ASK_MS, box,
				 now);
	} else {
		end->closing = TCPKA_CLOSE_UNKNOWN;
	}
}

/* An end that was told, and checked, has not said a word. */
static void tcpka_closer_silent(struct tcpka_flow *flow, unsigned int i,
				struct tcpka_outbox *box, u32 now)
{
	struct tcpka_end *end = &flow->end[i];

	if (end->told == TCPKA_TOLD_MAX) {
		end->closing = TCPKA_CLOSE_DONE;
		return;
	}
	end->told++;
	tcpka_closer_rst(flow, i, box, now);
}

static void tcpka_closer_end_step(struct tcpka_flow *flow, unsigned int i,
				  struct tcpka_outbox *box, u32 now)
{
	switch (flow->end[i].closing) {
	case TCPKA_CLOSE_ASKED:
		tcpka_closer_unanswered(flow, i, box, now);
		break;
	case TCPKA_CLOSE_TOLD:
		tcpka_closer_ask(flow, i, TCPKA_CLOSE_CHECKED,
				 TCPKA_CHECK2_MS, box, now);
		break;
	case TCPKA_CLOSE_CHECKED:
		tcpka_closer_ask(flow, i, TCPKA_CLOSE_CHECKED2,
				 TCPKA_ASK_MS, box, now);
		break;
	case TCPKA_CLOSE_FIN_SENT:
	case TCPKA_CLOSE_FIN_ACKED:
		tcpka_closer_fin_step(flow, i, box, now);
		break;
	default:
		tcpka_closer_silent(flow, i, box, now);
		break;
	}
}

/*
 * Where the wheel comes late (pacing, a machine that slept), what follows is put
 * off by as much: an end is asked, told and checked as often as ever, and has as
 * long to answer each. What only lingers is not.
 */
static void tcpka_closer_late(struct tcpka_flow *flow, u32 now)
{
	const struct tcpka_extra_end *extra = flow->extra->end;
	u32 due = now;
	unsigned int i;

	if (tcpka_closer_fin_waits(flow))
		return;
	for (i = 0; i < 2; i++)
		if (!tcpka_closer_done(&flow->end[i]) &&
		    tcpka_before(extra[i].close_at, due))
			due = extra[i].close_at;
	flow->extra->ended += now - due;
}

/**
 * tcpka_closer_step() - see to a tombstone whose time has come
 * @flow: the flow, TOMB; its lock is held
 * @box: for what is to be sent
 * @now: the present tick
 *
 * Return: false if its time is over, or neither end could be told: the caller
 * removes it.
 */
bool tcpka_closer_step(struct tcpka_flow *flow, struct tcpka_outbox *box,
		       u32 now)
{
	unsigned int i;

	lockdep_assert_held(&flow->lock);
	/* counted already: a filter dropped what would have begun it anew */
	if (tcpka_closer_left(flow))
		return false;
	tcpka_closer_late(flow, now);
	if (!tcpka_closer_fin_waits(flow) &&
	    !tcpka_before(now, tcpka_closer_until(flow)))
		return false;
	for (i = 0; i < 2; i++)
		if (tcpka_closer_fin_due(flow, i, now) ||
		    (!tcpka_closer_done(&flow->end[i]) &&
		     !tcpka_before(now, flow->extra->end[i].close_at)))
			tcpka_closer_end_step(flow, i, box, now);
	/* nobody was told anything: it may live, and is let go */
	if (tcpka_closer_left(flow)) {
		tcpka_count(flow->tn, flow->policy, TCPKA_STAT_UNFORGEABLE);
		return false;
	}
	tcpka_closer_file(flow);
	return true;
}

/**
 * tcpka_closer_untold() - whether an end has been told nothing, and may never be
 * @end: of a flow that is TOMB; its lock is held
 */
bool tcpka_closer_untold(const struct tcpka_end *end)
{
	return end->closing == TCPKA_CLOSE_ASKED ||
	       end->closing == TCPKA_CLOSE_UNKNOWN;
}

/**
 * tcpka_closer_asking() - whether a connection may turn out to live
 * @flow: the flow, TOMB; its lock is held
 *
 * As long as an end did not say its number, that of all flows may be of old:
 * what does not fit them may be the living connection's.
 */
bool tcpka_closer_asking(const struct tcpka_flow *flow)
{
	return tcpka_closer_untold(&flow->end[0]) ||
	       tcpka_closer_untold(&flow->end[1]);
}

/**
 * tcpka_closer_told() - whether an end has been told that it is over
 * @flow: the flow, TOMB; its lock is held
 */
bool tcpka_closer_told(const struct tcpka_flow *flow)
{
	return !tcpka_closer_untold(&flow->end[0]) ||
	       !tcpka_closer_untold(&flow->end[1]);
}

/**
 * tcpka_closer_over() - whether an end has nothing more to do with a connection
 * @flow: the flow, TOMB; its lock is held
 * @i: the end
 *
 * It has said so, or nothing at all: a SYN of it begins a new one.
 */
bool tcpka_closer_over(const struct tcpka_flow *flow, unsigned int i)
{
	return flow->end[i].closing == TCPKA_CLOSE_DONE ||
	       flow->end[i].closing == TCPKA_CLOSE_FIN_DONE;
}

/**
 * tcpka_closer_left() - whether a connection is left alone after all
 * @flow: the flow, TOMB; its lock is held
 *
 * Nobody was told anything, nor may be: the caller removes the flow.
 */
bool tcpka_closer_left(const struct tcpka_flow *flow)
{
	return flow->end[0].closing == TCPKA_CLOSE_UNKNOWN &&
	       flow->end[1].closing == TCPKA_CLOSE_UNKNOWN;
}

/**
 * tcpka_closer_pending() - whether a clock's end of a connection may be for nothing
 * @flow: the flow; its lock is held
 *
 * Its time was over, and its ends are asked for their numbers: nobody was told
 * anything, so it lives as far as anybody knows. What a user wants to end is not
 * such: he was told that it is ended.
 */
bool tcpka_closer_pending(const struct tcpka_flow *flow)
{
	return flow->phase == TCPKA_TOMB && !flow->by_user &&
	       !tcpka_closer_told(flow) && !tcpka_closer_left(flow);
}

/**
 * tcpka_closer_fin_open() - whether an end is in the middle of a closing by FIN
 * @flow: the flow, TOMB; its lock is held
 * @i: the end
 */
bool tcpka_closer_fin_open(const struct tcpka_flow *flow, unsigned int i)
{
	return flow->end[i].closing == TCPKA_CLOSE_FIN_SENT ||
	       flow->end[i].closing == TCPKA_CLOSE_FIN_ACKED;
}

/**
 * tcpka_closer_abandon() - a tombstone goes before its time
 * @flow: the flow, TOMB; its lock is held, and the caller removes it
 * @box: for what is to be sent
 * @now: the present tick
 *
 * Ends that are being closed by FIN are one number apart from each other, and
 * would say so to each other without end: they get a RST instead.
 */
void tcpka_closer_abandon(struct tcpka_flow *flow, struct tcpka_outbox *box,
			  u32 now)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (tcpka_closer_fin_open(flow, i))
			tcpka_closer_fin_give_up(flow, i, box, now);
}
