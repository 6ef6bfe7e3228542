/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	uapi/tcpka.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: uapi/generate */

#ifndef _LINUX_TCPKA_GEN_H
#define _LINUX_TCPKA_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <linux/tcpka.h>

/* Common nested types */
extern const struct nla_policy tcpka_match_nl_policy[TCPKA_A_MATCH_IDLE_GT + 1];
extern const struct nla_policy tcpka_rule_nl_policy[TCPKA_A_POLICY_OVERRIDE + 1];

int tcpka_nl_flow_get_start(struct netlink_callback *cb);
int tcpka_nl_flow_get_done(struct netlink_callback *cb);

int tcpka_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_policy_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int tcpka_nl_policy_set_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_policy_restore_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_policy_test_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int tcpka_nl_flow_kill_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_flow_probe_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpka_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	TCPKA_NLGRP_EVENTS,
};

extern struct genl_family tcpka_nl_family;

#endif /* _LINUX_TCPKA_GEN_H */
