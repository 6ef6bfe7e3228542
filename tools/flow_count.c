// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

#include "flow.h"
#include "json.h"
#include "table.h"
#include "value.h"

/**
 * struct group - connections that have something in common
 * @key: what, as it is told
 * @flows: how many
 */
struct group {
	char key[FLOW_ADDR_BUF];
	uint64_t flows;
};

/**
 * struct count - connections counted
 * @by: TCPKA_GROUP_BY_*
 * @total: all
 * @tree: of struct group, for tsearch()
 * @group: the same
 */
struct count {
	unsigned int by;
	uint64_t total;
	void *tree;
	struct group **group;
	size_t n;
	size_t cap;
};

int flow_count_parse(struct command *cmd, struct args *args)
{
	int ret = rule_parse(&cmd->rule, args, IN_FILTER | IN_COUNT);

	if (!ret && rule_has(&cmd->rule, W_TOP) && !rule_has(&cmd->rule, W_BY))
		ret = wrong("top", "goes with \"by\" only");
	return ret;
}

static int key_order(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->key,
		      ((const struct group *)b)->key);
}

static void key_make(char *key, const struct flow *flow, unsigned int by)
{
	switch (by) {
	case TCPKA_GROUP_BY_STATE:
		strcpy(key, flow_state(flow));
		break;
	case TCPKA_GROUP_BY_POLICY:
		/* a name is never empty, so this is no name */
		snprintf(key, FLOW_ADDR_BUF, "%s",
			 flow->policy ? flow->policy : "");
		break;
	case TCPKA_GROUP_BY_SRC:
		flow_addr(flow, 0, key);
		break;
	case TCPKA_GROUP_BY_DST:
		flow_addr(flow, 1, key);
		break;
	default:
		snprintf(key, FLOW_ADDR_BUF, "%" PRIu64,
			 flow->number[TCPKA_A_FLOW_DPORT]);
	}
}

static void group_add(struct count *c, struct group *g)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 64;
		c->group = xalloc(c->group, c->cap, sizeof(*c->group));
	}
	c->group[c->n++] = g;
}

static int answer(const struct nlmsghdr *nlh, void *data)
{
	struct count *c = data;
	struct group **found;
	struct group probe;
	struct group *g;
	struct flow flow;

	c->total++;
	if (!c->by)
		return EXIT_SUCCESS;
	flow_get(&flow, nlh);
	key_make(probe.key, &flow, c->by);
	found = tfind(&probe, &c->tree, key_order);
	if (found) {
		(*found)->flows++;
		return EXIT_SUCCESS;
	}
	probe.flows = 1;
	g = xalloc(NULL, 1, sizeof(*g));
	*g = probe;
	if (!tsearch(g, &c->tree, key_order)) {
		error("out of memory");
		exit(EXIT_KERNEL);
	}
	group_add(c, g);
	return EXIT_SUCCESS;
}

/* Largest first; those that are equal by key, so that runs compare. */
static int size_order(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;

	if (x->flows != y->flows)
		return x->flows < y->flows ? 1 : -1;
	return strverscmp(x->key, y->key);
}

static json_t *key_json(const struct count *c, const struct group *g)
{
	if (c->by == TCPKA_GROUP_BY_DPORT)
		return js_u64(strtoul(g->key, NULL, 10));
	return *g->key ? js_str(g->key) : json_null();
}

static void groups_json(const struct count *c, size_t n)
{
	json_t *object;
	size_t i;

	js_array_begin();
	for (i = 0; i < n; i++) {
		object = js_object();
		js_set(object, "key", key_json(c, c->group[i]));
		js_set(object, "flows", js_u64(c->group[i]->flows));
		js_array_item(object);
	}
	js_array_end(false);
}

static const char *key_text(const struct count *c, const struct group *g)
{
	if (c->by == TCPKA_GROUP_BY_DPORT)
		return port_name(strtoul(g->key, NULL, 10));
	return *g->key ? printable(g->key) : "-";
}

static void groups_text(const struct count *c, size_t n)
{
	static struct table t;
	const char *head[2];
	char number[24];
	size_t i;

	head[0] = enum_name(&words[W_BY], c->by);
	head[1] = "flows";
	t.head = head;
	t.columns = 2;
	t.started = false;
	for (i = 0; i < n; i++) {
		table_cell(&t, key_text(c, c->group[i]));
		snprintf(number, sizeof(number), "%" PRIu64,
			 c->group[i]->flows);
		table_cell(&t, number);
	}
	table_end(&t);
}

static void show(struct count *c, const struct rule *r)
{
	json_t *object;
	size_t n = c->n;

	if (c->by) {
		if (n)
			qsort(c->group, n, sizeof(*c->group), size_order);
		if (rule_has(r, W_TOP) && r->value[W_TOP].lo < n)
			n = r->value[W_TOP].lo;
		if (opt.json)
			groups_json(c, n);
		else
			groups_text(c, n);
		return;
	}
	if (!opt.json) {
		printf("flows %" PRIu64 "\n", c->total);
		return;
	}
	object = js_object();
	js_set(object, "flows", js_u64(c->total));
	js_print(object);
}

int flow_count_run(struct command *cmd)
{
	struct count c = { .by = cmd->rule.value[W_BY].lo };
	int ret;

	ret = flow_dump(&cmd->rule, answer, &c);
	if (!ret)
		show(&c, &cmd->rule);
	tdestroy(c.tree, free);
	free(c.group);
	return ret;
}
