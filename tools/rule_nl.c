// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules as attributes.
 */
#include <string.h>

#include <linux/genetlink.h>

#include "nl.h"
#include "tcpkactl.h"

static void words_put(struct request *rq, const struct rule *r, bool match)
{
	const struct word *w;
	enum word_id id;
	void *start;

	for (id = 0; id < W_END; id++) {
		w = &words[id];
		if (!rule_has(r, id) || w->match != match || !w->attr)
			continue;
		start = mnl_nlmsg_get_payload_tail(rq->nlh);
		w->type->put(rq->nlh, w, &r->value[id]);
		nl_origin(rq, start, w->name, r);
	}
}

static bool has_match(const struct rule *r)
{
	enum word_id id;

	for (id = 0; id < W_END; id++)
		if (rule_has(r, id) && words[id].match)
			return true;
	return false;
}

/**
 * rule_put_match - adds a nest of the words of MATCH or FILTER, if any
 * @attr: the nest
 */
void rule_put_match(struct request *rq, const struct rule *r, uint16_t attr)
{
	struct nlattr *nest;

	if (!has_match(r))
		return;
	nest = mnl_attr_nest_start(rq->nlh, attr);
	words_put(rq, r, true);
	mnl_attr_nest_end(rq->nlh, nest);
}

/**
 * rule_put_own - adds the words that are not of MATCH
 */
void rule_put_own(struct request *rq, const struct rule *r)
{
	words_put(rq, r, false);
}

/**
 * policy_put - adds all that a policy is made of
 */
void policy_put(struct request *rq, const struct rule *r)
{
	void *start = mnl_nlmsg_get_payload_tail(rq->nlh);

	if (*r->name) {
		mnl_attr_put_strz(rq->nlh, TCPKA_A_POLICY_NAME, r->name);
		nl_origin(rq, start, r->name, r);
	}
	rule_put_match(rq, r, TCPKA_A_POLICY_MATCH);
	rule_put_own(rq, r);
}

/**
 * rule_size - room that a rule takes in a message, at most
 */
size_t rule_size(const struct rule *r)
{
	/* no value but a path is longer than two addresses */
	size_t size = 128 + W_END * 40;
	enum word_id id;

	for (id = 0; id < W_END; id++)
		if (r->value[id].str)
			size += strlen(r->value[id].str);
	return size;
}

static void words_get(struct rule *r, struct nlattr **tb, unsigned int in,
		      bool match)
{
	const struct word *w;
	enum word_id id;

	for (id = 0; id < W_END; id++) {
		w = &words[id];
		if (!(w->in & in) || w->match != match || !w->attr)
			continue;
		if (w->type->get(tb, w, &r->value[id]))
			r->has |= UINT64_C(1) << id;
	}
}

static void unknown_check(struct rule *r, const struct nlattr *attr,
			  uint16_t max)
{
	if (mnl_attr_get_type(attr) > max)
		r->unknown = true;
}

/*
 * What the kernel tells of a policy is more than was said: intvl and probes
 * where nothing is probed. And less: a time that is off is not told, so a
 * policy that is there to keep others from ruling seems to have no timer.
 */
static void policy_normalise(struct rule *r)
{
	enum word_id id;

	if (!rule_has(r, W_KEEPALIVE) || !r->value[W_KEEPALIVE].lo)
		r->has &= ~(UINT64_C(1) << W_INTVL | UINT64_C(1) << W_PROBES);
	for (id = 0; id < W_END; id++)
		if (rule_has(r, id) && words[id].timer)
			return;
	r->value[W_KEEPALIVE].lo = 0;
	r->has |= UINT64_C(1) << W_KEEPALIVE;
}

static void match_get(struct rule *r, const struct nlattr *nest)
{
	struct nlattr *tb[TCPKA_A_MATCH_MAX + 1];
	const struct nlattr *attr;

	nl_parse_nest(tb, TCPKA_A_MATCH_MAX, nest);
	words_get(r, tb, IN_POLICY, true);
	mnl_attr_for_each_nested(attr, nest)
		unknown_check(r, attr, TCPKA_A_MATCH_MAX);
}

/**
 * policy_get - reads a policy
 */
void policy_get(struct rule *r, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[TCPKA_A_POLICY_MAX + 1];
	const struct nlattr *attr;

	memset(r, 0, sizeof(*r));
	nl_parse(tb, TCPKA_A_POLICY_MAX, nlh);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		unknown_check(r, attr, TCPKA_A_POLICY_MAX);
	if (tb[TCPKA_A_POLICY_NAME])
		snprintf(r->name, sizeof(r->name), "%s",
			 mnl_attr_get_str(tb[TCPKA_A_POLICY_NAME]));
	if (tb[TCPKA_A_POLICY_FLOWS])
		r->flows = mnl_attr_get_u64(tb[TCPKA_A_POLICY_FLOWS]);
	words_get(r, tb, IN_POLICY, false);
	if (tb[TCPKA_A_POLICY_MATCH])
		match_get(r, tb[TCPKA_A_POLICY_MATCH]);
	policy_normalise(r);
}

/**
 * config_get - reads settings
 */
void config_get(struct rule *r, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[TCPKA_A_CONFIG_MAX + 1];

	memset(r, 0, sizeof(*r));
	nl_parse(tb, TCPKA_A_CONFIG_MAX, nlh);
	words_get(r, tb, IN_CONFIG, false);
}
