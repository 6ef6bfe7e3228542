/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what main offers to the layers below it
 */
#ifndef TCPKA_CORE_H
#define TCPKA_CORE_H

#include "types.h"

struct genl_family;
struct netlink_ext_ack;

extern struct genl_family tcpka_nl_family;

/* unbound; all work of the module runs here */
extern struct workqueue_struct *tcpka_wq;

struct tcpka_net *tcpka_pernet(struct net *net);
int tcpka_net_set_rules(struct tcpka_net *tn, struct tcpka_rules *rules,
			struct netlink_ext_ack *extack);
bool tcpka_net_speaks(struct tcpka_net *tn);

/* forward connections, for netlink; process context */
int tcpka_flows_kill(struct tcpka_flow *flow, enum tcpka_action with);
int tcpka_flows_probe(struct tcpka_flow *flow);

/* module parameters: what a namespace, and all of them, may use at most */
u32 tcpka_cap_flows(void);
u32 tcpka_cap_flows_sum(void);
u32 tcpka_cap_rate(void);
u32 tcpka_cap_rate_sum(void);

#endif /* TCPKA_CORE_H */
