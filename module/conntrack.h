/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - all that touches nf_conntrack
 */
#ifndef TCPKA_CONNTRACK_H
#define TCPKA_CONNTRACK_H

#include "tuple.h"
#include "types.h"

struct sk_buff;

void tcpka_conntrack_init(struct tcpka_net *tn);
void tcpka_conntrack_pin(struct tcpka_net *tn);
void tcpka_conntrack_unpin(struct tcpka_net *tn);

bool tcpka_conntrack_foreign(const struct tcpka_flow *flow,
			     const struct sk_buff *skb);
void tcpka_conntrack_learn(struct tcpka_flow *flow, const struct sk_buff *skb,
			   u32 now);
void tcpka_conntrack_follow(struct tcpka_flow *flow, const struct sk_buff *skb,
			    const struct tcpka_packet *pkt);
bool tcpka_conntrack_look(struct tcpka_flow *flow, u32 now);
void tcpka_conntrack_drop(struct tcpka_flow *flow);
void tcpka_conntrack_close(struct tcpka_flow *flow);
void tcpka_conntrack_liberal(struct tcpka_flow *flow);
bool tcpka_conntrack_attach(struct tcpka_flow *flow, struct sk_buff *skb,
			    unsigned int from);

#endif /* TCPKA_CONNTRACK_H */
