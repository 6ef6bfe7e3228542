// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each policy is shown in the words that make it; how many connections it
 * rules stands in a comment, so that a line can be used as it is.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "nl.h"
#include "policy.h"
#include "value.h"

int policy_list_parse(struct command *cmd, struct args *args)
{
	int ret;

	if (!args->n)
		return EXIT_SUCCESS;
	ret = name_parse(&cmd->rule, args);
	return ret ? ret : args_end(args);
}

static int one_answer(const struct nlmsghdr *nlh, void *data)
{
	struct rule r;

	policy_get(&r, nlh);
	set_add(data, &r);
	return EXIT_SUCCESS;
}

static int one_fetch(struct rule_set *set, const struct rule *name)
{
	struct request rq;
	int ret;

	ret = nl_begin(&rq, TCPKA_CMD_POLICY_GET, 0, rule_size(name));
	if (ret)
		return ret;
	policy_put(&rq, name);
	return nl_talk(&rq, one_answer, set);
}

static void show_json(const struct rule_set *set)
{
	unsigned int i;
	json_t *object;

	js_array_begin();
	for (i = 0; i < set->n; i++) {
		object = js_object();
		js_set(object, "name", js_str(set->rule[i].name));
		rule_json(object, &set->rule[i]);
		js_set(object, "flows", js_u64(set->rule[i].flows));
		js_array_item(object);
	}
	js_array_end(false);
}

static char *quoted(const char *name)
{
	char *text = NULL;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f) {
		error("out of memory");
		exit(EXIT_KERNEL);
	}
	quoted_write(f, name);
	fclose(f);
	return text;
}

static void widths(const struct rule_set *set, int *name, int *prio)
{
	unsigned int i;
	char *text;
	int len;

	*name = 0;
	*prio = 0;
	for (i = 0; i < set->n; i++) {
		text = quoted(set->rule[i].name);
		len = strlen(text);
		if (len > *name)
			*name = len;
		free(text);
		len = snprintf(NULL, 0, "%" PRIu64,
			       set->rule[i].value[W_PRIO].lo);
		if (len > *prio)
			*prio = len;
	}
}

static void show_text(const struct rule_set *set)
{
	int name_width, prio_width;
	struct rule *r;
	unsigned int i;
	char *name;

	widths(set, &name_width, &prio_width);
	for (i = 0; i < set->n; i++) {
		r = &set->rule[i];
		name = quoted(r->name);
		printf("%-*s prio %-*" PRIu64, name_width, name, prio_width,
		       r->value[W_PRIO].lo);
		free(name);
		r->has &= ~(UINT64_C(1) << W_PRIO);
		rule_write(stdout, r, " ");
		printf("%s # flows %" PRIu64 "\n",
		       r->unknown ? " # and more that this tcpkactl does not know" :
				    "", r->flows);
	}
}

int policy_list_run(struct command *cmd)
{
	struct rule_set set = { 0 };
	int ret;

	if (*cmd->rule.name)
		ret = one_fetch(&set, &cmd->rule);
	else
		ret = set_fetch(&set);
	if (!ret && opt.json)
		show_json(&set);
	else if (!ret)
		show_text(&set);
	set_free(&set);
	return ret;
}
