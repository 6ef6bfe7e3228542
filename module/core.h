/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what main offers to the layers below it
 */
#ifndef TCPKA_CORE_H
#define TCPKA_CORE_H

#include "types.h"

struct genl_family;

extern struct genl_family tcpka_nl_family;

struct tcpka_net *tcpka_pernet(struct net *net);

#endif /* TCPKA_CORE_H */
