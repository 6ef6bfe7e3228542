// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - goes over all connections of a namespace
 */

#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "filter.h"
#include "flow.h"
#include "netlink.h"
#include "socket.h"
#include "table.h"

/* Flows looked at before others may run. */
#define TCPKA_VISIT_BATCH	64

/*
 * How long turns are waited for in all. A request keeps families from being
 * registered meanwhile, so this is not for ever.
 */
#define TCPKA_VISIT_PATIENCE	(10 * HZ)

/**
 * tcpka_visit_info() - look at a flow
 * @flow: the flow, under RCU or referenced
 * @info: to fill
 *
 * Return: false if it is gone.
 */
bool tcpka_visit_info(struct tcpka_flow *flow, struct tcpka_info *info)
{
	bool there;

	spin_lock_bh(&flow->lock);
	there = flow->phase != TCPKA_GONE;
	if (there)
		tcpka_flow_info(flow, info);
	spin_unlock_bh(&flow->lock);
	return there;
}

static void tcpka_visit_count(struct tcpka_visit *visit,
			      enum tcpka_visited visited)
{
	if (visited == TCPKA_VISIT_PASS)
		return;
	visit->matched++;
	if (visited == TCPKA_VISIT_DONE)
		visit->done++;
	else
		visit->refused++;
}

/* Sleeps until there may be a turn; false if that takes too long. */
static bool tcpka_visit_wait(const struct tcpka_visit *visit)
{
	if (signal_pending(current) || time_after(jiffies, visit->patience))
		return false;
	/* as long as pacing's burst, two ticks of 16.8 ms */
	schedule_timeout_interruptible(msecs_to_jiffies(33));
	return true;
}

static void tcpka_visit_yield(const struct tcpka_visit *visit,
			      struct tcpka_table_iter *iter)
{
	if (visit->removes) {
		tcpka_table_walk_yield(iter);
		return;
	}
	tcpka_table_walk_pause(iter);
	cond_resched();
	tcpka_table_walk_resume(iter);
}

/* A flow whose turn has not come; the walk pauses. */
static enum tcpka_visited tcpka_visit_flow_later(struct tcpka_visit *visit,
						 struct tcpka_table_iter *iter,
						 struct tcpka_info *info,
						 struct tcpka_flow *flow)
{
	enum tcpka_visited visited = TCPKA_VISIT_BUSY;

	if (!tcpka_flow_get(flow))
		return TCPKA_VISIT_PASS;
	/* what leaves the table has no turn to wait for: it begins nothing anew */
	tcpka_table_walk_pause(iter);
	while (visited == TCPKA_VISIT_BUSY && tcpka_visit_wait(visit)) {
		/* while it waited it may have become what is not meant */
		if (tcpka_visit_info(flow, info) &&
		    tcpka_filter_picks(visit->filter, info, visit->tn->net))
			visited = visit->visitor->flow(visit, info, flow);
		else
			visited = TCPKA_VISIT_PASS;
	}
	tcpka_table_walk_resume(iter);
	tcpka_flow_put(flow);
	return visited;
}

static void tcpka_visit_flow(struct tcpka_visit *visit,
			     struct tcpka_table_iter *iter,
			     struct tcpka_flow *flow)
{
	enum tcpka_visited visited;
	struct tcpka_info info;

	if (!tcpka_visit_info(flow, &info) ||
	    !tcpka_filter_picks(visit->filter, &info, visit->tn->net))
		return;
	visited = visit->visitor->flow(visit, &info, flow);
	if (visited == TCPKA_VISIT_BUSY)
		visited = tcpka_visit_flow_later(visit, iter, &info, flow);
	tcpka_visit_count(visit, visited);
}

static int tcpka_visit_flows(struct tcpka_visit *visit)
{
	struct tcpka_table_iter iter;
	struct tcpka_flow *flow;
	unsigned int n = 0;
	int err = 0;

	tcpka_table_walk_start(visit->tn, &iter);
	while (!err && (flow = tcpka_table_walk_next(&iter))) {
		tcpka_visit_flow(visit, &iter, flow);
		if (signal_pending(current))
			err = -EINTR;
		if (!(++n % TCPKA_VISIT_BATCH))
			tcpka_visit_yield(visit, &iter);
	}
	tcpka_table_walk_stop(&iter);
	return err;
}

static int tcpka_visit_sock(struct tcpka_info *info, struct sock *sk,
			    void *data)
{
	struct tcpka_visit *visit = data;
	enum tcpka_visited visited;

	if (signal_pending(current))
		return -EINTR;
	if (!tcpka_filter_picks(visit->filter, info, visit->tn->net))
		return 0;
	visited = visit->visitor->sock(visit, info, sk);
	/* it has waited because it is in use: is it still what is meant? */
	if (visited == TCPKA_VISIT_BUSY && tcpka_visit_wait(visit))
		return -EAGAIN;
	tcpka_visit_count(visit, visited);
	return 0;
}

/**
 * tcpka_visit_all() - visit all connections that a filter picks
 * @visit: tn, filter, visitor and data are filled; gets the counts
 *
 * Process context, no lock held. A connection that comes or goes meanwhile is
 * visited or not; routed ones may be visited twice where the table grows.
 *
 * Return: 0, or -EINTR if a signal came.
 */
int tcpka_visit_all(struct tcpka_visit *visit)
{
	struct tcpka_socks_walk walk;
	int err;

	visit->patience = jiffies + TCPKA_VISIT_PATIENCE;
	err = tcpka_visit_flows(visit);
	if (err)
		return err;
	tcpka_socks_walk_start(&walk, visit->tn);
	err = tcpka_socks_walk(&walk, tcpka_visit_sock, visit);
	tcpka_socks_walk_stop(&walk);
	tcpka_socks_settle(visit->tn);
	return err;
}
