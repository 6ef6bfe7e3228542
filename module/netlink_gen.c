// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, auto-generated from: */
/*	uapi/tcpka.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: uapi/generate */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <linux/tcpka.h>

/* Common nested types */
const struct nla_policy tcpka_match_nl_policy[TCPKA_A_MATCH_IDLE_GT + 1] = {
	[TCPKA_A_MATCH_KIND] = NLA_POLICY_MAX(NLA_U8, 2),
	[TCPKA_A_MATCH_FAMILY] = { .type = NLA_U8, },
	[TCPKA_A_MATCH_SRC] = NLA_POLICY_MAX_LEN(16),
	[TCPKA_A_MATCH_SRC_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[TCPKA_A_MATCH_DST] = NLA_POLICY_MAX_LEN(16),
	[TCPKA_A_MATCH_DST_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[TCPKA_A_MATCH_SPORT_MIN] = { .type = NLA_BE16, },
	[TCPKA_A_MATCH_SPORT_MAX] = { .type = NLA_BE16, },
	[TCPKA_A_MATCH_DPORT_MIN] = { .type = NLA_BE16, },
	[TCPKA_A_MATCH_DPORT_MAX] = { .type = NLA_BE16, },
	[TCPKA_A_MATCH_IIF] = { .type = NLA_NUL_STRING, .len = 15, },
	[TCPKA_A_MATCH_OIF] = { .type = NLA_NUL_STRING, .len = 15, },
	[TCPKA_A_MATCH_MARK] = { .type = NLA_U32, },
	[TCPKA_A_MATCH_MARK_MASK] = { .type = NLA_U32, },
	[TCPKA_A_MATCH_UID_MIN] = { .type = NLA_U32, },
	[TCPKA_A_MATCH_UID_MAX] = { .type = NLA_U32, },
	[TCPKA_A_MATCH_CGROUP] = { .type = NLA_NUL_STRING, .len = 511, },
	[TCPKA_A_MATCH_HOST] = NLA_POLICY_MAX_LEN(16),
	[TCPKA_A_MATCH_HOST_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[TCPKA_A_MATCH_PORT_MIN] = { .type = NLA_BE16, },
	[TCPKA_A_MATCH_PORT_MAX] = { .type = NLA_BE16, },
	[TCPKA_A_MATCH_STATE] = NLA_POLICY_MAX(NLA_U8, 11),
	[TCPKA_A_MATCH_POLICY] = { .type = NLA_NUL_STRING, .len = 31, },
	[TCPKA_A_MATCH_IDLE_GT] = { .type = NLA_U64, },
};

const struct nla_policy tcpka_rule_nl_policy[TCPKA_A_POLICY_OVERRIDE + 1] = {
	[TCPKA_A_POLICY_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[TCPKA_A_POLICY_PRIO] = { .type = NLA_U32, },
	[TCPKA_A_POLICY_MATCH] = NLA_POLICY_NESTED(tcpka_match_nl_policy),
	[TCPKA_A_POLICY_ALL] = { .type = NLA_FLAG, },
	[TCPKA_A_POLICY_KEEPALIVE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_INTVL] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_PROBES] = { .type = NLA_U8, },
	[TCPKA_A_POLICY_IDLE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_MAX_AGE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_HALF_OPEN] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_HALF_CLOSED] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_TIME_WAIT] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_ACTION] = NLA_POLICY_MAX(NLA_U8, 4),
	[TCPKA_A_POLICY_DEAD] = NLA_POLICY_MAX(NLA_U8, 4),
	[TCPKA_A_POLICY_OVERRIDE] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* TCPKA_CMD_POLICY_GET - do */
static const struct nla_policy tcpka_policy_get_nl_policy[TCPKA_A_POLICY_NAME + 1] = {
	[TCPKA_A_POLICY_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* TCPKA_CMD_POLICY_SET - do */
static const struct nla_policy tcpka_policy_set_nl_policy[TCPKA_A_POLICY_REPLACE + 1] = {
	[TCPKA_A_POLICY_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[TCPKA_A_POLICY_PRIO] = { .type = NLA_U32, },
	[TCPKA_A_POLICY_MATCH] = NLA_POLICY_NESTED(tcpka_match_nl_policy),
	[TCPKA_A_POLICY_ALL] = { .type = NLA_FLAG, },
	[TCPKA_A_POLICY_KEEPALIVE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_INTVL] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_PROBES] = { .type = NLA_U8, },
	[TCPKA_A_POLICY_IDLE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_MAX_AGE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_HALF_OPEN] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_HALF_CLOSED] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_TIME_WAIT] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_ACTION] = NLA_POLICY_MAX(NLA_U8, 4),
	[TCPKA_A_POLICY_DEAD] = NLA_POLICY_MAX(NLA_U8, 4),
	[TCPKA_A_POLICY_OVERRIDE] = NLA_POLICY_MAX(NLA_U8, 1),
	[TCPKA_A_POLICY_REPLACE] = { .type = NLA_FLAG, },
};

/* TCPKA_CMD_POLICY_DEL - do */
static const struct nla_policy tcpka_policy_del_nl_policy[TCPKA_A_POLICY_NAME + 1] = {
	[TCPKA_A_POLICY_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* TCPKA_CMD_POLICY_FLUSH - do */
static const struct nla_policy tcpka_policy_flush_nl_policy[TCPKA_A_POLICY_ALL + 1] = {
	[TCPKA_A_POLICY_ALL] = { .type = NLA_FLAG, },
};

/* TCPKA_CMD_POLICY_RESTORE - do */
static const struct nla_policy tcpka_policy_restore_nl_policy[TCPKA_A_BATCH_POLICY + 1] = {
	[TCPKA_A_BATCH_POLICY] = NLA_POLICY_NESTED(tcpka_rule_nl_policy),
};

/* TCPKA_CMD_POLICY_TEST - do */
static const struct nla_policy tcpka_policy_test_nl_policy[TCPKA_A_POLICY_REPLACE + 1] = {
	[TCPKA_A_POLICY_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[TCPKA_A_POLICY_PRIO] = { .type = NLA_U32, },
	[TCPKA_A_POLICY_MATCH] = NLA_POLICY_NESTED(tcpka_match_nl_policy),
	[TCPKA_A_POLICY_ALL] = { .type = NLA_FLAG, },
	[TCPKA_A_POLICY_KEEPALIVE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_INTVL] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_PROBES] = { .type = NLA_U8, },
	[TCPKA_A_POLICY_IDLE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_MAX_AGE] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_HALF_OPEN] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_HALF_CLOSED] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_TIME_WAIT] = { .type = NLA_U64, },
	[TCPKA_A_POLICY_ACTION] = NLA_POLICY_MAX(NLA_U8, 4),
	[TCPKA_A_POLICY_DEAD] = NLA_POLICY_MAX(NLA_U8, 4),
	[TCPKA_A_POLICY_OVERRIDE] = NLA_POLICY_MAX(NLA_U8, 1),
	[TCPKA_A_POLICY_REPLACE] = { .type = NLA_FLAG, },
};

/* TCPKA_CMD_FLOW_GET - dump */
static const struct nla_policy tcpka_flow_get_nl_policy[TCPKA_A_FLOW_MATCH + 1] = {
	[TCPKA_A_FLOW_MATCH] = NLA_POLICY_NESTED(tcpka_match_nl_policy),
};

/* TCPKA_CMD_FLOW_KILL - do */
static const struct nla_policy tcpka_flow_kill_nl_policy[TCPKA_A_FLOW_ALL + 1] = {
	[TCPKA_A_FLOW_MATCH] = NLA_POLICY_NESTED(tcpka_match_nl_policy),
	[TCPKA_A_FLOW_ALL] = { .type = NLA_FLAG, },
	[TCPKA_A_FLOW_WITH] = NLA_POLICY_MAX(NLA_U8, 4),
};

/* TCPKA_CMD_FLOW_PROBE - do */
static const struct nla_policy tcpka_flow_probe_nl_policy[TCPKA_A_FLOW_ALL + 1] = {
	[TCPKA_A_FLOW_MATCH] = NLA_POLICY_NESTED(tcpka_match_nl_policy),
	[TCPKA_A_FLOW_ALL] = { .type = NLA_FLAG, },
};

/* TCPKA_CMD_STATS_GET - do */
static const struct nla_policy tcpka_stats_get_nl_policy[TCPKA_A_STATS_POLICY + 1] = {
	[TCPKA_A_STATS_POLICY] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* TCPKA_CMD_STATS_RESET - do */
static const struct nla_policy tcpka_stats_reset_nl_policy[TCPKA_A_STATS_POLICY + 1] = {
	[TCPKA_A_STATS_POLICY] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* TCPKA_CMD_CONFIG_SET - do */
static const struct nla_policy tcpka_config_set_nl_policy[TCPKA_A_CONFIG_FIN_QUIET + 1] = {
	[TCPKA_A_CONFIG_MAX_FLOWS] = NLA_POLICY_MIN(NLA_U32, 1),
	[TCPKA_A_CONFIG_PROBE_RATE] = NLA_POLICY_MIN(NLA_U32, 1),
	[TCPKA_A_CONFIG_LINGER] = { .type = NLA_U64, },
	[TCPKA_A_CONFIG_PICKUP] = NLA_POLICY_MAX(NLA_U8, 1),
	[TCPKA_A_CONFIG_FIN_WAIT] = { .type = NLA_U64, },
	[TCPKA_A_CONFIG_FIN_QUIET] = { .type = NLA_U64, },
};

/* Ops table for tcpka */
static const struct genl_split_ops tcpka_nl_ops[] = {
	{
		.cmd		= TCPKA_CMD_POLICY_GET,
		.doit		= tcpka_nl_policy_get_doit,
		.policy		= tcpka_policy_get_nl_policy,
		.maxattr	= TCPKA_A_POLICY_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= TCPKA_CMD_POLICY_GET,
		.dumpit	= tcpka_nl_policy_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TCPKA_CMD_POLICY_SET,
		.doit		= tcpka_nl_policy_set_doit,
		.policy		= tcpka_policy_set_nl_policy,
		.maxattr	= TCPKA_A_POLICY_REPLACE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_POLICY_DEL,
		.doit		= tcpka_nl_policy_del_doit,
		.policy		= tcpka_policy_del_nl_policy,
		.maxattr	= TCPKA_A_POLICY_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_POLICY_FLUSH,
		.doit		= tcpka_nl_policy_flush_doit,
		.policy		= tcpka_policy_flush_nl_policy,
		.maxattr	= TCPKA_A_POLICY_ALL,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_POLICY_RESTORE,
		.doit		= tcpka_nl_policy_restore_doit,
		.policy		= tcpka_policy_restore_nl_policy,
		.maxattr	= TCPKA_A_BATCH_POLICY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_POLICY_TEST,
		.doit		= tcpka_nl_policy_test_doit,
		.policy		= tcpka_policy_test_nl_policy,
		.maxattr	= TCPKA_A_POLICY_REPLACE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_FLOW_GET,
		.start		= tcpka_nl_flow_get_start,
		.dumpit		= tcpka_nl_flow_get_dumpit,
		.done		= tcpka_nl_flow_get_done,
		.policy		= tcpka_flow_get_nl_policy,
		.maxattr	= TCPKA_A_FLOW_MATCH,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TCPKA_CMD_FLOW_KILL,
		.doit		= tcpka_nl_flow_kill_doit,
		.policy		= tcpka_flow_kill_nl_policy,
		.maxattr	= TCPKA_A_FLOW_ALL,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_FLOW_PROBE,
		.doit		= tcpka_nl_flow_probe_doit,
		.policy		= tcpka_flow_probe_nl_policy,
		.maxattr	= TCPKA_A_FLOW_ALL,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_STATS_GET,
		.doit		= tcpka_nl_stats_get_doit,
		.policy		= tcpka_stats_get_nl_policy,
		.maxattr	= TCPKA_A_STATS_POLICY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_STATS_RESET,
		.doit		= tcpka_nl_stats_reset_doit,
		.policy		= tcpka_stats_reset_nl_policy,
		.maxattr	= TCPKA_A_STATS_POLICY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= TCPKA_CMD_CONFIG_GET,
		.doit	= tcpka_nl_config_get_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPKA_CMD_CONFIG_SET,
		.doit		= tcpka_nl_config_set_doit,
		.policy		= tcpka_config_set_nl_policy,
		.maxattr	= TCPKA_A_CONFIG_FIN_QUIET,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group tcpka_nl_mcgrps[] = {
	[TCPKA_NLGRP_EVENTS] = { "events", .flags = GENL_MCAST_CAP_NET_ADMIN, },
};

struct genl_family tcpka_nl_family __ro_after_init = {
	.name		= TCPKA_FAMILY_NAME,
	.version	= TCPKA_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	TCPKA_GENL_SPLIT_OPS(tcpka_nl_ops, ARRAY_SIZE(tcpka_nl_ops)),
	.mcgrps		= tcpka_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(tcpka_nl_mcgrps),
};
