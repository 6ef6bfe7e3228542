/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - MATCH and FILTER: from attributes, to attributes, and picking
 */
#ifndef TCPKA_FILTER_H
#define TCPKA_FILTER_H

#include "types.h"

struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

/**
 * struct tcpka_filter - which connections a user asks for
 * @match: the words that it shares with policies
 * @host: prefix of either side's address, host bits cleared
 * @host_len: its length in bits
 * @set_host: @host counts
 * @set_port: @port counts
 * @set_idle: @idle_gt counts
 * @state: enum tcpka_state, 0 for any
 * @port: first and last port of either side, host byte order
 * @policy: name of the ruling policy, empty for any
 * @idle_gt: no new payload for longer than this, in ms
 */
struct tcpka_filter {
	struct tcpka_match match;
	union nf_inet_addr host;
	u8 host_len;
	u8 set_host:1;
	u8 set_port:1;
	u8 set_idle:1;
	u8 state;
	u16 port[2];
	char policy[TCPKA_NAME_LEN];
	u64 idle_gt;
};

int tcpka_match_parse(struct tcpka_match *match, const struct nlattr *nest,
		      struct netlink_ext_ack *extack);
int tcpka_match_put(struct sk_buff *skb, const struct tcpka_match *match);
int tcpka_filter_parse(struct tcpka_filter *filter, const struct nlattr *nest,
		       struct netlink_ext_ack *extack);
bool tcpka_filter_picks(const struct tcpka_filter *filter,
			const struct tcpka_info *info, struct net *net);

#endif /* TCPKA_FILTER_H */
