/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - netfilter hooks: what passes through this machine
 */
#ifndef TCPKA_HOOK_FORWARD_H
#define TCPKA_HOOK_FORWARD_H

#include "types.h"

int tcpka_hook_forward_register(struct tcpka_net *tn);
void tcpka_hook_forward_unregister(struct tcpka_net *tn);
int tcpka_hook_answer_register(struct tcpka_net *tn);
void tcpka_hook_answer_unregister(struct tcpka_net *tn);

#endif /* TCPKA_HOOK_FORWARD_H */
