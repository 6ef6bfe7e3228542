/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - ends a connection and tells both ends
 */
#ifndef TCPKA_CLOSER_H
#define TCPKA_CLOSER_H

#include "types.h"

bool tcpka_closer_end(struct tcpka_flow *flow, enum tcpka_action action,
		      enum tcpka_event event, enum tcpka_reason reason,
		      enum tcpka_role by, u32 now);

#endif /* TCPKA_CLOSER_H */
