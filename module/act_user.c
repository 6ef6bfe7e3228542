// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - carries out what users ask for: to end flows, and to probe them
 *
 * As act does what is due: all under the flow's lock, but for the sending.
 */

#include "act_priv.h"
#include "clock.h"
#include "closer.h"
#include "conntrack.h"
#include "core.h"
#include "flow.h"
#include "pace.h"
#include "policy.h"
#include "segment.h"
#include "stats.h"
#include "trace.h"

/*
 * Whether it lives, by what its entry says now: since its last turn it may have
 * been offloaded, or its numbers adjusted, and nothing can be said any more.
 */
static bool tcpka_act_lives(struct tcpka_flow *flow)
{
	if (flow->phase != TCPKA_LIVE)
		return false;
	if (tcpka_conntrack_look(flow, tcpka_now()))
		return true;
	tcpka_act_gone(flow);
	return false;
}

/* Whether a user's turn to have @n segments sent has come. */
static bool tcpka_act_take(const struct tcpka_flow *flow, unsigned int n)
{
	return tcpka_net_speaks(flow->tn) && tcpka_pace_take(flow->tn, n);
}

/*
 * Whether there is something to be ended: it lives, or may. What a user wants to
 * end already is not ended twice, unless it is by other means.
 */
static bool tcpka_act_killable(struct tcpka_flow *flow, enum tcpka_action with)
{
	if (tcpka_closer_pending(flow))
		return true;
	return tcpka_act_lives(flow) &&
	       !(flow->fin_due && !flow->quieted && with == TCPKA_ACTION_FIN);
}

/* Its ends are asked on behalf of a clock: from now on it is a user's wish. */
static void tcpka_act_insist(struct tcpka_flow *flow, enum tcpka_action with,
			     struct tcpka_outbox *box)
{
	trace_tcpka_ended(flow, -1, with);
	if (with == TCPKA_ACTION_DROP) {
		tcpka_flow_remove(flow);
		return;
	}
	if (with == TCPKA_ACTION_FIN)
		tcpka_closer_fell_back(flow, -1);
	tcpka_closer_insist(flow, box, tcpka_now());
}

/**
 * tcpka_flows_kill() - end a flow because a user asked for it
 * @flow: the flow, under RCU or by a reference
 * @with: TCPKA_ACTION_RST, TCPKA_ACTION_FIN or TCPKA_ACTION_DROP
 *
 * Process context. One whose time is over, and whose ends are only asked before
 * they are told so by RST, lives as far as anybody knows, and is ended as well:
 * by RST with TCPKA_ACTION_FIN, too, for nothing of it passes any more.
 *
 * Return: 0; -ENOENT if it is over already; -EOPNOTSUPP if nobody can speak
 * for its ends, or if it is a subflow of MPTCP; -EBUSY if its turn has not
 * come (pacing), or without memory: never with TCPKA_ACTION_DROP, which sends
 * nothing.
 */
int tcpka_flows_kill(struct tcpka_flow *flow, enum tcpka_action with)
{
	struct tcpka_policy *policy = NULL;
	struct tcpka_outbox box = {};
	int err = 0;

	tcpka_act_lock(flow);
	if (!tcpka_act_killable(flow, with)) {
		err = -ENOENT;
	} else if (flow->mptcp || (with != TCPKA_ACTION_DROP &&
				   !tcpka_flow_spoken_for(flow))) {
		tcpka_count(flow->tn, flow->policy, TCPKA_STAT_UNFORGEABLE);
		err = -EOPNOTSUPP;
	} else if (with != TCPKA_ACTION_DROP &&
		   (!tcpka_flow_need(flow) || !tcpka_act_take(flow, 1))) {
		err = -EBUSY;
	} else {
		policy = tcpka_policy_get(flow->policy);
		tcpka_count(flow->tn, policy, TCPKA_STAT_KILLED);
		tcpka_act_tell(flow, TCPKA_EVENT_KILLED, TCPKA_REASON_USER,
			       TCPKA_ROLE_TCPKA);
		if (flow->phase == TCPKA_TOMB)
			tcpka_act_insist(flow, with, &box);
		else
			tcpka_act_end(flow, with, TCPKA_REASON_USER, &box,
				      tcpka_now());
	}
	tcpka_act_unlock(flow, &box, policy);
	return err;
}

/*
 * To an end that owes an answer already, a probe of a user's only asks once
 * more: it has an interval for each that counts, and no user may shorten that.
 */
static void tcpka_act_ask(struct tcpka_flow *flow, unsigned int to,
			  struct tcpka_outbox *box)
{
	struct tcpka_end *end = &flow->end[to];
	u8 unanswered = end->unanswered;
	u32 first = end->first;

	tcpka_act_probe(flow, BIT(to), box);
	if (!unanswered)
		return;
	end->unanswered = unanswered;
	end->first = first;
}

/**
 * tcpka_flows_probe() - probe both ends of a flow because a user asked for it
 * @flow: the flow, under RCU or by a reference
 *
 * Process context. What is not answered is asked again as by keepalive.
 *
 * Return: 0; -ENOENT if it is over already; -EOPNOTSUPP if nobody can speak
 * for its ends, -EBUSY if its turn has not come (pacing).
 */
int tcpka_flows_probe(struct tcpka_flow *flow)
{
	struct tcpka_policy *policy = NULL;
	struct tcpka_outbox box = {};
	int err = 0;

	tcpka_act_lock(flow);
	if (!tcpka_act_lives(flow)) {
		err = -ENOENT;
	} else if (!tcpka_flow_spoken_for(flow)) {
		err = -EOPNOTSUPP;
	} else if (!tcpka_act_take(flow, 2)) {
		err = -EBUSY;
	} else {
		policy = tcpka_policy_get(flow->policy);
		tcpka_act_ask(flow, 0, &box);
		tcpka_act_ask(flow, 1, &box);
		/* what comes next is due after intvl */
		tcpka_flow_file(flow, tcpka_now() + 1);
	}
	tcpka_act_unlock(flow, &box, policy);
	return err;
}
