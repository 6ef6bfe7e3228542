// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - policies from attributes
 *
 * The generated policies have seen to lengths and to what is a range of its
 * own; here is what depends on another attribute, or on this version.
 */

#include <linux/ctype.h>
#include <linux/err.h>
#include <net/netlink.h>

#include "filter.h"
#include "fsm.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "policy.h"

#define TCPKA_POLICY_PRIO	1000
#define TCPKA_POLICY_INTVL	(75 * MSEC_PER_SEC)
#define TCPKA_POLICY_PROBES	9

#define TCPKA_KEEPALIVE_MIN	(1 * MSEC_PER_SEC)
#define TCPKA_KEEPALIVE_MAX	(32767 * MSEC_PER_SEC)
#define TCPKA_PROBES_MIN	2
#define TCPKA_PROBES_MAX	127
#define TCPKA_TIME_WAIT_MIN	(1 * MSEC_PER_SEC)

/* A name is a word of a command line, and may become one of a file. */
static bool tcpka_name_valid(const char *name)
{
	if (!*name || *name == '-')
		return false;
	for (; *name; name++)
		if (!isascii(*name) || !isgraph(*name) || *name == '/')
			return false;
	return true;
}

static int tcpka_name_parse(struct tcpka_policy *policy,
			    const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	if (!attr) {
		NL_SET_ERR_MSG(extack, "a policy needs a name");
		return -EINVAL;
	}
	nla_strscpy(policy->name, attr, sizeof(policy->name));
	if (tcpka_name_valid(policy->name))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "a name has no spaces and no /, and does not begin with -");
	return -EINVAL;
}

static int tcpka_scope_parse(struct tcpka_policy *policy, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	struct nlattr *match = tb[TCPKA_A_POLICY_MATCH];

	policy->all = tb[TCPKA_A_POLICY_ALL];
	if (match && policy->all) {
		NL_SET_ERR_MSG_ATTR(extack, tb[TCPKA_A_POLICY_ALL],
				    "all and MATCH exclude each other");
		return -EINVAL;
	}
	if (match)
		return tcpka_match_parse(&policy->match, match, extack);
	if (policy->all)
		return 0;
	NL_SET_ERR_MSG(extack,
		       "no MATCH: say all to rule every connection");
	return -EINVAL;
}

/*
 * Refused rather than ignored: something would not end that was to. What waits
 * in a listener's queue and what is in TIME_WAIT have no owner, and no device.
 */
static int tcpka_settings_refuse(const struct tcpka_policy *policy,
				 struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	const struct nlattr *half_open = tb[TCPKA_A_POLICY_HALF_OPEN];
	const struct nlattr *time_wait = tb[TCPKA_A_POLICY_TIME_WAIT];
	const struct tcpka_match *match = &policy->match;
	bool owner = match->set_uid || *match->cgroup;

	if (half_open && owner)
		NL_SET_ERR_MSG_ATTR(extack, half_open,
				    "half-open: what waits to be accepted has no uid and no cgroup yet");
	else if (time_wait && owner)
		NL_SET_ERR_MSG_ATTR(extack, time_wait,
				    "time-wait: what is in TIME_WAIT has no uid and no cgroup any more");
	else if (time_wait && match->kind == TCPKA_KIND_FORWARD)
		NL_SET_ERR_MSG_ATTR(extack, time_wait,
				    "time-wait is for local sockets: not with on forward");
	else if (time_wait && (*match->iif || *match->oif))
		NL_SET_ERR_MSG_ATTR(extack, time_wait,
				    "time-wait is for local sockets, which have no iif and no oif");
	else
		return 0;
	return -EINVAL;
}

/* keepalive and intvl: what TCP's own sockets take, and no less than 1 s. */
static int tcpka_keepalive_time(u64 *ms, const struct nlattr *attr,
				struct netlink_ext_ack *extack)
{
	*ms = nla_get_u64(attr);
	if (*ms >= TCPKA_KEEPALIVE_MIN && *ms <= TCPKA_KEEPALIVE_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "out of range, 1s to 32767s");
	return -ERANGE;
}

/* intvl and probes, which only mean something beside keepalive. */
static int tcpka_probing_parse(struct tcpka_timers *t, struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	const struct nlattr *intvl = tb[TCPKA_A_POLICY_INTVL];
	const struct nlattr *probes = tb[TCPKA_A_POLICY_PROBES];

	if (!t->keepalive) {
		if (!intvl && !probes)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, intvl ?: probes,
				    "intvl and probes need keepalive");
		return -EINVAL;
	}
	t->intvl = TCPKA_POLICY_INTVL;
	t->probes = probes ? nla_get_u8(probes) : TCPKA_POLICY_PROBES;
	if (t->probes < TCPKA_PROBES_MIN || t->probes > TCPKA_PROBES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, probes, "out of range, 2 to 127");
		return -ERANGE;
	}
	return intvl ? tcpka_keepalive_time(&t->intvl, intvl, extack) : 0;
}

static int tcpka_keepalive_parse(struct tcpka_timers *t, struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[TCPKA_A_POLICY_KEEPALIVE];
	int err;

	if (attr && nla_get_u64(attr)) {
		err = tcpka_keepalive_time(&t->keepalive, attr, extack);
		if (err)
			return err;
	}
	return tcpka_probing_parse(t, tb, extack);
}

static int tcpka_time_parse(u64 *ms, const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	*ms = nla_get_u64(attr);
	if (*ms <= TCPKA_TIME_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "out of range, at most 365d");
	return -ERANGE;
}

/* RFC 9293 3.4.3 has twice the longest life of a segment; 1 s is a compromise. */
static int tcpka_time_wait_parse(u64 *ms, const struct nlattr *attr,
				 struct netlink_ext_ack *extack)
{
	int err = tcpka_time_parse(ms, attr, extack);

	if (err || !*ms || *ms >= TCPKA_TIME_WAIT_MIN)
		return err;
	NL_SET_ERR_MSG_ATTR(extack, attr, "out of range, at least 1s");
	return -ERANGE;
}

/*
 * A timer may be off: such a policy keeps others from ruling its connections.
 */
static int tcpka_timers_parse(struct tcpka_timers *t, struct nlattr **tb,
			      struct netlink_ext_ack *extack)
{
	int err;

	err = tcpka_keepalive_parse(t, tb, extack);
	if (err)
		return err;
	err = tcpka_time_parse(&t->idle, tb[TCPKA_A_POLICY_IDLE], extack);
	if (err)
		return err;
	err = tcpka_time_parse(&t->max_age, tb[TCPKA_A_POLICY_MAX_AGE],
			       extack);
	if (err)
		return err;
	err = tcpka_time_parse(&t->half_open, tb[TCPKA_A_POLICY_HALF_OPEN],
			       extack);
	if (err)
		return err;
	err = tcpka_time_parse(&t->half_closed,
			       tb[TCPKA_A_POLICY_HALF_CLOSED], extack);
	if (err)
		return err;
	err = tcpka_time_wait_parse(&t->time_wait,
				    tb[TCPKA_A_POLICY_TIME_WAIT], extack);
	if (err)
		return err;
	if (tb[TCPKA_A_POLICY_KEEPALIVE] || tb[TCPKA_A_POLICY_IDLE] ||
	    tb[TCPKA_A_POLICY_MAX_AGE] || tb[TCPKA_A_POLICY_HALF_OPEN] ||
	    tb[TCPKA_A_POLICY_HALF_CLOSED] || tb[TCPKA_A_POLICY_TIME_WAIT])
		return 0;
	NL_SET_ERR_MSG(extack,
		       "no timer: keepalive, idle, max-age, half-open, half-closed or time-wait is needed");
	return -EINVAL;
}

/* What holds for action and dead alike. */
static u8 tcpka_action_parse(const struct nlattr *attr)
{
	u8 action = attr ? nla_get_u8(attr) : TCPKA_ACTION_UNSPEC;

	return action == TCPKA_ACTION_UNSPEC ? TCPKA_ACTION_RST : action;
}

/*
 * A local socket cannot be forgotten while its program has it, and dies by the
 * kernel's own keepalive. A policy without on rules sockets as well: drop then
 * means none for them, and dead means rst.
 */
static int tcpka_actions_parse(struct tcpka_policy *policy, struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	const struct nlattr *action = tb[TCPKA_A_POLICY_ACTION];
	const struct nlattr *dead = tb[TCPKA_A_POLICY_DEAD];
	struct tcpka_timers *t = &policy->t;

	t->action = tcpka_action_parse(action);
	t->dead = tcpka_action_parse(dead);
	if (policy->match.kind != TCPKA_KIND_LOCAL)
		return 0;
	if (t->action == TCPKA_ACTION_DROP) {
		NL_SET_ERR_MSG_ATTR(extack, action,
				    "action drop is refused with on local");
		return -EINVAL;
	}
	if (t->dead != TCPKA_ACTION_RST) {
		NL_SET_ERR_MSG_ATTR(extack, dead,
				    "dead other than rst is refused with on local");
		return -EINVAL;
	}
	return 0;
}

static int tcpka_settings_parse(struct tcpka_policy *policy,
				struct nlattr **tb,
				struct netlink_ext_ack *extack)
{
	int err;

	policy->prio = TCPKA_POLICY_PRIO;
	if (tb[TCPKA_A_POLICY_PRIO])
		policy->prio = nla_get_u32(tb[TCPKA_A_POLICY_PRIO]);
	if (tb[TCPKA_A_POLICY_OVERRIDE])
		policy->t.override = nla_get_u8(tb[TCPKA_A_POLICY_OVERRIDE]);
	err = tcpka_settings_refuse(policy, tb, extack);
	if (err)
		return err;
	err = tcpka_timers_parse(&policy->t, tb, extack);
	if (err)
		return err;
	policy->t.soonest = tcpka_fsm_soonest(&policy->t);
	return tcpka_actions_parse(policy, tb, extack);
}

/**
 * tcpka_policy_parse() - make a policy of attributes
 * @tb: attributes of the set policy, up to TCPKA_A_POLICY_OVERRIDE
 * @named: it must have a name
 * @extack: gets a message and the attribute at fault
 *
 * Process context, no lock: what is wrong here is wrong in every namespace.
 *
 * Return: a policy with one reference; or an error pointer: -EINVAL, -ERANGE,
 * -EOPNOTSUPP for what this version does not support, -ENOMEM.
 */
struct tcpka_policy *tcpka_policy_parse(struct nlattr **tb, bool named,
					struct netlink_ext_ack *extack)
{
	struct tcpka_policy *policy = tcpka_policy_alloc();
	int err = 0;

	if (!policy)
		return ERR_PTR(-ENOMEM);
	if (named || tb[TCPKA_A_POLICY_NAME])
		err = tcpka_name_parse(policy, tb[TCPKA_A_POLICY_NAME],
				       extack);
	if (!err)
		err = tcpka_scope_parse(policy, tb, extack);
	if (!err)
		err = tcpka_settings_parse(policy, tb, extack);
	if (err) {
		tcpka_policy_put(policy);
		return ERR_PTR(err);
	}
	return policy;
}
