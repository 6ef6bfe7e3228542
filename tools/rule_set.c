// SPDX-License-Identifier: GPL-2.0-only
/*
 * All policies of a namespace, read from a file or from the kernel, and given
 * to it at once.
 */
#include <string.h>

#include "lines.h"
#include "nl.h"
#include "rule.h"

#define FETCH_TRIES	10

struct rule *set_find(const struct rule_set *set, const char *name)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (!strcmp(set->rule[i].name, name))
			return &set->rule[i];
	return NULL;
}

/**
 * set_add - adds a policy whose name is not in the set
 * @r: emptied
 */
void set_add(struct rule_set *set, struct rule *r)
{
	if (set->n == set->cap) {
		set->cap = set->cap ? 2 * set->cap : 16;
		set->rule = xalloc(set->rule, set->cap, sizeof(*set->rule));
	}
	set->rule[set->n++] = *r;
	memset(r, 0, sizeof(*r));
}

/**
 * set_remove - takes out and frees a policy
 * @r: one that is in the set
 */
void set_remove(struct rule_set *set, struct rule *r)
{
	rule_free(r);
	set->n--;
	memmove(r, r + 1, (&set->rule[set->n] - r) * sizeof(*r));
}

void set_free(struct rule_set *set)
{
	while (set->n)
		rule_free(&set->rule[--set->n]);
	free(set->rule);
	memset(set, 0, sizeof(*set));
}

static int line_parse(struct rule_set *set, struct rule *r, struct args *args)
{
	int ret = policy_name(r, args_next(args));

	if (ret)
		return ret;
	if (set_find(set, r->name))
		return wrong(r->name, "a policy of this name stands in line %u",
			     set_find(set, r->name)->place.line);
	ret = policy_parse(r, args);
	if (ret)
		return ret;
	r->place = place_get();
	set_add(set, r);
	return EXIT_SUCCESS;
}

/**
 * set_read - reads a file as policy save writes it
 * @file: must outlive the set
 */
int set_read(struct rule_set *set, const char *file)
{
	struct place before = place_get();
	struct lines lines;
	struct rule r = { 0 };
	struct args args;
	int ret;

	ret = lines_open(&lines, file);
	if (ret)
		return ret;
	for (;;) {
		ret = lines_next(&lines, &args);
		if (ret || !args.n)
			break;
		ret = line_parse(set, &r, &args);
		if (ret)
			break;
	}
	rule_free(&r);
	lines_close(&lines);
	place_set(before);
	return ret;
}

static int fetch_answer(const struct nlmsghdr *nlh, void *data)
{
	struct rule r;

	policy_get(&r, nlh);
	set_add(data, &r);
	return EXIT_SUCCESS;
}

/**
 * set_fetch - reads all policies from the kernel, in the order they are tried
 */
int set_fetch(struct rule_set *set)
{
	unsigned int tries;
	struct request rq;
	int ret;

	for (tries = 0; tries < FETCH_TRIES; tries++) {
		set_free(set);
		ret = nl_begin(&rq, TCPKA_CMD_POLICY_GET, NLM_F_DUMP, 0);
		if (!ret)
			ret = nl_talk(&rq, fetch_answer, set);
		if (ret || !rq.interrupted)
			return ret;
	}
	error("the policies change faster than they can be read");
	return EXIT_KERNEL;
}

/**
 * set_restore - gives all policies to the kernel, which takes them all or none
 */
int set_restore(const struct rule_set *set)
{
	struct nlattr *nest;
	struct request rq;
	size_t size = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < set->n; i++)
		size += rule_size(&set->rule[i]);
	ret = nl_begin(&rq, TCPKA_CMD_POLICY_RESTORE, 0, size);
	if (ret)
		return ret;
	for (i = 0; i < set->n; i++) {
		nest = mnl_attr_nest_start(rq.nlh, TCPKA_A_BATCH_POLICY);
		policy_put(&rq, &set->rule[i]);
		mnl_attr_nest_end(rq.nlh, nest);
		nl_origin(&rq, nest, set->rule[i].name, &set->rule[i]);
	}
	return nl_talk(&rq, NULL, NULL);
}
