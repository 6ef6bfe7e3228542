// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands from a file. If all of them change policies, the set that they
 * would lead to is worked out here and given to the kernel at once.
 */
#include <string.h>

#include "lines.h"
#include "policy.h"
#include "tcpkactl.h"

struct commands {
	struct command **cmd;
	unsigned int n;
};

static void commands_free(struct commands *c)
{
	while (c->n) {
		command_free(c->cmd[--c->n]);
		free(c->cmd[c->n]);
	}
	free(c->cmd);
}

static int line_parse(struct commands *c, struct args *args)
{
	struct command *cmd = xalloc(NULL, 1, sizeof(*cmd));
	int ret;

	c->cmd = xalloc(c->cmd, c->n + 1, sizeof(*c->cmd));
	c->cmd[c->n++] = cmd;
	ret = command_parse(cmd, args);
	if (!ret && cmd->verb->endless) {
		error("a command that never ends does not go into a batch");
		ret = EXIT_USAGE;
	}
	return ret;
}

static int commands_read(struct commands *c, const char *file)
{
	struct lines lines;
	struct args args;
	int ret;

	ret = lines_open(&lines, file);
	if (ret)
		return ret;
	for (;;) {
		ret = lines_next(&lines, &args);
		if (ret || !args.n)
			break;
		ret = line_parse(c, &args);
		if (ret)
			break;
	}
	lines_close(&lines);
	return ret;
}

static bool only_policies(const struct commands *c)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (!c->cmd[i]->verb->change)
			return false;
	return true;
}

static int run_at_once(struct commands *c)
{
	struct rule_set set = { 0 };
	static const struct place none;
	unsigned int i;
	int ret;

	ret = set_fetch(&set);
	if (!ret)
		ret = policy_known(&set);
	for (i = 0; !ret && i < c->n; i++) {
		place_set(c->cmd[i]->place);
		ret = c->cmd[i]->verb->change(c->cmd[i], &set);
	}
	if (!ret) {
		place_set(none);
		ret = set_restore(&set);
	}
	if (!ret) {
		rate_check(&set);
		mapping_check(&set);
	}
	set_free(&set);
	return ret;
}

static int run_in_order(struct commands *c)
{
	unsigned int i;
	int ret;

	for (i = 0; i < c->n; i++) {
		place_set(c->cmd[i]->place);
		ret = command_run(c->cmd[i]);
		if (ret)
			return ret;
	}
	return EXIT_SUCCESS;
}

/**
 * batch - reads all commands of a file, then does them
 */
int batch(const char *file)
{
	struct commands c = { 0 };
	int ret;

	ret = commands_read(&c, file);
	if (!ret && c.n > 1 && only_policies(&c))
		ret = run_at_once(&c);
	else if (!ret)
		ret = run_in_order(&c);
	commands_free(&c);
	return ret;
}
