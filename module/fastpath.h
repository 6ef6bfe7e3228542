/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what nearly all segments of established connections are
 */
#ifndef TCPKA_FASTPATH_H
#define TCPKA_FASTPATH_H

#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;
struct tcpka_net;

bool tcpka_fastpath_ipv4(struct tcpka_net *tn, struct sk_buff *skb,
			 const struct nf_hook_state *state);
bool tcpka_fastpath_ipv6(struct tcpka_net *tn, struct sk_buff *skb,
			 const struct nf_hook_state *state);

#endif /* TCPKA_FASTPATH_H */
