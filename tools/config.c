// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "nl.h"
#include "tcpkactl.h"

static int show_parse(struct command *cmd, struct args *args)
{
	(void)cmd;
	return args_end(args);
}

static int answer(const struct nlmsghdr *nlh, void *data)
{
	config_get(data, nlh);
	return EXIT_SUCCESS;
}

static void show_text(const struct rule *r)
{
	enum word_id id;

	for (id = 0; id < W_END; id++) {
		if (!rule_has(r, id))
			continue;
		printf("%-10s ", words[id].name);
		words[id].type->text(stdout, &words[id], &r->value[id]);
		putchar('\n');
	}
}

/**
 * config_fetch - reads the settings of the namespace
 */
int config_fetch(struct rule *r)
{
	struct request rq;
	int ret;

	ret = nl_begin(&rq, TCPKA_CMD_CONFIG_GET, 0, 0);
	return ret ? ret : nl_talk(&rq, answer, r);
}

static int show_run(struct command *cmd)
{
	json_t *object;
	int ret;

	ret = config_fetch(&cmd->rule);
	if (ret)
		return ret;
	if (!opt.json) {
		show_text(&cmd->rule);
		return EXIT_SUCCESS;
	}
	object = js_object();
	rule_json(object, &cmd->rule);
	js_print(object);
	return EXIT_SUCCESS;
}

static int set_parse(struct command *cmd, struct args *args)
{
	if (!args->n) {
		error("the KEY to set is missing, see tcpkactl config help");
		return EXIT_USAGE;
	}
	return rule_parse(&cmd->rule, args, IN_CONFIG);
}

static int set_run(struct command *cmd)
{
	struct request rq;
	int ret;

	ret = nl_begin(&rq, TCPKA_CMD_CONFIG_SET, 0, rule_size(&cmd->rule));
	if (ret)
		return ret;
	rule_put_own(&rq, &cmd->rule);
	return nl_talk(&rq, NULL, NULL);
}

static const struct verb verbs[] = {
	{
		.name = "show",
		.usage = "",
		.parse = show_parse,
		.run = show_run,
	}, {
		.name = "set",
		.usage = "KEY VALUE",
		.parse = set_parse,
		.run = set_run,
	},
	{ 0 }
};

const struct object config_object = {
	.name = "config",
	.verbs = verbs,
	.otherwise = &verbs[0],
};
