/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what the handlers of netlink requests share
 *
 *   netlink.c         flows, counters, settings
 *   netlink_parse.c   policies from attributes
 *   netlink_policy.c  changes of policies
 *   netlink_visit.c   goes over all connections of a namespace
 *   netlink_dump.c    lists of policies and of flows
 */
#ifndef TCPKA_NETLINK_H
#define TCPKA_NETLINK_H

#include "types.h"

struct genl_info;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;
struct tcpka_filter;
struct tcpka_visit;

/**
 * enum tcpka_visited - what came of a visit to a connection
 * @TCPKA_VISIT_PASS: it does not count, such as one that is over
 * @TCPKA_VISIT_DONE: it was done
 * @TCPKA_VISIT_REFUSED: it could not be done
 * @TCPKA_VISIT_BUSY: its turn has not come (pacing)
 */
enum tcpka_visited {
	TCPKA_VISIT_PASS,
	TCPKA_VISIT_DONE,
	TCPKA_VISIT_REFUSED,
	TCPKA_VISIT_BUSY,
};

/**
 * struct tcpka_visitor - what is done to connections
 * @flow: called for a routed one, which is under RCU or referenced; may not
 *	sleep
 * @sock: called for a local one, which is referenced; may sleep
 *
 * Both may find that it is over since @info was taken.
 */
struct tcpka_visitor {
	enum tcpka_visited (*flow)(struct tcpka_visit *visit,
				   const struct tcpka_info *info,
				   struct tcpka_flow *flow);
	enum tcpka_visited (*sock)(struct tcpka_visit *visit,
				   const struct tcpka_info *info,
				   struct sock *sk);
};

/**
 * struct tcpka_visit - a round over the connections of a namespace
 * @tn: the namespace
 * @filter: picks the connections
 * @visitor: what is done
 * @data: the visitor's own
 * @removes: the visitor takes flows out of the table: some come twice then,
 *	but are over
 * @matched: how many counted
 * @done: how many of them were TCPKA_VISIT_DONE
 * @refused: how many were TCPKA_VISIT_REFUSED, or never had their turn
 * @patience: jiffies at which no turn is waited for any more
 */
struct tcpka_visit {
	struct tcpka_net *tn;
	const struct tcpka_filter *filter;
	const struct tcpka_visitor *visitor;
	const void *data;
	bool removes;
	u64 matched;
	u64 done;
	u64 refused;
	unsigned long patience;
};

int tcpka_visit_all(struct tcpka_visit *visit);
bool tcpka_visit_info(struct tcpka_flow *flow, struct tcpka_info *info);

struct sk_buff *tcpka_nl_reply(struct genl_info *info, void **hdr);
int tcpka_nl_send(struct genl_info *info, struct sk_buff *skb, void *hdr);

struct tcpka_policy *tcpka_policy_parse(struct nlattr **tb, bool named,
					struct netlink_ext_ack *extack);
struct tcpka_policy *tcpka_policy_named(struct tcpka_net *tn,
					struct genl_info *info);
int tcpka_nl_policy_fill(struct sk_buff *skb,
			 const struct tcpka_policy *policy);

#endif /* TCPKA_NETLINK_H */
