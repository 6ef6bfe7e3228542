/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what nearly all segments of established connections are
 */
#ifndef TCPKA_FASTPATH_H
#define TCPKA_FASTPATH_H

#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;

/* the last hooks of FORWARD, of what is in their name; see fastpath_priv.h */
unsigned int tcpka_fastpath_ipv4(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state);
unsigned int tcpka_fastpath_ipv6(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state);

#endif /* TCPKA_FASTPATH_H */
