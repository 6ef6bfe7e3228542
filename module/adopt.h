/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - takes up the connections that conntrack knows already
 */
#ifndef TCPKA_ADOPT_H
#define TCPKA_ADOPT_H

#include "types.h"

void tcpka_adopt(struct tcpka_net *tn);

#endif /* TCPKA_ADOPT_H */
