/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - pacing: a burst of deadlines must not become a burst of segments
 */
#ifndef TCPKA_PACE_H
#define TCPKA_PACE_H

#include "types.h"

void tcpka_pace_init(struct tcpka_pace *pace);
bool tcpka_pace_charge(struct tcpka_pace *pace, u64 now, u32 rate,
		       unsigned int n);
bool tcpka_pace_take(struct tcpka_net *tn, unsigned int n);

#endif /* TCPKA_PACE_H */
