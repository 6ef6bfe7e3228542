// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - carries out what fsm decided (act_user: what users ask for)
 *
 * All under the flow's lock, but for the sending, which comes after it.
 */

#include "act.h"
#include "act_priv.h"
#include "clock.h"
#include "closer.h"
#include "conntrack.h"
#include "core.h"
#include "event.h"
#include "fin.h"
#include "flow.h"
#include "fsm.h"
#include "pace.h"
#include "policy.h"
#include "segment.h"
#include "stats.h"
#include "table.h"
#include "trace.h"

static noinline void tcpka_act_say(struct tcpka_flow *flow,
				   enum tcpka_event event,
				   enum tcpka_reason reason, enum tcpka_role by)
{
	struct tcpka_info info;

	tcpka_flow_info(flow, &info);
	tcpka_event_flow(flow->tn, &info, event, reason, by);
}

/**
 * tcpka_act_tell() - tell of what became of a flow
 * @flow: the flow; its lock is held
 * @event: what has happened
 * @reason: why
 * @by: whose doing it was
 */
void tcpka_act_tell(struct tcpka_flow *flow, enum tcpka_event event,
		    enum tcpka_reason reason, enum tcpka_role by)
{
	/* most of the time nobody listens, and all that is dear, or its stack is */
	if (tcpka_event_wanted(flow->tn))
		tcpka_act_say(flow, event, reason, by);
}

/**
 * tcpka_act_over() - count and tell that the ends have closed a connection
 * @flow: the flow, LIVE; its lock is held. It stays, for one that follows
 * @reason: TCPKA_REASON_FIN or TCPKA_REASON_RST
 * @by: index of the end that spoke first
 */
void tcpka_act_over(struct tcpka_flow *flow, enum tcpka_reason reason,
		    unsigned int by)
{
	WRITE_ONCE(flow->state, TCPKA_STATE_CLOSED);
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_FLOWS_CLOSED);
	tcpka_act_tell(flow, TCPKA_EVENT_CLOSED, reason,
		       tcpka_flow_role(flow, by));
}

/**
 * tcpka_act_closed() - the ends have closed a connection by themselves
 * @flow: the flow, LIVE; its lock is held
 * @reason: TCPKA_REASON_FIN or TCPKA_REASON_RST
 * @by: index of the end that spoke first
 */
void tcpka_act_closed(struct tcpka_flow *flow, enum tcpka_reason reason,
		      unsigned int by)
{
	tcpka_act_over(flow, reason, by);
	tcpka_flow_remove(flow);
}

/**
 * tcpka_act_reset() - an end has closed a connection by RST
 * @flow: the flow, LIVE; its lock is held. It may be GONE afterwards
 * @by: index of the end
 *
 * Nobody acknowledges a RST, and it may be lost further on. So the other end is
 * asked: if it has heard it, it answers by RST. If it has not, its answer draws
 * the RST once more; and where nobody is left to send one, it goes on being
 * probed and timed. One that answers by RST while either opens anew may not have
 * got that SYN yet, or has sent it, and is asked as often as it would have been.
 */
void tcpka_act_reset(struct tcpka_flow *flow, unsigned int by)
{
	unsigned int first = flow->reset_by ? flow->reset_by - 1 : by;
	u32 now = tcpka_now();

	if (first != by && flow->reborn)
		return;
	/* without memory, as where it cannot be found out */
	if (first != by || !tcpka_fsm_resettable(flow) ||
	    !tcpka_flow_need(flow)) {
		tcpka_act_closed(flow, TCPKA_REASON_RST, first);
		return;
	}
	/* who opens anew does so after its RST */
	if (!flow->reset_by)
		flow->reborn = 0;
	flow->aborted = 1 + by;
	/* where its time has come, it is ended at once, which is seen to */
	if (!flow->fin_due) {
		tcpka_fsm_reset(flow, by, now);
		tcpka_table_yield(flow, true);
	}
	tcpka_flow_file(flow, now + 1);
}

/*
 * What is left of an action where the ends cannot be spoken for: the flow is
 * forgotten. A subflow is not the connection (RFC 8684): it is left alone.
 */
static enum tcpka_action tcpka_act_possible(struct tcpka_flow *flow,
					    enum tcpka_action action)
{
	if (action == TCPKA_ACTION_NONE ||
	    (action == TCPKA_ACTION_DROP && !flow->mptcp))
		return action;
	if (!flow->mptcp && tcpka_flow_spoken_for(flow))
		return action;
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_UNFORGEABLE);
	return flow->mptcp ? TCPKA_ACTION_NONE : TCPKA_ACTION_DROP;
}

/**
 * tcpka_act_end() - end a connection that is open
 * @flow: the flow, LIVE, its handshake over or a user's wish; its lock is held.
 *	With its extra, unless @action sends nothing
 * @action: how
 * @reason: why, as it was counted and told of already
 * @box: for what is to be sent
 * @now: the present tick
 */
void tcpka_act_end(struct tcpka_flow *flow, enum tcpka_action action,
		   enum tcpka_reason reason, struct tcpka_outbox *box, u32 now)
{
	action = tcpka_act_possible(flow, action);
	trace_tcpka_ended(flow, -1, action);
	flow->quieted = reason == TCPKA_REASON_IDLE ||
			reason == TCPKA_REASON_HALF_CLOSED;
	flow->by_user = reason == TCPKA_REASON_USER;
	switch (action) {
	case TCPKA_ACTION_NONE:
		flow->noted |= BIT(reason);
		/* nothing will end what is dead */
		if (flow->noted & BIT(TCPKA_REASON_KEEPALIVE) &&
		    !tcpka_fsm_timed(flow, &flow->policy->t))
			tcpka_table_yield(flow, true);
		break;
	case TCPKA_ACTION_DROP:
		tcpka_flow_remove(flow);
		break;
	case TCPKA_ACTION_FIN:
		tcpka_closer_fin(flow, box, now);
		break;
	default:
		tcpka_closer_begin(flow, box, now);
		break;
	}
}

/*
 * A handshake that nobody finishes: a RST frees the server's SYN queue, as the
 * initiator's would. Nobody needs to be told a second time: the server gives
 * up by itself, and answers the initiator by a RST if it goes on after all.
 */
static void tcpka_act_end_handshake(struct tcpka_flow *flow,
				    enum tcpka_action action,
				    struct tcpka_outbox *box)
{
	trace_tcpka_ended(flow, -1, action);
	if (action == TCPKA_ACTION_NONE) {
		flow->noted |= BIT(TCPKA_REASON_HALF_OPEN);
		return;
	}
	if ((flow->unforgeable || (flow->translated && !flow->ct)) &&
	    action != TCPKA_ACTION_DROP)
		tcpka_count(flow->tn, flow->policy, TCPKA_STAT_UNFORGEABLE);
	else if (action != TCPKA_ACTION_DROP)
		tcpka_segment_put(box, flow, !flow->initiator,
				  TCPKA_SEND_RST);
	tcpka_flow_remove(flow);
}

static void tcpka_act_expire(struct tcpka_flow *flow, u8 reason,
			     struct tcpka_outbox *box, u32 now)
{
	u8 action = flow->policy->t.action;

	tcpka_count(flow->tn, flow->policy, tcpka_stats_expired(reason));
	trace_tcpka_expired(flow, -1, reason);
	tcpka_act_tell(flow, TCPKA_EVENT_EXPIRED, reason, TCPKA_ROLE_TCPKA);
	if (reason == TCPKA_REASON_HALF_OPEN)
		tcpka_act_end_handshake(flow, action, box);
	else
		tcpka_act_end(flow, action, reason, box, now);
}

static void tcpka_act_dead(struct tcpka_flow *flow, unsigned int end,
			   struct tcpka_outbox *box, u32 now)
{
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_PEERS_DEAD);
	trace_tcpka_dead(flow, end, flow->end[end].unanswered);
	tcpka_act_tell(flow, TCPKA_EVENT_DEAD, TCPKA_REASON_KEEPALIVE,
		       tcpka_flow_role(flow, end));
	tcpka_act_end(flow, flow->policy->t.dead, TCPKA_REASON_KEEPALIVE, box,
		      now);
}

/*
 * Neither end can be told to be dead. Where one still speaks here, whose peer's
 * payload takes another way, other clocks go on.
 */
static void tcpka_act_both_silent(struct tcpka_flow *flow, u8 ends)
{
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_BOTH_SILENT);
	trace_tcpka_both_silent(flow, -1, 0);
	tcpka_act_tell(flow, TCPKA_EVENT_DEAD, TCPKA_REASON_BOTH_SILENT,
		       TCPKA_ROLE_TCPKA);
	flow->noted |= BIT(TCPKA_REASON_KEEPALIVE);
	if (!ends || !tcpka_fsm_timed(flow, &flow->policy->t))
		tcpka_flow_remove(flow);
}

/**
 * tcpka_act_probe() - probe ends
 * @flow: the flow, LIVE, whose ends can be spoken for; its lock is held
 * @ends: a bit for each end
 * @box: for the probes
 */
void tcpka_act_probe(struct tcpka_flow *flow, u8 ends,
		     struct tcpka_outbox *box)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!(ends & BIT(i)))
			continue;
		tcpka_segment_put(box, flow, i, TCPKA_SEND_PROBE);
		trace_tcpka_probed(flow, i, flow->end[i].unanswered);
	}
}

/* Has the other end's RST arrived? And, where it may be carried, was it its own? */
static void tcpka_act_check(struct tcpka_flow *flow, unsigned int end,
			    struct tcpka_outbox *box, u32 now)
{
	tcpka_segment_put(box, flow, end, TCPKA_SEND_ASK);
	if (tcpka_fsm_reset_carried(flow))
		tcpka_segment_put(box, flow, !end, TCPKA_SEND_ASK);
	tcpka_fsm_checked(flow, end, now);
}

/*
 * An end's RST was lost, the other end has said so, and who sent it is gone: what
 * it wanted is done as long as that can be.
 */
static void tcpka_act_survived(struct tcpka_flow *flow,
			       struct tcpka_outbox *box, u32 now)
{
	const struct tcpka_timers *t = &flow->policy->t;
	unsigned int by = flow->reset_by - 1;
	u8 action = TCPKA_ACTION_NONE;

	if (t->keepalive)
		action = t->dead;
	else if (t->idle || t->max_age || t->half_closed)
		action = t->action;
	flow->reset_by = 0;
	if (action == TCPKA_ACTION_NONE) {
		tcpka_table_yield(flow, false);
		return;
	}
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_FLOWS_CLOSED);
	tcpka_act_tell(flow, TCPKA_EVENT_CLOSED, TCPKA_REASON_RST,
		       tcpka_flow_role(flow, by));
	/* no FIN: it was cut */
	tcpka_act_end(flow, action == TCPKA_ACTION_DROP ? action :
			    TCPKA_ACTION_RST,
		      TCPKA_REASON_RST, box, now);
}

/* Carries out a verdict other than to wait. */
static void tcpka_act_verdict(struct tcpka_flow *flow,
			      const struct tcpka_verdict *v,
			      struct tcpka_outbox *box, u32 now)
{
	switch (v->what) {
	case TCPKA_PROBE:
		tcpka_act_probe(flow, v->ends, box);
		break;
	case TCPKA_EXPIRE:
		tcpka_act_expire(flow, v->reason, box, now);
		break;
	case TCPKA_DEAD:
		tcpka_act_dead(flow, v->ends & BIT(0) ? 0 : 1, box, now);
		break;
	case TCPKA_BOTH_SILENT:
		tcpka_act_both_silent(flow, v->ends);
		break;
	case TCPKA_FORGET:
		tcpka_flow_remove(flow);
		break;
	case TCPKA_CHECK:
		tcpka_act_check(flow, v->ends & BIT(0) ? 0 : 1, box, now);
		break;
	case TCPKA_SURVIVED:
		tcpka_act_survived(flow, box, now);
		break;
	case TCPKA_CLOSED:
		tcpka_act_closed(flow, TCPKA_REASON_RST, flow->reset_by - 1);
		break;
	}
}

/* Whether nothing is sent for a verdict: what is only noted, dropped or forgotten. */
static bool tcpka_act_mute(const struct tcpka_flow *flow,
			   const struct tcpka_verdict *v)
{
	const struct tcpka_timers *t = &flow->policy->t;
	u8 action = v->what == TCPKA_DEAD ? t->dead : t->action;

	if (v->what == TCPKA_EXPIRE || v->what == TCPKA_DEAD)
		return action == TCPKA_ACTION_NONE ||
		       action == TCPKA_ACTION_DROP;
	return v->what == TCPKA_CLOSED || v->what == TCPKA_FORGET ||
	       v->what == TCPKA_BOTH_SILENT;
}

/* Whether it can be sent: there are hooks, and memory for what comes of it. */
static bool tcpka_act_ready(struct tcpka_flow *flow,
			    const struct tcpka_verdict *v)
{
	return tcpka_net_speaks(flow->tn) &&
	       (v->what == TCPKA_PROBE || tcpka_flow_need(flow));
}

/* How many segments a verdict sends at a time, of those that pacing counts. */
static unsigned int tcpka_act_turns(const struct tcpka_flow *flow,
				    const struct tcpka_verdict *v)
{
	return v->what == TCPKA_CHECK && tcpka_fsm_reset_carried(flow) ? 2 : 1;
}

/* A flow that waits for a quiet moment in which to be closed by FIN. */
static void tcpka_act_fin(struct tcpka_flow *flow, struct tcpka_outbox *box,
			  u32 now)
{
	enum tcpka_action action;

	if (flow->offloaded && tcpka_before(now, flow->extra->fin_until)) {
		/* it is not idle after all, but may be quiet when it is back */
		tcpka_flow_file(flow, tcpka_fin_look_again(flow, now));
		return;
	}
	action = tcpka_act_possible(flow, TCPKA_ACTION_FIN);
	if (action == TCPKA_ACTION_FIN)
		tcpka_closer_fin_try(flow, box, now);
	else
		tcpka_flow_remove(flow);
}

/*
 * Does all that is due with a living flow. Each round either waits, or takes
 * a probe's or an action's reason to be due away. The outbox has room for what
 * one round may send.
 *
 * Return: false if pacing holds it back, or the hooks are not ready for it, or
 * there is no memory.
 */
static bool tcpka_act_live(struct tcpka_flow *flow, struct tcpka_outbox *box,
			   u32 now)
{
	struct tcpka_verdict v;
	bool mute;

	tcpka_fsm_look_after(flow, now);
	while (flow->phase == TCPKA_LIVE) {
		if (flow->fin_due) {
			tcpka_act_fin(flow, box, now);
			return true;
		}
		tcpka_fsm_judge(flow, &flow->policy->t, now, &v);
		if (v.what == TCPKA_WAIT) {
			tcpka_flow_tidy(flow);
			tcpka_flow_file(flow, v.next);
			return true;
		}
		mute = tcpka_act_mute(flow, &v);
		if (!mute && !tcpka_act_ready(flow, &v)) {
			tcpka_flow_file(flow, now + 1);
			return false;
		}
		/* a burst of what ends by itself is none of segments */
		if (!mute &&
		    !tcpka_pace_take(flow->tn, tcpka_act_turns(flow, &v))) {
			if (v.what != TCPKA_CHECK) {
				tcpka_flow_file(flow, now + 1);
				return false;
			}
			/* checks must not keep probes from being sent */
			v.what = TCPKA_CLOSED;
		}
		/* the other end takes its own turn */
		if (v.what == TCPKA_PROBE)
			v.ends &= -v.ends;
		tcpka_act_verdict(flow, &v, box, now);
		if (flow->phase == TCPKA_LIVE &&
		    box->n + 2 > TCPKA_OUTBOX_MAX) {
			tcpka_flow_file(flow, now + 1);
			break;
		}
	}
	return true;
}

/**
 * tcpka_act_gone() - a connection has ended where nobody looked
 * @flow: the flow, LIVE; its lock is held
 *
 * Which end did it, is not known.
 */
void tcpka_act_gone(struct tcpka_flow *flow)
{
	WRITE_ONCE(flow->state, TCPKA_STATE_CLOSED);
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_FLOWS_CLOSED);
	tcpka_act_tell(flow, TCPKA_EVENT_CLOSED, TCPKA_REASON_UNSPEC,
		       TCPKA_ROLE_UNSPEC);
	tcpka_flow_remove(flow);
}

/**
 * tcpka_act_lock() - lock a flow to do something with it
 * @flow: the flow, under RCU or by a reference
 *
 * Process context. Softirqs wait until all that was decided is sent and counted:
 * who hears of a segment, or of an event, finds it in the counters.
 */
void tcpka_act_lock(struct tcpka_flow *flow)
	__acquires(&flow->lock)
{
	local_bh_disable();
	tcpka_flow_lock(flow);
}

/**
 * tcpka_act_unlock() - unlock a flow, and send what was decided
 * @flow: the flow; its lock is held
 * @box: what is to be sent
 * @policy: whose it is, to count; its reference passes here. NULL if nothing is sent
 */
void tcpka_act_unlock(struct tcpka_flow *flow, struct tcpka_outbox *box,
		      struct tcpka_policy *policy)
	__releases(&flow->lock)
{
	spin_unlock(&flow->lock);
	tcpka_segment_flush(box, flow, policy);
	local_bh_enable();
	if (policy)
		tcpka_policy_put(policy);
}

/**
 * tcpka_act_fire() - handle a flow whose time in the wheel has come
 * @timer: of the flow; the wheel's reference passes here
 *
 * Process context.
 *
 * Return: false if pacing holds it back.
 */
bool tcpka_act_fire(struct tcpka_timer *timer)
{
	struct tcpka_flow *flow = container_of(timer, struct tcpka_flow,
					       timer);
	struct tcpka_policy *policy = NULL;
	struct tcpka_outbox box = {};
	u32 now = tcpka_now();
	bool go_on = true;

	tcpka_act_lock(flow);
	if (flow->phase != TCPKA_GONE)
		policy = tcpka_policy_get(flow->policy);
	if (flow->phase == TCPKA_LIVE && !tcpka_conntrack_look(flow, now)) {
		tcpka_act_gone(flow);
	} else if (flow->phase == TCPKA_LIVE) {
		go_on = tcpka_act_live(flow, &box, now);
	} else if (flow->phase == TCPKA_TOMB) {
		tcpka_conntrack_forget(flow);
		if (!tcpka_closer_step(flow, &box, now)) {
			if (tcpka_closer_told(flow))
				tcpka_conntrack_close(flow);
			tcpka_flow_remove(flow);
		}
	}
	tcpka_act_unlock(flow, &box, policy);
	tcpka_flow_put(flow);
	return go_on;
}

/*
 * Whether a connection whose ends are asked is let go: no policy rules it any
 * more. Under another it goes on as it was decided, as one that is to be closed by
 * FIN does: that its time was over is counted and told, and not undone.
 */
static bool tcpka_act_unruled(struct tcpka_flow *flow)
{
	struct tcpka_policy *policy;
	struct tcpka_subject subject;

	if (!tcpka_closer_pending(flow))
		return false;
	tcpka_flow_subject(flow, &subject);
	policy = tcpka_policy_find(flow->tn, &subject, NULL);
	if (policy)
		tcpka_policy_put(policy);
	return !policy;
}

/**
 * tcpka_act_rematch() - see to a flow after the rules have changed
 * @flow: the flow, under RCU or by a reference
 *
 * Process context.
 */
void tcpka_act_rematch(struct tcpka_flow *flow)
{
	struct tcpka_policy *policy = NULL;
	struct tcpka_outbox box = {};

	tcpka_act_lock(flow);
	if (flow->phase == TCPKA_LIVE) {
		if (!tcpka_flow_rematch(flow, tcpka_now()))
			tcpka_flow_remove(flow);
	} else if (flow->phase == TCPKA_TOMB && !READ_ONCE(flow->tn->hooked)) {
		/* no hook is left that could see to it */
		policy = tcpka_policy_get(flow->policy);
		tcpka_closer_abandon(flow, &box, tcpka_now());
		tcpka_flow_remove(flow);
	} else if (tcpka_act_unruled(flow)) {
		tcpka_flow_remove(flow);
	}
	tcpka_act_unlock(flow, &box, policy);
}
