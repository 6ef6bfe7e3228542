/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - life of a routed connection
 */
#ifndef TCPKA_FLOW_H
#define TCPKA_FLOW_H

#include "types.h"

int tcpka_flow_cache_init(void);
void tcpka_flow_cache_exit(void);

struct tcpka_flow *tcpka_flow_alloc(struct tcpka_net *tn,
				    const struct tcpka_tuple *key);
bool tcpka_flow_get(struct tcpka_flow *flow);
void tcpka_flow_put(struct tcpka_flow *flow);
void tcpka_flow_remove(struct tcpka_flow *flow);
void tcpka_flow_set_policy(struct tcpka_flow *flow,
			   struct tcpka_policy *policy, u32 gen, u32 now);
void tcpka_flow_subject(const struct tcpka_flow *flow,
			struct tcpka_subject *subject);
void tcpka_flow_info(const struct tcpka_flow *flow, struct tcpka_info *info);

#endif /* TCPKA_FLOW_H */
