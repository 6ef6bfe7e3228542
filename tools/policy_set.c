// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netlink.h>

#include "nl.h"
#include "policy.h"

int policy_set_parse(struct command *cmd, struct args *args)
{
	int ret = name_parse(&cmd->rule, args);

	return ret ? ret : policy_parse(&cmd->rule, args);
}

static int set(struct command *cmd, bool replace)
{
	struct rule_set one = { .rule = &cmd->rule, .n = 1 };
	struct request rq;
	int ret;

	ret = nl_begin(&rq, TCPKA_CMD_POLICY_SET, 0,
		       rule_size(&cmd->rule) + NLA_HDRLEN);
	if (ret)
		return ret;
	policy_put(&rq, &cmd->rule);
	if (replace)
		mnl_attr_put(rq.nlh, TCPKA_A_POLICY_REPLACE, 0, NULL);
	ret = nl_talk(&rq, NULL, NULL);
	if (ret)
		return ret;
	rate_check(&one);
	mapping_check(&one);
	return 0;
}

int policy_add_run(struct command *cmd)
{
	return set(cmd, false);
}

int policy_add_change(struct command *cmd, struct rule_set *set)
{
	if (set_find(set, cmd->rule.name)) {
		wrong(cmd->rule.name, "policy exists already");
		return EXIT_KERNEL;
	}
	set_add(set, &cmd->rule);
	return EXIT_SUCCESS;
}

int policy_replace_run(struct command *cmd)
{
	return set(cmd, true);
}

int policy_replace_change(struct command *cmd, struct rule_set *set)
{
	struct rule *old = set_find(set, cmd->rule.name);

	if (old)
		set_remove(set, old);
	set_add(set, &cmd->rule);
	return EXIT_SUCCESS;
}
