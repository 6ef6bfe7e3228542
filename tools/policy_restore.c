// SPDX-License-Identifier: GPL-2.0-only
#include "policy.h"

int policy_restore_parse(struct command *cmd, struct args *args)
{
	const char *file = args_next(args);
	int ret;

	if (!file) {
		error("policy restore: the FILE is missing");
		return EXIT_USAGE;
	}
	ret = args_end(args);
	if (ret)
		return ret;
	cmd->file = xstrdup(file);
	return set_read(&cmd->set, cmd->file);
}

int policy_restore_run(struct command *cmd)
{
	int ret = set_restore(&cmd->set);

	if (ret)
		return ret;
	rate_check(&cmd->set);
	mapping_check(&cmd->set);
	return 0;
}
