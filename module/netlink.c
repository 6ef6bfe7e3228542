// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - flows, counters and settings over netlink
 */

#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "clock.h"
#include "core.h"
#include "event.h"
#include "filter.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "policy.h"
#include "socket.h"
#include "stats.h"

#define TCPKA_FIN_WAIT_MIN	(1 * MSEC_PER_SEC)

/**
 * tcpka_nl_reply() - begin the answer to a request
 * @info: parts of the request
 * @hdr: for tcpka_nl_send()
 *
 * Return: the answer, to be filled; or NULL.
 */
struct sk_buff *tcpka_nl_reply(struct genl_info *info, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &tcpka_nl_family, 0,
				 info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * tcpka_nl_send() - send the answer to a request
 * @info: parts of the request
 * @skb: the answer, taken over
 * @hdr: as given by tcpka_nl_reply()
 *
 * Return: 0 or a negative errno.
 */
int tcpka_nl_send(struct genl_info *info, struct sk_buff *skb, void *hdr)
{
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

static enum tcpka_visited tcpka_visited(int err)
{
	switch (err) {
	case 0:
		return TCPKA_VISIT_DONE;
	case -ENOENT:
		return TCPKA_VISIT_PASS;
	case -EBUSY:
		return TCPKA_VISIT_BUSY;
	default:
		return TCPKA_VISIT_REFUSED;
	}
}

static enum tcpka_visited tcpka_kill_flow(struct tcpka_visit *visit,
					  const struct tcpka_info *info,
					  struct tcpka_flow *flow)
{
	const enum tcpka_action *with = visit->data;

	return tcpka_visited(tcpka_flows_kill(flow, *with));
}

/*
 * A socket cannot be forgotten while its program has it. TIME_WAIT protects the
 * next connection of its name: it is meant only where that is said.
 */
static enum tcpka_visited tcpka_kill_sock(struct tcpka_visit *visit,
					  const struct tcpka_info *info,
					  struct sock *sk)
{
	const enum tcpka_action *with = visit->data;

	if (info->state == TCPKA_STATE_TIME_WAIT &&
	    visit->filter->state != TCPKA_STATE_TIME_WAIT)
		return TCPKA_VISIT_PASS;
	if (*with == TCPKA_ACTION_DROP)
		return TCPKA_VISIT_REFUSED;
	return tcpka_visited(tcpka_sock_kill(visit->tn, sk, info, *with));
}

static const struct tcpka_visitor tcpka_kill_visitor = {
	.flow	= tcpka_kill_flow,
	.sock	= tcpka_kill_sock,
};

static enum tcpka_visited tcpka_probe_flow(struct tcpka_visit *visit,
					   const struct tcpka_info *info,
					   struct tcpka_flow *flow)
{
	return tcpka_visited(tcpka_flows_probe(flow));
}

static enum tcpka_visited tcpka_probe_sock(struct tcpka_visit *visit,
					   const struct tcpka_info *info,
					   struct sock *sk)
{
	return tcpka_visited(tcpka_sock_probe(visit->tn, sk));
}

static const struct tcpka_visitor tcpka_probe_visitor = {
	.flow	= tcpka_probe_flow,
	.sock	= tcpka_probe_sock,
};

/* Which connections are meant: said in so many words. */
static int tcpka_picked_parse(struct tcpka_filter *filter,
			      struct genl_info *info)
{
	const struct nlattr *match = info->attrs[TCPKA_A_FLOW_MATCH];
	const struct nlattr *all = info->attrs[TCPKA_A_FLOW_ALL];

	if (match && all) {
		NL_SET_ERR_MSG_ATTR(info->extack, all,
				    "all and FILTER exclude each other");
		return -EINVAL;
	}
	if (!all && (!match || !nla_len(match))) {
		NL_SET_ERR_MSG(info->extack,
			       "no FILTER: say all to mean every connection");
		return -EINVAL;
	}
	return tcpka_filter_parse(filter, match, info->extack);
}

static int tcpka_with_parse(enum tcpka_action *with, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[TCPKA_A_FLOW_WITH];

	*with = attr ? nla_get_u8(attr) : TCPKA_ACTION_UNSPEC;
	switch (*with) {
	case TCPKA_ACTION_UNSPEC:
		*with = TCPKA_ACTION_RST;
		return 0;
	case TCPKA_ACTION_RST:
	case TCPKA_ACTION_FIN:
	case TCPKA_ACTION_DROP:
		return 0;
	default:
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "neither rst, fin nor drop");
		return -EINVAL;
	}
}

/* What a round over connections came to. */
static int tcpka_visit_reply(const struct tcpka_visit *visit, bool ended,
			     struct genl_info *info)
{
	struct sk_buff *skb;
	void *hdr;

	skb = tcpka_nl_reply(info, &hdr);
	if (!skb)
		return -ENOMEM;
	if (tcpka_put_u64(skb, TCPKA_A_FLOW_MATCHED, visit->matched) ||
	    tcpka_put_u64(skb, TCPKA_A_FLOW_REFUSED, visit->refused) ||
	    (ended && tcpka_put_u64(skb, TCPKA_A_FLOW_ENDED, visit->done))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return tcpka_nl_send(info, skb, hdr);
}

/**
 * tcpka_nl_flow_kill_doit() - end the connections that a filter picks
 * @skb: the request
 * @info: its parts
 *
 * Waits for turns where probe-rate holds back, for some seconds; connections
 * that never had theirs are answered as refused.
 *
 * Return: 0; -EINVAL, -ERANGE, -EOPNOTSUPP if the request is wrong, and
 * nothing was ended then; -EINTR, -ENOMEM.
 */
int tcpka_nl_flow_kill_doit(struct sk_buff *skb, struct genl_info *info)
{
	enum tcpka_action with;
	struct tcpka_filter filter;
	struct tcpka_visit visit = {
		.tn = tcpka_pernet(genl_info_net(info)),
		.filter = &filter,
		.visitor = &tcpka_kill_visitor,
		.data = &with,
	};
	int err;

	err = tcpka_picked_parse(&filter, info);
	if (err)
		return err;
	err = tcpka_with_parse(&with, info);
	if (err)
		return err;
	visit.removes = with == TCPKA_ACTION_DROP;
	err = tcpka_visit_all(&visit);
	return err ?: tcpka_visit_reply(&visit, true, info);
}

/**
 * tcpka_nl_flow_probe_doit() - probe the connections that a filter picks
 * @skb: the request
 * @info: its parts
 *
 * Return: as tcpka_nl_flow_kill_doit().
 */
int tcpka_nl_flow_probe_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_filter filter;
	struct tcpka_visit visit = {
		.tn = tcpka_pernet(genl_info_net(info)),
		.filter = &filter,
		.visitor = &tcpka_probe_visitor,
	};
	int err;

	err = tcpka_picked_parse(&filter, info);
	if (err)
		return err;
	err = tcpka_visit_all(&visit);
	return err ?: tcpka_visit_reply(&visit, false, info);
}

static const int tcpka_stats_attrs[TCPKA_STAT_MAX] = {
	[TCPKA_STAT_FLOWS_CREATED]	= TCPKA_A_STATS_FLOWS_CREATED,
	[TCPKA_STAT_FLOWS_CLOSED]	= TCPKA_A_STATS_FLOWS_CLOSED,
	[TCPKA_STAT_FLOWS_EVICTED]	= TCPKA_A_STATS_FLOWS_EVICTED,
	[TCPKA_STAT_FLOWS_REFUSED]	= TCPKA_A_STATS_FLOWS_REFUSED,
	[TCPKA_STAT_PROBES_SENT]	= TCPKA_A_STATS_PROBES_SENT,
	[TCPKA_STAT_PROBES_ANSWERED]	= TCPKA_A_STATS_PROBES_ANSWERED,
	[TCPKA_STAT_PEERS_DEAD]		= TCPKA_A_STATS_PEERS_DEAD,
	[TCPKA_STAT_EXPIRED_IDLE]	= TCPKA_A_STATS_EXPIRED_IDLE,
	[TCPKA_STAT_EXPIRED_MAX_AGE]	= TCPKA_A_STATS_EXPIRED_MAX_AGE,
	[TCPKA_STAT_EXPIRED_HALF_OPEN]	= TCPKA_A_STATS_EXPIRED_HALF_OPEN,
	[TCPKA_STAT_EXPIRED_HALF_CLOSED] = TCPKA_A_STATS_EXPIRED_HALF_CLOSED,
	[TCPKA_STAT_EXPIRED_TIME_WAIT]	= TCPKA_A_STATS_EXPIRED_TIME_WAIT,
	[TCPKA_STAT_RST_SENT]		= TCPKA_A_STATS_RST_SENT,
	[TCPKA_STAT_FIN_SENT]		= TCPKA_A_STATS_FIN_SENT,
	[TCPKA_STAT_FIN_COMPLETED]	= TCPKA_A_STATS_FIN_COMPLETED,
	[TCPKA_STAT_FIN_FELL_BACK]	= TCPKA_A_STATS_FIN_FELL_BACK,
	[TCPKA_STAT_BOTH_SILENT]	= TCPKA_A_STATS_BOTH_SILENT,
	[TCPKA_STAT_RELEARNED]		= TCPKA_A_STATS_RELEARNED,
	[TCPKA_STAT_UNFORGEABLE]	= TCPKA_A_STATS_UNFORGEABLE,
	[TCPKA_STAT_KILLED]		= TCPKA_A_STATS_KILLED,
	[TCPKA_STAT_REPLIES_ABSORBED]	= TCPKA_A_STATS_REPLIES_ABSORBED,
	[TCPKA_STAT_SEGMENTS_INVALID]	= TCPKA_A_STATS_SEGMENTS_INVALID,
	[TCPKA_STAT_SEND_ERRORS]	= TCPKA_A_STATS_SEND_ERRORS,
	[TCPKA_STAT_TIME_WAIT_KEPT]	= TCPKA_A_STATS_TIME_WAIT_KEPT,
};

/* Whose counters are meant: *@policy is NULL for the namespace's. */
static int tcpka_stats_whose(struct tcpka_net *tn, struct genl_info *info,
			     struct tcpka_policy **policy)
{
	const struct nlattr *attr = info->attrs[TCPKA_A_STATS_POLICY];

	*policy = attr ? tcpka_policy_lookup(tn, nla_data(attr)) : NULL;
	if (!attr || *policy)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such policy");
	return -ENOENT;
}

static int tcpka_stats_put_all(struct sk_buff *skb, struct tcpka_net *tn,
			       const struct tcpka_policy *policy)
{
	const atomic_t *flows = policy ? &policy->flows : &tn->nflows;
	u64 sum[TCPKA_STAT_MAX];
	unsigned int i;

	if (policy && nla_put_string(skb, TCPKA_A_STATS_POLICY, policy->name))
		return -EMSGSIZE;
	if (tcpka_put_u64(skb, TCPKA_A_STATS_FLOWS, atomic_read(flows)))
		return -EMSGSIZE;
	tcpka_stats_read(policy ? policy->stats : tn->stats, sum);
	for (i = 0; i < TCPKA_STAT_MAX; i++)
		if (tcpka_put_u64(skb, tcpka_stats_attrs[i], sum[i]))
			return -EMSGSIZE;
	return 0;
}

/**
 * tcpka_nl_stats_get_doit() - the counters of a namespace or of a policy
 * @skb: the request
 * @info: its parts
 *
 * Return: 0; -ENOENT if there is no such policy; -ENOMEM.
 */
int tcpka_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_net *tn = tcpka_pernet(genl_info_net(info));
	struct tcpka_policy *policy;
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = tcpka_nl_reply(info, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&tn->lock);
	err = tcpka_stats_whose(tn, info, &policy);
	if (!err)
		err = tcpka_stats_put_all(reply, tn, policy);
	mutex_unlock(&tn->lock);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return tcpka_nl_send(info, reply, hdr);
}

/**
 * tcpka_nl_stats_reset_doit() - set counters to 0
 * @skb: the request
 * @info: its parts
 *
 * Return: 0; -ENOENT if there is no such policy.
 */
int tcpka_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_net *tn = tcpka_pernet(genl_info_net(info));
	struct tcpka_policy *policy;
	int err;

	mutex_lock(&tn->lock);
	err = tcpka_stats_whose(tn, info, &policy);
	if (!err)
		tcpka_stats_reset(policy ? policy->stats : tn->stats);
	mutex_unlock(&tn->lock);
	return err;
}

/**
 * tcpka_nl_config_get_doit() - the settings of a namespace
 * @skb: the request
 * @info: its parts
 *
 * Return: 0 or -ENOMEM.
 */
int tcpka_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_net *tn = tcpka_pernet(genl_info_net(info));
	struct tcpka_config config;
	struct sk_buff *reply;
	void *hdr;

	mutex_lock(&tn->lock);
	config = tn->config;
	mutex_unlock(&tn->lock);
	reply = tcpka_nl_reply(info, &hdr);
	if (!reply)
		return -ENOMEM;
	if (nla_put_u32(reply, TCPKA_A_CONFIG_MAX_FLOWS, config.max_flows) ||
	    nla_put_u32(reply, TCPKA_A_CONFIG_PROBE_RATE, config.probe_rate) ||
	    tcpka_put_u64(reply, TCPKA_A_CONFIG_LINGER, config.linger_ms) ||
	    nla_put_u8(reply, TCPKA_A_CONFIG_PICKUP, config.pickup) ||
	    tcpka_put_u64(reply, TCPKA_A_CONFIG_FIN_WAIT, config.fin_wait_ms) ||
	    tcpka_put_u64(reply, TCPKA_A_CONFIG_FIN_QUIET,
			  config.fin_quiet_ms)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	return tcpka_nl_send(info, reply, hdr);
}

/*
 * A limit. Whoever is root of a user namespace makes as many network
 * namespaces as he likes: there it can be lowered only.
 */
static int tcpka_limit_parse(u32 *limit, u32 cap, bool owned,
			     const struct nlattr *attr,
			     struct netlink_ext_ack *extack)
{
	u32 value;

	if (!attr)
		return 0;
	value = nla_get_u32(attr);
	if (owned && value > *limit) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "can only be lowered in a user namespace");
		return -EPERM;
	}
	if (value > cap) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "beyond what the module parameter allows");
		return -ERANGE;
	}
	*limit = value;
	return 0;
}

static int tcpka_period_parse(u64 *ms, u32 *ticks, const struct nlattr *attr,
			      struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (nla_get_u64(attr) > TCPKA_TIME_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "out of range, at most 365d");
		return -ERANGE;
	}
	*ms = nla_get_u64(attr);
	/* none at all is not even the rest of this tick */
	*ticks = *ms ? tcpka_ticks(*ms) : 0;
	return 0;
}

/* No end can close in no time. */
static int tcpka_fin_wait_parse(struct tcpka_config *config,
				const struct nlattr *attr,
				struct netlink_ext_ack *extack)
{
	if (attr && nla_get_u64(attr) < TCPKA_FIN_WAIT_MIN) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "out of range, at least 1s");
		return -ERANGE;
	}
	return tcpka_period_parse(&config->fin_wait_ms, &config->fin_wait,
				  attr, extack);
}

static int tcpka_periods_parse(struct tcpka_config *config,
			       struct genl_info *info)
{
	int err;

	err = tcpka_period_parse(&config->linger_ms, &config->linger,
				 info->attrs[TCPKA_A_CONFIG_LINGER],
				 info->extack);
	if (err)
		return err;
	err = tcpka_fin_wait_parse(config,
				   info->attrs[TCPKA_A_CONFIG_FIN_WAIT],
				   info->extack);
	if (err)
		return err;
	return tcpka_period_parse(&config->fin_quiet_ms, &config->fin_quiet,
				  info->attrs[TCPKA_A_CONFIG_FIN_QUIET],
				  info->extack);
}

static int tcpka_config_parse(struct tcpka_config *config, bool owned,
			      struct genl_info *info)
{
	const struct nlattr *pickup = info->attrs[TCPKA_A_CONFIG_PICKUP];
	int err;

	if (pickup)
		config->pickup = nla_get_u8(pickup);
	err = tcpka_limit_parse(&config->max_flows, tcpka_cap_flows(), owned,
				info->attrs[TCPKA_A_CONFIG_MAX_FLOWS],
				info->extack);
	if (err)
		return err;
	err = tcpka_limit_parse(&config->probe_rate, tcpka_cap_rate(), owned,
				info->attrs[TCPKA_A_CONFIG_PROBE_RATE],
				info->extack);
	if (err)
		return err;
	return tcpka_periods_parse(config, info);
}

static void tcpka_config_apply(struct tcpka_net *tn,
			       const struct tcpka_config *config)
{
	WRITE_ONCE(tn->config.max_flows, config->max_flows);
	WRITE_ONCE(tn->config.probe_rate, config->probe_rate);
	WRITE_ONCE(tn->config.linger, config->linger);
	WRITE_ONCE(tn->config.pickup, config->pickup);
	WRITE_ONCE(tn->config.fin_wait, config->fin_wait);
	WRITE_ONCE(tn->config.fin_quiet, config->fin_quiet);
	tn->config.linger_ms = config->linger_ms;
	tn->config.fin_wait_ms = config->fin_wait_ms;
	tn->config.fin_quiet_ms = config->fin_quiet_ms;
}

/**
 * tcpka_nl_config_set_doit() - change settings of a namespace
 * @skb: the request
 * @info: its parts
 *
 * Return: 0; -ERANGE, -EPERM: nothing has changed then.
 */
int tcpka_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct tcpka_net *tn = tcpka_pernet(net);
	struct tcpka_config config;
	int err;

	mutex_lock(&tn->lock);
	config = tn->config;
	err = tcpka_config_parse(&config, net->user_ns != &init_user_ns, info);
	if (!err)
		tcpka_config_apply(tn, &config);
	mutex_unlock(&tn->lock);
	return err;
}
