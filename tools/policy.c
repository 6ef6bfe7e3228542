// SPDX-License-Identifier: GPL-2.0-only
#include "policy.h"

static const struct verb verbs[] = {
	{
		.name = "add",
		.usage = "NAME [ prio PRIO ] { all | MATCH... } SETTING...",
		.parse = policy_set_parse,
		.run = policy_add_run,
		.change = policy_add_change,
	}, {
		.name = "replace",
		.usage = "NAME [ prio PRIO ] { all | MATCH... } SETTING...",
		.parse = policy_set_parse,
		.run = policy_replace_run,
		.change = policy_replace_change,
	}, {
		.name = "test",
		.usage = "{ all | MATCH... } SETTING...",
		.parse = policy_test_parse,
		.run = policy_test_run,
	}, {
		.name = "delete",
		.usage = "NAME",
		.parse = policy_delete_parse,
		.run = policy_delete_run,
		.change = policy_delete_change,
	}, {
		.name = "flush",
		.usage = "",
		.parse = policy_flush_parse,
		.run = policy_flush_run,
		.change = policy_flush_change,
	}, {
		.name = "list",
		.usage = "[ NAME ]",
		.parse = policy_list_parse,
		.run = policy_list_run,
	}, {
		.name = "save",
		.usage = "[ FILE ]",
		.parse = policy_save_parse,
		.run = policy_save_run,
	}, {
		.name = "restore",
		.usage = "FILE",
		.parse = policy_restore_parse,
		.run = policy_restore_run,
	},
	{ 0 }
};

const struct object policy_object = {
	.name = "policy",
	.verbs = verbs,
	.otherwise = &verbs[5],
};
