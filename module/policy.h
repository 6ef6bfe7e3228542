/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - policies: a namespace's snapshot of rules, and matching
 */
#ifndef TCPKA_POLICY_H
#define TCPKA_POLICY_H

#include "types.h"

struct netlink_ext_ack;

/* matching; RCU or a reference on the policy, any context */
bool tcpka_match(const struct tcpka_match *match,
		 const struct tcpka_subject *subject, struct net *net);
struct tcpka_policy *tcpka_policy_find(struct tcpka_net *tn,
				       const struct tcpka_subject *subject,
				       u32 *gen);

/* references */
struct tcpka_policy *tcpka_policy_alloc(void);
u64 tcpka_policy_age(const struct tcpka_policy *policy);
bool tcpka_policy_same_timers(const struct tcpka_policy *a,
			      const struct tcpka_policy *b);
int tcpka_policy_cmp(const struct tcpka_policy *a,
		     const struct tcpka_policy *b);
struct tcpka_policy *tcpka_policy_get(struct tcpka_policy *policy);
void tcpka_policy_put(struct tcpka_policy *policy);

/* changes; process context under tn->lock, which they check */
struct tcpka_policy *tcpka_policy_lookup(struct tcpka_net *tn,
					 const char *name);
struct tcpka_rules *tcpka_rules_with(struct tcpka_net *tn,
				     struct tcpka_policy *policy);
struct tcpka_rules *tcpka_rules_without(struct tcpka_net *tn,
					const char *name);
struct tcpka_rules *tcpka_rules_of(struct tcpka_net *tn,
				   struct tcpka_policy **policy,
				   unsigned int n);
void tcpka_rules_publish(struct tcpka_net *tn, struct tcpka_rules *rules);
void tcpka_rules_free(struct tcpka_rules *rules);

#endif /* TCPKA_POLICY_H */
