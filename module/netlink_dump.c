// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - lists of policies and of flows
 *
 * Between the parts of a list nothing is locked. What changes meanwhile is
 * seen or not; where something may come twice or was passed over because of
 * it, NLM_F_DUMP_INTR says so and the reader asks again.
 *
 * An open list keeps the module from being unloaded (the family's module is
 * referenced) and its namespace from going (its socket references it).
 */

#include <linux/err.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "core.h"
#include "event.h"
#include "filter.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "policy.h"
#include "socket.h"
#include "table.h"

/* Flows looked at before others may run. */
#define TCPKA_DUMP_BATCH	64

/**
 * struct tcpka_dump - a list of flows on its way
 * @tn: the namespace
 * @filter: which flows
 * @iter: position among the routed ones; paused between the parts
 * @flows_done: all routed ones were looked at
 * @all_done: the local ones, too
 * @held: @info did not fit into the last part and begins the next one
 * @info: the flow that is looked at
 * @socks: position among the local ones
 * @skb: the part that is being filled
 * @cb: of the list
 */
struct tcpka_dump {
	struct tcpka_net *tn;
	struct tcpka_filter filter;
	struct tcpka_table_iter iter;
	bool flows_done;
	bool all_done;
	bool held;
	struct tcpka_info info;
	struct tcpka_socks_walk socks;
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int tcpka_scope_put(struct sk_buff *skb,
			   const struct tcpka_policy *policy)
{
	struct nlattr *nest;

	if (policy->all)
		return nla_put_flag(skb, TCPKA_A_POLICY_ALL);
	nest = nla_nest_start(skb, TCPKA_A_POLICY_MATCH);
	if (!nest || tcpka_match_put(skb, &policy->match))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int tcpka_timers_put(struct sk_buff *skb, const struct tcpka_timers *t)
{
	if (t->keepalive &&
	    (tcpka_put_u64(skb, TCPKA_A_POLICY_KEEPALIVE, t->keepalive) ||
	     tcpka_put_u64(skb, TCPKA_A_POLICY_INTVL, t->intvl) ||
	     nla_put_u8(skb, TCPKA_A_POLICY_PROBES, t->probes)))
		return -EMSGSIZE;
	if (t->idle && tcpka_put_u64(skb, TCPKA_A_POLICY_IDLE, t->idle))
		return -EMSGSIZE;
	if (t->max_age &&
	    tcpka_put_u64(skb, TCPKA_A_POLICY_MAX_AGE, t->max_age))
		return -EMSGSIZE;
	if (t->half_open &&
	    tcpka_put_u64(skb, TCPKA_A_POLICY_HALF_OPEN, t->half_open))
		return -EMSGSIZE;
	if (t->half_closed &&
	    tcpka_put_u64(skb, TCPKA_A_POLICY_HALF_CLOSED, t->half_closed))
		return -EMSGSIZE;
	if (t->time_wait &&
	    tcpka_put_u64(skb, TCPKA_A_POLICY_TIME_WAIT, t->time_wait))
		return -EMSGSIZE;
	if (nla_put_u8(skb, TCPKA_A_POLICY_ACTION, t->action) ||
	    nla_put_u8(skb, TCPKA_A_POLICY_DEAD, t->dead) ||
	    nla_put_u8(skb, TCPKA_A_POLICY_OVERRIDE, t->override))
		return -EMSGSIZE;
	return 0;
}

/**
 * tcpka_nl_policy_fill() - a policy as attributes
 * @skb: the message
 * @policy: the policy
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpka_nl_policy_fill(struct sk_buff *skb,
			 const struct tcpka_policy *policy)
{
	if (nla_put_string(skb, TCPKA_A_POLICY_NAME, policy->name) ||
	    nla_put_u32(skb, TCPKA_A_POLICY_PRIO, policy->prio) ||
	    tcpka_scope_put(skb, policy) ||
	    tcpka_timers_put(skb, &policy->t))
		return -EMSGSIZE;
	return tcpka_put_u64(skb, TCPKA_A_POLICY_FLOWS,
			     atomic_read(&policy->flows));
}

/* One message of a list. */
static void *tcpka_dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			      u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &tcpka_nl_family,
				NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

static int tcpka_dump_policy(struct sk_buff *skb, struct netlink_callback *cb,
			     const struct tcpka_policy *policy)
{
	void *hdr = tcpka_dump_begin(skb, cb, TCPKA_CMD_POLICY_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (tcpka_nl_policy_fill(skb, policy)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * tcpka_nl_policy_get_dumpit() - a part of the list of policies
 * @skb: to fill
 * @cb: of the list; args[0] is the number of those that were shown
 *
 * In the order in which they are tried.
 *
 * Return: bytes in @skb, 0 at the end, or a negative errno.
 */
int tcpka_nl_policy_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb)
{
	struct tcpka_net *tn = tcpka_pernet(sock_net(skb->sk));
	unsigned long i = cb->args[0];
	struct tcpka_rules *rules;
	int err = 0;

	rcu_read_lock();
	rules = rcu_dereference(tn->rules);
	/* from 1: 0 tells netlink that nothing has been shown yet */
	cb->seq = rules ? rules->gen : 1;
	for (; rules && i < rules->n; i++) {
		err = tcpka_dump_policy(skb, cb, rules->policy[i]);
		if (err)
			break;
	}
	rcu_read_unlock();
	cb->args[0] = i;
	return err && !skb->len ? err : skb->len;
}

/**
 * tcpka_nl_policy_get_doit() - one policy by its name
 * @skb: the request
 * @info: its parts
 *
 * Return: 0; -EINVAL without a name; -ENOENT; -ENOMEM.
 */
int tcpka_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_net *tn = tcpka_pernet(genl_info_net(info));
	const struct tcpka_policy *policy;
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = tcpka_nl_reply(info, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&tn->lock);
	policy = tcpka_policy_named(tn, info);
	err = IS_ERR(policy) ? PTR_ERR(policy) :
			       tcpka_nl_policy_fill(reply, policy);
	mutex_unlock(&tn->lock);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return tcpka_nl_send(info, reply, hdr);
}

/**
 * tcpka_nl_flow_get_start() - begin a list of flows
 * @cb: of the list
 *
 * Return: 0; -EINVAL, -ERANGE, -EOPNOTSUPP if the filter is wrong; -ENOMEM.
 */
int tcpka_nl_flow_get_start(struct netlink_callback *cb)
{
	struct tcpka_net *tn = tcpka_pernet(sock_net(cb->skb->sk));
	struct nlattr **attrs = tcpka_genl_dump_attrs(cb);
	struct tcpka_dump *dump;
	int err;

	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (!dump)
		return -ENOMEM;
	err = tcpka_filter_parse(&dump->filter, attrs[TCPKA_A_FLOW_MATCH],
				 cb->extack);
	if (err) {
		kfree(dump);
		return err;
	}
	dump->tn = tn;
	dump->cb = cb;
	tcpka_table_walk_start(tn, &dump->iter);
	tcpka_table_walk_pause(&dump->iter);
	tcpka_socks_walk_start(&dump->socks, tn);
	cb->args[0] = (long)dump;
	return 0;
}

/**
 * tcpka_nl_flow_get_done() - end a list of flows
 * @cb: of the list, which may not have come to its end
 *
 * Return: 0.
 */
int tcpka_nl_flow_get_done(struct netlink_callback *cb)
{
	struct tcpka_dump *dump = (struct tcpka_dump *)cb->args[0];

	tcpka_table_walk_resume(&dump->iter);
	tcpka_table_walk_stop(&dump->iter);
	tcpka_socks_walk_stop(&dump->socks);
	kfree(dump);
	return 0;
}

/* Shows dump->info. */
static int tcpka_dump_info(struct tcpka_dump *dump)
{
	void *hdr;

	/* from 1, as above */
	dump->cb->seq = dump->iter.restarts + 1;
	hdr = tcpka_dump_begin(dump->skb, dump->cb, TCPKA_CMD_FLOW_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (tcpka_info_put(dump->skb, &dump->info)) {
		genlmsg_cancel(dump->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, hdr);
	return 0;
}

/* The walk is beyond the flow already: what does not fit is held. */
static int tcpka_dump_flow(struct tcpka_dump *dump, struct tcpka_flow *flow)
{
	if (!tcpka_visit_info(flow, &dump->info) ||
	    !tcpka_filter_picks(&dump->filter, &dump->info, dump->tn->net))
		return 0;
	dump->held = tcpka_dump_info(dump);
	return dump->held ? -EMSGSIZE : 0;
}

static int tcpka_dump_flows(struct tcpka_dump *dump)
{
	struct tcpka_flow *flow = NULL;
	unsigned int n = 0;
	int err = 0;

	tcpka_table_walk_resume(&dump->iter);
	while (!err && (flow = tcpka_table_walk_next(&dump->iter))) {
		err = tcpka_dump_flow(dump, flow);
		if (++n % TCPKA_DUMP_BATCH)
			continue;
		tcpka_table_walk_pause(&dump->iter);
		cond_resched();
		tcpka_table_walk_resume(&dump->iter);
	}
	tcpka_table_walk_pause(&dump->iter);
	dump->flows_done = !err && !flow;
	return err;
}

/* What does not fit is shown again by the next walk. */
static int tcpka_dump_sock(struct tcpka_info *info, struct sock *sk,
			   void *data)
{
	struct tcpka_dump *dump = data;

	if (!tcpka_filter_picks(&dump->filter, info, dump->tn->net))
		return 0;
	dump->info = *info;
	return tcpka_dump_info(dump);
}

static int tcpka_dump_part(struct tcpka_dump *dump)
{
	int err;

	if (dump->held) {
		err = tcpka_dump_info(dump);
		if (err)
			return err;
		dump->held = false;
	}
	if (!dump->flows_done) {
		err = tcpka_dump_flows(dump);
		if (err)
			return err;
	}
	if (!dump->all_done &&
	    dump->filter.match.kind != TCPKA_KIND_FORWARD) {
		err = tcpka_socks_walk(&dump->socks, tcpka_dump_sock, dump);
		if (err)
			return err;
	}
	dump->all_done = true;
	return 0;
}

/**
 * tcpka_nl_flow_get_dumpit() - a part of a list of flows
 * @skb: to fill
 * @cb: of the list
 *
 * First the routed ones, then the local ones. Sleeps.
 *
 * Return: bytes in @skb, 0 at the end, or a negative errno.
 */
int tcpka_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tcpka_dump *dump = (struct tcpka_dump *)cb->args[0];
	int err;

	dump->skb = skb;
	err = tcpka_dump_part(dump);
	/* the last message of all tells of a resize that none told before */
	cb->seq = dump->iter.restarts + 1;
	return err && !skb->len ? err : skb->len;
}
