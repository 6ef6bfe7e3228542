/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - the commands of policy, a file each
 */
#ifndef POLICY_H
#define POLICY_H

#include "tcpkactl.h"

int policy_set_parse(struct command *cmd, struct args *args);
int policy_add_run(struct command *cmd);
int policy_add_change(struct command *cmd, struct rule_set *set);
int policy_replace_run(struct command *cmd);
int policy_replace_change(struct command *cmd, struct rule_set *set);

int policy_test_parse(struct command *cmd, struct args *args);
int policy_test_run(struct command *cmd);
int policy_test(const struct rule *r, uint64_t *would_rule,
		uint64_t *would_expire, bool quiet);

int policy_delete_parse(struct command *cmd, struct args *args);
int policy_delete_run(struct command *cmd);
int policy_delete_change(struct command *cmd, struct rule_set *set);
int policy_flush_parse(struct command *cmd, struct args *args);
int policy_flush_run(struct command *cmd);
int policy_flush_change(struct command *cmd, struct rule_set *set);

int policy_list_parse(struct command *cmd, struct args *args);
int policy_list_run(struct command *cmd);

int policy_save_parse(struct command *cmd, struct args *args);
int policy_save_run(struct command *cmd);
int policy_known(const struct rule_set *set);

int policy_restore_parse(struct command *cmd, struct args *args);
int policy_restore_run(struct command *cmd);

/* rate.c */
void rate_check(const struct rule_set *set);

/* mapping.c */
void mapping_check(const struct rule_set *set);

#endif
