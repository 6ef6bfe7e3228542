// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - life of a routed connection
 *
 * A flow begins in hook_segment with a SYN that a policy matches.  It ends in
 * tcpka_flow_remove(), called once, by whoever moves its phase to GONE, under
 * its lock: its ends closed it, or it was dropped, or its tombstone's time is
 * over, or no policy rules it any more, or the namespace goes.  Whoever still
 * has a pointer then (under RCU, or the wheel's work with its reference) sees
 * the phase.  The last reference frees it after a grace period.
 */

#include <linux/slab.h>

#include "clock.h"
#include "conntrack.h"
#include "flow.h"
#include "fsm.h"
#include "policy.h"
#include "stats.h"
#include "table.h"
#include "trace.h"
#include "wheel.h"

static struct kmem_cache *tcpka_flow_cache;
static struct kmem_cache *tcpka_extra_cache;

/*
 * Where memory is cleared whenever it is handed out, that of a cache with a
 * constructor is not: tcpka_flow_need() writes all of it anyway. For that one it is
 * not poisoned either when it is given back (slab_debug=P, init_on_free).
 */
static void tcpka_extra_init(void *extra)
{
	memset(extra, 0, sizeof(struct tcpka_extra));
}

/**
 * tcpka_flow_cache_init() - prepare the memory of flows
 *
 * Return: 0 or -ENOMEM.
 */
int tcpka_flow_cache_init(void)
{
	/* as dense as they fit: each is of few cache lines */
	tcpka_flow_cache = KMEM_CACHE(tcpka_flow, 0);
	if (!tcpka_flow_cache)
		return -ENOMEM;
	tcpka_extra_cache = kmem_cache_create("tcpka_extra",
					      sizeof(struct tcpka_extra),
					      __alignof__(struct tcpka_extra),
					      0, tcpka_extra_init);
	if (tcpka_extra_cache)
		return 0;
	kmem_cache_destroy(tcpka_flow_cache);
	return -ENOMEM;
}

/**
 * tcpka_flow_cache_exit() - give it back
 *
 * No flow may be left but those that RCU is about to free. Sleeps.
 */
void tcpka_flow_cache_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(tcpka_extra_cache);
	kmem_cache_destroy(tcpka_flow_cache);
}

/**
 * tcpka_flow_alloc() - make a flow
 * @tn: its namespace
 * @key: its key
 *
 * Any context. Its end and policy are the caller's to fill.
 *
 * Return: the flow, LIVE, with one reference and nowhere linked; or NULL.
 */
struct tcpka_flow *tcpka_flow_alloc(struct tcpka_net *tn,
				    const struct tcpka_tuple *key)
{
	struct tcpka_flow *flow;

	flow = kmem_cache_zalloc(tcpka_flow_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!flow)
		return NULL;
	flow->key = *key;
	flow->tn = tn;
	spin_lock_init(&flow->lock);
	refcount_set(&flow->ref, 1);
	return flow;
}

/**
 * tcpka_flow_need() - see to it that a flow has its extra
 * @flow: the flow; its lock is held, or nobody else can see it
 *
 * Any context. What begins to need one calls this first, and does not begin
 * without: where a handshake begins, or another in the name of a flow, where
 * it may give way to others, where an end claims what was not seen here, is
 * asked about a RST, or is told of an end. All of that has it until
 * tcpka_flow_tidy() finds that nothing of it is left.
 *
 * Return: false without memory.
 */
bool tcpka_flow_need(struct tcpka_flow *flow)
{
	struct tcpka_extra *extra = flow->extra;

	if (extra)
		return true;
	extra = kmem_cache_alloc(tcpka_extra_cache,
				 GFP_ATOMIC | __GFP_NOWARN);
	if (!extra)
		return false;
	*extra = (struct tcpka_extra) { .flow = flow };
	INIT_LIST_HEAD(&extra->yield);
	flow->extra = extra;
	return true;
}

/**
 * tcpka_flow_tidy() - give back a flow's extra, if nothing of it is needed
 * @flow: the flow; its lock is held
 *
 * To be called where the caller needs nothing of it either.
 */
void tcpka_flow_tidy(struct tcpka_flow *flow)
{
	lockdep_assert_held(&flow->lock);
	if (!flow->extra || flow->phase != TCPKA_LIVE ||
	    tcpka_fsm_in_handshake(flow) || flow->reborn || flow->reset_by ||
	    flow->claims || flow->fin_due || !list_empty(&flow->extra->yield))
		return;
	kmem_cache_free(tcpka_extra_cache, flow->extra);
	flow->extra = NULL;
}

/**
 * tcpka_flow_discard() - free a flow that was never in the table
 * @flow: from tcpka_flow_alloc(); nobody else has seen it
 */
void tcpka_flow_discard(struct tcpka_flow *flow)
{
	if (flow->extra)
		kmem_cache_free(tcpka_extra_cache, flow->extra);
	kmem_cache_free(tcpka_flow_cache, flow);
}

static void tcpka_flow_free_rcu(struct rcu_head *rcu)
{
	tcpka_flow_discard(container_of(rcu, struct tcpka_flow, rcu));
}

/**
 * tcpka_flow_get() - take a reference
 * @flow: found under RCU
 *
 * Return: false if it is being freed.
 */
bool tcpka_flow_get(struct tcpka_flow *flow)
{
	return refcount_inc_not_zero(&flow->ref);
}

/**
 * tcpka_flow_put() - give a reference back
 * @flow: the flow; must not be used any more outside of RCU
 */
void tcpka_flow_put(struct tcpka_flow *flow)
{
	if (refcount_dec_and_test(&flow->ref))
		call_rcu(&flow->rcu, tcpka_flow_free_rcu);
}

static void tcpka_flow_drop_policy(struct tcpka_flow *flow)
{
	if (!flow->policy)
		return;
	atomic_dec(&flow->policy->flows);
	tcpka_policy_put(flow->policy);
	flow->policy = NULL;
}

/**
 * tcpka_flow_remove() - end a flow's life
 * @flow: the flow, not GONE; its lock is held, and by RCU or a reference the
 *	caller may still use it afterwards
 *
 * Takes it out of table, wheel and limits and puts their references.
 */
void tcpka_flow_remove(struct tcpka_flow *flow)
{
	struct tcpka_net *tn = flow->tn;

	lockdep_assert_held(&flow->lock);
	if (WARN_ON_ONCE(flow->phase == TCPKA_GONE))
		return;
	tcpka_flow_expect(flow, false);
	flow->phase = TCPKA_GONE;
	trace_tcpka_removed(flow, -1, flow->state);
	tcpka_flow_absorb_no_more(flow, &flow->end[0]);
	tcpka_flow_absorb_no_more(flow, &flow->end[1]);
	tcpka_table_yield(flow, false);
	tcpka_conntrack_drop(flow);
	tcpka_flow_drop_policy(flow);
	tcpka_table_uncharge(tn);
	tcpka_table_remove(flow);
	if (tcpka_wheel_kill(&tn->wheel, &flow->timer))
		tcpka_flow_put(flow);
	tcpka_flow_put(flow);
}

/**
 * tcpka_flow_file() - have the wheel handle a flow
 * @flow: the flow; its lock is held
 * @due: at which tick, or sooner, to look at its conntrack entry
 */
void tcpka_flow_file(struct tcpka_flow *flow, u32 due)
{
	lockdep_assert_held(&flow->lock);
	due = tcpka_conntrack_due(flow, due);
	refcount_inc(&flow->ref);
	if (!tcpka_wheel_file(&flow->tn->wheel, &flow->timer, due))
		tcpka_flow_put(flow);
}

/* When the wheel has to look at a living flow, or sooner, see above. */
static u32 tcpka_flow_due(const struct tcpka_flow *flow, u32 now)
{
	struct tcpka_verdict v;

	if (flow->fin_due)
		return now + 1;
	tcpka_fsm_judge(flow, &flow->policy->t, now, &v);
	return v.what == TCPKA_WAIT ? v.next : now + 1;
}

/**
 * tcpka_flow_refile_due() - tcpka_flow_refile() of one that may be due earlier
 * @flow: the flow, LIVE and in the table; its lock is held
 * @now: the present tick
 */
void tcpka_flow_refile_due(struct tcpka_flow *flow, u32 now)
{
	u32 due = flow->timer.due;

	lockdep_assert_held(&flow->lock);
	if (tcpka_flow_may_be_due(flow))
		due = tcpka_flow_due(flow, now);
	due = tcpka_conntrack_due(flow, due);
	if (tcpka_before(due, flow->timer.due))
		tcpka_flow_file(flow, due);
}

/**
 * tcpka_flow_absorb_no_more() - let an end's answers pass from now on
 * @flow: the flow; its lock is held
 * @end: the end
 */
void tcpka_flow_absorb_no_more(struct tcpka_flow *flow, struct tcpka_end *end)
{
	if (!end->answers_due)
		return;
	atomic_sub(end->answers_due, &flow->tn->answers_due);
	end->answers_due = 0;
}

/**
 * tcpka_flow_expect() - have the first hook look at what a flow's ends say
 * @flow: the flow; its lock is held
 * @yes: whether it shall: a tombstone, or to be closed by FIN
 */
void tcpka_flow_expect(struct tcpka_flow *flow, bool yes)
{
	if (flow->expects == yes)
		return;
	flow->expects = yes;
	if (yes)
		atomic_inc(&flow->tn->answers_due);
	else
		atomic_dec(&flow->tn->answers_due);
}

/**
 * tcpka_flow_role() - the part an end plays
 * @flow: the flow; its lock is held
 * @end: index of the end
 *
 * Return: enum tcpka_role.
 */
u8 tcpka_flow_role(const struct tcpka_flow *flow, unsigned int end)
{
	return end == flow->initiator ? TCPKA_ROLE_INITIATOR :
					TCPKA_ROLE_RESPONDER;
}

/**
 * tcpka_flow_set_policy() - put a flow under a policy
 * @flow: the flow; its lock is held
 * @policy: with a reference, which the flow takes over
 * @now: the present tick
 *
 * Clocks count no time before a policy came into force; one that only
 * replaced another of its name goes on with that one's. Where its settings
 * differ, probes begin anew, and so does what was only noted.
 */
void tcpka_flow_set_policy(struct tcpka_flow *flow,
			   struct tcpka_policy *policy, u32 now)
{
	const struct tcpka_policy *old = flow->policy;
	bool other = !old || strcmp(old->name, policy->name);
	unsigned int i;

	if (other)
		flow->since = now;
	if (other || !tcpka_policy_same_timers(old, policy)) {
		/* what was given up gave way to others */
		if (flow->noted & BIT(TCPKA_REASON_KEEPALIVE))
			tcpka_table_yield(flow, flow->reset_by);
		flow->noted = 0;
		for (i = 0; i < 2; i++) {
			flow->end[i].unanswered = 0;
			flow->end[i].failing = 0;
		}
	}
	tcpka_flow_drop_policy(flow);
	atomic_inc(&policy->flows);
	flow->policy = policy;
}

/**
 * tcpka_flow_insert() - put a new flow into the table and into force
 * @flow: the flow, made and charged by the caller; its lock is held, lest it
 *	be seen half made
 * @policy: that rules it; the flow takes a reference of its own
 *
 * Return: 0, and the caller's reference is the table's; or an error of
 * tcpka_table_insert().
 */
int tcpka_flow_insert(struct tcpka_flow *flow, struct tcpka_policy *policy)
{
	u32 now = tcpka_now();
	int err;

	lockdep_assert_held(&flow->lock);
	tcpka_flow_set_policy(flow, tcpka_policy_get(policy), now);
	err = tcpka_table_insert(flow->tn, flow);
	if (err) {
		tcpka_flow_drop_policy(flow);
		return err;
	}
	tcpka_flow_file(flow, now + policy->t.soonest);
	tcpka_count(flow->tn, policy, TCPKA_STAT_FLOWS_CREATED);
	trace_tcpka_created(flow, -1, flow->state);
	return 0;
}

/**
 * tcpka_flow_rematch() - find a flow's policy again after the rules changed
 * @flow: the flow, LIVE; its lock is held
 * @now: the present tick
 *
 * Return: false if no policy rules it any more.
 */
bool tcpka_flow_rematch(struct tcpka_flow *flow, u32 now)
{
	struct tcpka_policy *policy;
	struct tcpka_subject subject;

	tcpka_flow_subject(flow, &subject);
	policy = tcpka_policy_find(flow->tn, &subject, NULL);
	if (!policy)
		return false;
	if (policy == flow->policy) {
		tcpka_policy_put(policy);
		return true;
	}
	tcpka_flow_set_policy(flow, policy, now);
	tcpka_flow_file(flow, now + 1);
	return true;
}

/**
 * tcpka_flow_subject() - what policies and filters match of a flow
 * @flow: the flow; its lock is held
 * @subject: to fill
 */
void tcpka_flow_subject(const struct tcpka_flow *flow,
			struct tcpka_subject *subject)
{
	const struct tcpka_tuple *key = &flow->key;
	unsigned int ini = flow->initiator;

	subject->kind = TCPKA_KIND_FORWARD;
	subject->family = key->family;
	subject->src = key->addr[ini];
	subject->dst = key->addr[!ini];
	subject->sport = key->port[ini];
	subject->dport = key->port[!ini];
	subject->iif = flow->iif;
	subject->oif = flow->oif;
	subject->mark = flow->mark;
	subject->uid = TCPKA_UID_NONE;
	subject->unowned = false;
	subject->cgroup = NULL;
}

/* Why tcpka_flow_spoken_for() says no, or what else is in the way. */
static u8 tcpka_flow_obstacle(const struct tcpka_flow *flow)
{
	if (flow->phase != TCPKA_LIVE)
		return TCPKA_OBSTACLE_UNSPEC;
	if (flow->unforgeable)
		return flow->unforgeable;
	if (flow->offloaded)
		return TCPKA_OBSTACLE_OFFLOADED;
	if (flow->translated && !flow->ct)
		return TCPKA_OBSTACLE_UNMAPPED;
	if (flow->mptcp)
		return TCPKA_OBSTACLE_MPTCP;
	/* a handshake is not over yet: that is no obstacle */
	if (flow->state != TCPKA_STATE_SYN_SENT &&
	    flow->state != TCPKA_STATE_SYN_RECV &&
	    !(flow->end[0].seq.acked && flow->end[1].seq.acked))
		return TCPKA_OBSTACLE_ONE_WAY;
	return TCPKA_OBSTACLE_UNSPEC;
}

/**
 * tcpka_flow_info() - a flow as users see it
 * @flow: the flow; its lock is held
 * @info: to fill
 */
void tcpka_flow_info(const struct tcpka_flow *flow, struct tcpka_info *info)
{
	unsigned int ini = flow->initiator;
	u32 now = tcpka_now();
	bool set = false;
	unsigned int i;
	u32 at = now;

	memset(info, 0, sizeof(*info));
	tcpka_flow_subject(flow, &info->subject);
	/* after a RST it is closed, though that is yet to be seen */
	info->state = flow->phase == TCPKA_LIVE && !flow->reset_by ?
		      flow->state : TCPKA_STATE_CLOSED;
	info->age = tcpka_ticks_to_ms(now - flow->created);
	info->data_idle = tcpka_ticks_to_ms(now - flow->data);
	info->half_idle = U64_MAX;
	if (tcpka_fsm_half_closed(flow))
		info->half_idle = tcpka_ticks_to_ms(now -
				  tcpka_later(flow->data, flow->half));
	info->expires = U64_MAX;
	if (flow->policy) {
		strscpy(info->policy, flow->policy->name,
			sizeof(info->policy));
		at = tcpka_fsm_expires(flow, &flow->policy->t, &set);
	}
	if (set && flow->phase == TCPKA_LIVE)
		info->expires = tcpka_before(now, at) ?
				tcpka_ticks_to_ms(at - now) : 0;
	info->guessed = flow->guessed;
	info->obstacle = tcpka_flow_obstacle(flow);
	info->has_probes = true;
	info->probes_sent = flow->probes_sent;
	info->idle = U64_MAX;
	for (i = 0; i < 2; i++) {
		const struct tcpka_end *end = &flow->end[i ? !ini : ini];

		/* an answer's stamp may be of the coming tick */
		if (tcpka_before(end->seen, now))
			info->seen[i] = tcpka_ticks_to_ms(now - end->seen);
		info->unanswered[i] = end->unanswered;
		info->idle = min(info->idle, info->seen[i]);
	}
}
