/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - life of a routed connection
 */
#ifndef TCPKA_FLOW_H
#define TCPKA_FLOW_H

#include "clock.h"
#include "types.h"

/**
 * tcpka_flow_lock() - lock a flow for what may change any of it
 * @flow: the flow
 *
 * Softirqs are off already. It is looked at anew then, before a segment is taken
 * for a routine matter.
 */
static inline void tcpka_flow_lock(struct tcpka_flow *flow)
	__acquires(&flow->lock)
{
	spin_lock(&flow->lock);
	flow->routine = 0;
}

/**
 * tcpka_flow_lock_bh() - tcpka_flow_lock() in any context
 * @flow: the flow
 */
static inline void tcpka_flow_lock_bh(struct tcpka_flow *flow)
	__acquires(&flow->lock)
{
	spin_lock_bh(&flow->lock);
	flow->routine = 0;
}

/**
 * tcpka_flow_spoken_for() - whether segments can be sent in its ends' names
 * @flow: the flow; its lock is held
 *
 * Not in a handshake, where numbers are missing, not where the ends sign, not
 * where this machine translates and the entry by which it does is not known,
 * nor as long as it offloads.
 */
static inline bool tcpka_flow_spoken_for(const struct tcpka_flow *flow)
{
	return !flow->unforgeable && !flow->offloaded &&
	       (!flow->translated || flow->ct) &&
	       flow->end[0].seq.acked && flow->end[1].seq.acked;
}

/**
 * tcpka_flow_isn() - the initial sequence number of who opens a connection
 * @flow: the flow; its lock is held
 *
 * Return: that of the SYN that was noted last, 0 where none is known any more.
 */
static inline u32 tcpka_flow_isn(const struct tcpka_flow *flow)
{
	return flow->extra ? flow->extra->syn.isn : 0;
}

int tcpka_flow_cache_init(void);
void tcpka_flow_cache_exit(void);

struct tcpka_flow *tcpka_flow_alloc(struct tcpka_net *tn,
				    const struct tcpka_tuple *key);
bool tcpka_flow_need(struct tcpka_flow *flow);
void tcpka_flow_tidy(struct tcpka_flow *flow);
void tcpka_flow_discard(struct tcpka_flow *flow);
bool tcpka_flow_get(struct tcpka_flow *flow);
void tcpka_flow_put(struct tcpka_flow *flow);
void tcpka_flow_remove(struct tcpka_flow *flow);
void tcpka_flow_file(struct tcpka_flow *flow, u32 due);
void tcpka_flow_refile_due(struct tcpka_flow *flow, u32 now);
void tcpka_flow_absorb_no_more(struct tcpka_flow *flow, struct tcpka_end *end);
void tcpka_flow_expect(struct tcpka_flow *flow, bool yes);
u8 tcpka_flow_role(const struct tcpka_flow *flow, unsigned int end);
void tcpka_flow_set_policy(struct tcpka_flow *flow,
			   struct tcpka_policy *policy, u32 now);
int tcpka_flow_insert(struct tcpka_flow *flow, struct tcpka_policy *policy);
bool tcpka_flow_rematch(struct tcpka_flow *flow, u32 now);
void tcpka_flow_subject(const struct tcpka_flow *flow,
			struct tcpka_subject *subject);
void tcpka_flow_info(const struct tcpka_flow *flow, struct tcpka_info *info);

/**
 * tcpka_flow_may_be_due() - whether a flow's clocks are to be asked
 * @flow: the flow, LIVE and in the table; its lock is held
 *
 * Return: false if none can run out before the tick for which it is filed.
 */
static inline bool tcpka_flow_may_be_due(const struct tcpka_flow *flow)
{
	return flow->fin_due ||
	       tcpka_before(flow->since + flow->policy->t.soonest,
			    flow->timer.due);
}

/**
 * tcpka_flow_refile() - see to it that the wheel does not come too late
 * @flow: the flow, LIVE and in the table; its lock is held
 * @now: the present tick
 *
 * For where a clock may have begun that runs out sooner than those by which it
 * was filed. If none has, it stays in its slot: the wheel will find nothing to
 * do, and file it anew. One that the wheel has taken out of its slot was due
 * already, and is handled as soon as its lock is free.
 *
 * As long as it is filed for when the first clock at all could run out, none of
 * them is asked: most connections are over by then.
 */
static inline void tcpka_flow_refile(struct tcpka_flow *flow, u32 now)
{
	lockdep_assert_held(&flow->lock);
	if (flow->ct || tcpka_flow_may_be_due(flow))
		tcpka_flow_refile_due(flow, now);
}

#endif /* TCPKA_FLOW_H */
