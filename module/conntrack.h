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
bool tcpka_conntrack_holdable(const struct tcpka_net *tn,
			      const struct nf_conn *ct);

bool tcpka_conntrack_foreign(const struct tcpka_flow *flow,
			     const struct sk_buff *skb);
bool tcpka_conntrack_same(const struct tcpka_flow *flow,
			  const struct sk_buff *skb);
void tcpka_conntrack_learn(struct tcpka_flow *flow, const struct sk_buff *skb,
			   u32 now);
void tcpka_conntrack_follow(struct tcpka_flow *flow, const struct sk_buff *skb,
			    const struct tcpka_packet *pkt, u32 now);
bool tcpka_conntrack_look(struct tcpka_flow *flow, u32 now);
u32 tcpka_conntrack_due(const struct tcpka_flow *flow, u32 due);
void tcpka_conntrack_drop(struct tcpka_flow *flow);
void tcpka_conntrack_forget(struct tcpka_flow *flow);
void tcpka_conntrack_close(struct tcpka_flow *flow);
void tcpka_conntrack_liberal(struct tcpka_flow *flow);
bool tcpka_conntrack_attach(struct tcpka_flow *flow, struct sk_buff *skb,
			    unsigned int from);
void tcpka_conntrack_adopt(struct tcpka_flow *flow, struct nf_conn *ct,
			   u8 orig, u32 now);

/* conntrack_table.c */

struct tcpka_ct_chunk;

/**
 * struct tcpka_ct_bag - entries of conntrack's table, a reference each
 * @tn: the namespace
 * @chunk: where they are
 * @room: how many more may be put in
 */
struct tcpka_ct_bag {
	struct tcpka_net *tn;
	struct tcpka_ct_chunk *chunk;
	u32 room;
};

void tcpka_conntrack_collect(struct tcpka_ct_bag *bag, struct tcpka_net *tn);
struct nf_conn *tcpka_conntrack_next(struct tcpka_ct_bag *bag);
void tcpka_conntrack_put(struct nf_conn *ct);
bool tcpka_conntrack_key(const struct nf_conn *ct, struct tcpka_tuple *key,
			 u8 *orig);
bool tcpka_conntrack_tell(struct nf_conn *ct, u8 orig,
			  struct tcpka_flow *flow);
int tcpka_conntrack_masq(const struct nf_conn *ct);

#endif /* TCPKA_CONNTRACK_H */
