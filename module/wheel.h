/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - timing wheel: one work item for millions of deadlines
 */
#ifndef TCPKA_WHEEL_H
#define TCPKA_WHEEL_H

#include "types.h"

void tcpka_wheel_init(struct tcpka_wheel *wheel,
		      bool (*fire)(struct tcpka_timer *timer));
void tcpka_wheel_stop(struct tcpka_wheel *wheel);
bool tcpka_wheel_file(struct tcpka_wheel *wheel, struct tcpka_timer *timer,
		      u32 due);
bool tcpka_wheel_kill(struct tcpka_wheel *wheel, struct tcpka_timer *timer);

#endif /* TCPKA_WHEEL_H */
