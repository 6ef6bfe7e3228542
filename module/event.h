/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - connections as attributes, and notifications to the group events
 */
#ifndef TCPKA_EVENT_H
#define TCPKA_EVENT_H

#include "types.h"

struct sk_buff;

int tcpka_put_u64(struct sk_buff *skb, int type, u64 value);
int tcpka_put_addr(struct sk_buff *skb, int type, u8 family,
		   const union nf_inet_addr *addr);
int tcpka_info_put(struct sk_buff *skb, const struct tcpka_info *info);
void tcpka_event_mute(void);
bool tcpka_event_wanted(const struct tcpka_net *tn);
void tcpka_event_flow(struct tcpka_net *tn, const struct tcpka_info *info,
		      enum tcpka_event event, enum tcpka_reason reason,
		      enum tcpka_role by);
void tcpka_event_policy(struct tcpka_net *tn, const char *name,
			enum tcpka_reason reason);

#endif /* TCPKA_EVENT_H */
