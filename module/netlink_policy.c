// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - changes of policies over netlink
 *
 * A policy is first parsed as a whole; only one that is right in itself meets
 * the lock of its namespace. A change is one new snapshot, or nothing.
 */

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "core.h"
#include "event.h"
#include "filter.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "policy.h"
#include "socket.h"

/* Each first segment of a connection is held against all of them. */
#define TCPKA_POLICIES_MAX	4096

static unsigned int tcpka_policies_count(struct tcpka_net *tn)
{
	struct tcpka_rules *rules;

	rules = rcu_dereference_protected(tn->rules,
					  lockdep_is_held(&tn->lock));
	return rules ? rules->n : 0;
}

/* Whether a policy may come, or take the place of its namesake. */
static int tcpka_policy_admit(struct tcpka_net *tn, bool old,
			      struct genl_info *info)
{
	if (old && !info->attrs[TCPKA_A_POLICY_REPLACE]) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[TCPKA_A_POLICY_NAME],
				    "policy exists already");
		return -EEXIST;
	}
	if (!old && tcpka_policies_count(tn) >= TCPKA_POLICIES_MAX) {
		NL_SET_ERR_MSG(info->extack,
			       "a namespace has at most 4096 policies");
		return -ENOSPC;
	}
	return 0;
}

/* Takes over the reference on @policy in either case. */
static int tcpka_policy_install(struct tcpka_net *tn,
				struct tcpka_policy *policy,
				struct genl_info *info)
{
	struct tcpka_rules *rules;
	bool old;
	int err;

	old = tcpka_policy_lookup(tn, policy->name);
	err = tcpka_policy_admit(tn, old, info);
	if (err)
		goto put;
	rules = tcpka_rules_with(tn, policy);
	if (!rules) {
		err = -ENOMEM;
		goto put;
	}
	err = tcpka_net_set_rules(tn, rules, info->extack);
	if (!err)
		tcpka_event_policy(tn, policy->name, old ?
				   TCPKA_REASON_REPLACED :
				   TCPKA_REASON_ADDED);
	return err;

put:
	tcpka_policy_put(policy);
	return err;
}

/**
 * tcpka_nl_policy_set_doit() - add or replace a policy
 * @skb: the request
 * @info: its parts; TCPKA_A_POLICY_REPLACE lets it take another's place
 *
 * Return: 0; -EINVAL, -ERANGE or -EOPNOTSUPP if it is wrong; -EEXIST;
 * -ENOSPC; -ENOMEM; -ENETDOWN if the namespace is going. Nothing has changed
 * then.
 */
int tcpka_nl_policy_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_net *tn = tcpka_pernet(genl_info_net(info));
	struct tcpka_policy *policy;
	int err;

	policy = tcpka_policy_parse(info->attrs, true, info->extack);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	mutex_lock(&tn->lock);
	err = tcpka_policy_install(tn, policy, info);
	mutex_unlock(&tn->lock);
	return err;
}

/**
 * tcpka_policy_named() - the policy that a request names
 * @tn: the namespace; its lock is held
 * @info: parts of a request with attributes of the set policy
 *
 * Return: the policy, without a reference, good as long as the lock is held;
 * or an error pointer: -EINVAL without a name, -ENOENT.
 */
struct tcpka_policy *tcpka_policy_named(struct tcpka_net *tn,
					struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[TCPKA_A_POLICY_NAME];
	struct tcpka_policy *policy;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "which policy: a name is needed");
		return ERR_PTR(-EINVAL);
	}
	policy = tcpka_policy_lookup(tn, nla_data(attr));
	if (policy)
		return policy;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such policy");
	return ERR_PTR(-ENOENT);
}

static int tcpka_policy_uninstall(struct tcpka_net *tn, struct genl_info *info)
{
	struct tcpka_policy *policy = tcpka_policy_named(tn, info);
	struct tcpka_rules *rules;
	char name[TCPKA_NAME_LEN];
	int err;

	if (IS_ERR(policy))
		return PTR_ERR(policy);
	strscpy(name, policy->name, sizeof(name));
	rules = tcpka_rules_without(tn, name);
	if (!rules)
		return -ENOMEM;
	err = tcpka_net_set_rules(tn, rules, info->extack);
	if (!err)
		tcpka_event_policy(tn, name, TCPKA_REASON_DELETED);
	return err;
}

/**
 * tcpka_nl_policy_del_doit() - delete a policy
 * @skb: the request
 * @info: its parts
 *
 * Return: 0; -EINVAL without a name; -ENOENT; -ENOMEM; -ENETDOWN.
 */
int tcpka_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_net *tn = tcpka_pernet(genl_info_net(info));
	int err;

	mutex_lock(&tn->lock);
	err = tcpka_policy_uninstall(tn, info);
	mutex_unlock(&tn->lock);
	return err;
}

/**
 * tcpka_nl_policy_flush_doit() - delete all policies
 * @skb: the request
 * @info: its parts
 *
 * Return: 0; -EINVAL if all was not said; -ENETDOWN.
 */
int tcpka_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_net *tn = tcpka_pernet(genl_info_net(info));
	int err;

	if (!info->attrs[TCPKA_A_POLICY_ALL]) {
		NL_SET_ERR_MSG(info->extack, "say all to delete every policy");
		return -EINVAL;
	}
	mutex_lock(&tn->lock);
	err = tcpka_net_set_rules(tn, NULL, info->extack);
	if (!err)
		tcpka_event_policy(tn, NULL, TCPKA_REASON_FLUSHED);
	mutex_unlock(&tn->lock);
	/* who flushes and looks expects to see no routed connection any more */
	if (!err)
		flush_work(&tn->rematch);
	return err;
}

/**
 * struct tcpka_batch - policies on their way into a namespace
 * @n: how many
 * @policy: each with a reference
 */
struct tcpka_batch {
	unsigned int n;
	struct tcpka_policy *policy[TCPKA_POLICIES_MAX];
};

static void tcpka_batch_free(struct tcpka_batch *batch)
{
	while (batch->n)
		tcpka_policy_put(batch->policy[--batch->n]);
	kvfree(batch);
}

static int tcpka_batch_add(struct tcpka_batch *batch, const struct nlattr *nest,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCPKA_A_POLICY_OVERRIDE + 1];
	struct tcpka_policy *policy;
	unsigned int i;
	int err;

	if (batch->n == TCPKA_POLICIES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a namespace has at most 4096 policies");
		return -ENOSPC;
	}
	err = nla_parse_nested(tb, TCPKA_A_POLICY_OVERRIDE, nest,
			       tcpka_rule_nl_policy, extack);
	if (err)
		return err;
	policy = tcpka_policy_parse(tb, true, extack);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	for (i = 0; i < batch->n; i++) {
		if (strcmp(batch->policy[i]->name, policy->name))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, tb[TCPKA_A_POLICY_NAME],
				    "two policies have this name");
		tcpka_policy_put(policy);
		return -EEXIST;
	}
	batch->policy[batch->n++] = policy;
	return 0;
}

static int tcpka_batch_parse(struct tcpka_batch *batch, struct genl_info *info)
{
	const struct nlattr *attr;
	int err, rem;

	nla_for_each_attr(attr, genlmsg_data(info->genlhdr),
			  genlmsg_len(info->genlhdr), rem) {
		if (nla_type(attr) != TCPKA_A_BATCH_POLICY)
			continue;
		err = tcpka_batch_add(batch, attr, info->extack);
		if (err)
			return err;
	}
	return 0;
}

/* Its references pass to the snapshot, if there is one. */
static int tcpka_batch_install(struct tcpka_net *tn, struct tcpka_batch *batch,
			       struct netlink_ext_ack *extack)
{
	struct tcpka_rules *rules;
	int err;

	rules = tcpka_rules_of(tn, batch->policy, batch->n);
	if (!rules)
		return -ENOMEM;
	batch->n = 0;
	err = tcpka_net_set_rules(tn, rules, extack);
	if (!err)
		tcpka_event_policy(tn, NULL, TCPKA_REASON_RESTORED);
	return err;
}

/**
 * tcpka_nl_policy_restore_doit() - replace all policies by those given
 * @skb: the request
 * @info: its parts
 *
 * Return: 0, or as tcpka_nl_policy_set_doit(), -EEXIST where two given ones
 * have a name in common. Nothing has changed then.
 */
int tcpka_nl_policy_restore_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_net *tn = tcpka_pernet(genl_info_net(info));
	struct tcpka_batch *batch;
	int err;

	batch = kvzalloc(sizeof(*batch), GFP_KERNEL_ACCOUNT);
	if (!batch)
		return -ENOMEM;
	err = tcpka_batch_parse(batch, info);
	if (!err) {
		mutex_lock(&tn->lock);
		err = tcpka_batch_install(tn, batch, info->extack);
		mutex_unlock(&tn->lock);
	}
	tcpka_batch_free(batch);
	return err;
}

/* What a policy would be: whether others are tried before and match. */
static bool tcpka_trial_rules(struct tcpka_net *tn,
			      const struct tcpka_policy *policy,
			      const struct tcpka_subject *subject)
{
	const struct tcpka_policy *other;
	struct tcpka_rules *rules;
	bool first = true;
	unsigned int i;

	rcu_read_lock();
	rules = rcu_dereference(tn->rules);
	for (i = 0; rules && i < rules->n && first; i++) {
		other = rules->policy[i];
		if (tcpka_policy_cmp(other, policy) > 0)
			break;
		first = !strcmp(other->name, policy->name) ||
			!tcpka_match(&other->match, subject, tn->net);
	}
	rcu_read_unlock();
	return first;
}

/* Done means that the connection would expire, refused that it would not. */
static enum tcpka_visited tcpka_trial_visit(struct tcpka_visit *visit,
					    const struct tcpka_info *info)
{
	const struct tcpka_policy *policy = visit->data;
	const struct tcpka_timers *t = &policy->t;

	if (!tcpka_trial_rules(visit->tn, policy, &info->subject))
		return TCPKA_VISIT_PASS;
	if (info->state == TCPKA_STATE_SYN_SENT ||
	    info->state == TCPKA_STATE_SYN_RECV)
		return t->half_open && info->age != U64_MAX &&
		       info->age > t->half_open ?
		       TCPKA_VISIT_DONE : TCPKA_VISIT_REFUSED;
	if (t->idle && info->data_idle != U64_MAX && info->data_idle > t->idle)
		return TCPKA_VISIT_DONE;
	if (t->half_closed && info->half_idle != U64_MAX &&
	    info->half_idle > t->half_closed)
		return TCPKA_VISIT_DONE;
	return t->max_age && info->age != U64_MAX && info->age > t->max_age ?
	       TCPKA_VISIT_DONE : TCPKA_VISIT_REFUSED;
}

static enum tcpka_visited tcpka_trial_flow(struct tcpka_visit *visit,
					   const struct tcpka_info *info,
					   struct tcpka_flow *flow)
{
	return tcpka_trial_visit(visit, info);
}

static enum tcpka_visited tcpka_trial_sock(struct tcpka_visit *visit,
					   const struct tcpka_info *info,
					   struct sock *sk)
{
	if (!tcpka_sock_rulable(sk))
		return TCPKA_VISIT_PASS;
	return tcpka_trial_visit(visit, info);
}

static const struct tcpka_visitor tcpka_trial_visitor = {
	.flow	= tcpka_trial_flow,
	.sock	= tcpka_trial_sock,
};

static int tcpka_trial_reply(const struct tcpka_visit *visit,
			     struct genl_info *info)
{
	struct sk_buff *skb;
	void *hdr;

	skb = tcpka_nl_reply(info, &hdr);
	if (!skb)
		return -ENOMEM;
	if (tcpka_put_u64(skb, TCPKA_A_POLICY_WOULD_RULE, visit->matched) ||
	    tcpka_put_u64(skb, TCPKA_A_POLICY_WOULD_EXPIRE, visit->done)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return tcpka_nl_send(info, skb, hdr);
}

/**
 * tcpka_nl_policy_test_doit() - what a policy would rule and end
 * @skb: the request
 * @info: its parts
 *
 * Return: 0; as tcpka_policy_parse(); -EINTR.
 */
int tcpka_nl_policy_test_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpka_visit visit = {
		.tn = tcpka_pernet(genl_info_net(info)),
		.visitor = &tcpka_trial_visitor,
	};
	struct tcpka_filter filter = {};
	struct tcpka_policy *policy;
	int err;

	policy = tcpka_policy_parse(info->attrs, false, info->extack);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	filter.match = policy->match;
	visit.filter = &filter;
	visit.data = policy;
	err = tcpka_visit_all(&visit);
	tcpka_policy_put(policy);
	return err ?: tcpka_trial_reply(&visit, info);
}
