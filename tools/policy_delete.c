// SPDX-License-Identifier: GPL-2.0-only
#include "nl.h"
#include "policy.h"

int policy_delete_parse(struct command *cmd, struct args *args)
{
	int ret = name_parse(&cmd->rule, args);

	return ret ? ret : args_end(args);
}

int policy_delete_run(struct command *cmd)
{
	struct request rq;
	int ret;

	ret = nl_begin(&rq, TCPKA_CMD_POLICY_DEL, 0, rule_size(&cmd->rule));
	if (ret)
		return ret;
	policy_put(&rq, &cmd->rule);
	return nl_talk(&rq, NULL, NULL);
}

int policy_delete_change(struct command *cmd, struct rule_set *set)
{
	struct rule *old = set_find(set, cmd->rule.name);

	if (!old) {
		wrong(cmd->rule.name, "no such policy");
		return EXIT_KERNEL;
	}
	set_remove(set, old);
	return EXIT_SUCCESS;
}

int policy_flush_parse(struct command *cmd, struct args *args)
{
	(void)cmd;
	return args_end(args);
}

int policy_flush_run(struct command *cmd)
{
	struct request rq;
	int ret;

	(void)cmd;
	ret = nl_begin(&rq, TCPKA_CMD_POLICY_FLUSH, 0, 16);
	if (ret)
		return ret;
	mnl_attr_put(rq.nlh, TCPKA_A_POLICY_ALL, 0, NULL);
	return nl_talk(&rq, NULL, NULL);
}

int policy_flush_change(struct command *cmd, struct rule_set *set)
{
	(void)cmd;
	set_free(set);
	return EXIT_SUCCESS;
}
