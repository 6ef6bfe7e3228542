/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what act has for act_user
 */
#ifndef TCPKA_ACT_PRIV_H
#define TCPKA_ACT_PRIV_H

#include "types.h"

struct tcpka_outbox;

void tcpka_act_lock(struct tcpka_flow *flow) __acquires(&flow->lock);
void tcpka_act_unlock(struct tcpka_flow *flow, struct tcpka_outbox *box,
		      struct tcpka_policy *policy) __releases(&flow->lock);
void tcpka_act_tell(struct tcpka_flow *flow, enum tcpka_event event,
		    enum tcpka_reason reason, enum tcpka_role by);
void tcpka_act_gone(struct tcpka_flow *flow);
void tcpka_act_probe(struct tcpka_flow *flow, u8 ends,
		     struct tcpka_outbox *box);
void tcpka_act_end(struct tcpka_flow *flow, enum tcpka_action action,
		   enum tcpka_reason reason, struct tcpka_outbox *box, u32 now);

#endif /* TCPKA_ACT_PRIV_H */
