/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - carries out what fsm decided
 */
#ifndef TCPKA_ACT_H
#define TCPKA_ACT_H

#include "types.h"

bool tcpka_act_fire(struct tcpka_timer *timer);
void tcpka_act_over(struct tcpka_flow *flow, enum tcpka_reason reason,
		    unsigned int by);
void tcpka_act_closed(struct tcpka_flow *flow, enum tcpka_reason reason,
		      unsigned int by);
void tcpka_act_reset(struct tcpka_flow *flow, unsigned int by);
void tcpka_act_rematch(struct tcpka_flow *flow);

#endif /* TCPKA_ACT_H */
