/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - ICMP errors that segments of ours have caused
 */
#ifndef TCPKA_ICMP_H
#define TCPKA_ICMP_H

#include "types.h"

struct nf_hook_state;
struct sk_buff;

bool tcpka_icmp_ours(struct tcpka_net *tn, const struct sk_buff *skb,
		     const struct nf_hook_state *state);

#endif /* TCPKA_ICMP_H */
