/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - counters, one set per namespace and per policy name, per CPU
 */
#ifndef TCPKA_STATS_H
#define TCPKA_STATS_H

#include "types.h"

struct tcpka_stats *tcpka_stats_alloc(void);
struct tcpka_stats *tcpka_stats_get(struct tcpka_stats *stats);
void tcpka_stats_put(struct tcpka_stats *stats);
enum tcpka_stat tcpka_stats_expired(u8 reason);
void tcpka_stats_inc(struct tcpka_stats *stats, enum tcpka_stat which);
void tcpka_stats_read(const struct tcpka_stats *stats, u64 *sum);
void tcpka_stats_reset(struct tcpka_stats *stats);

/**
 * tcpka_count() - count something for a namespace and for a policy
 * @tn: the namespace
 * @policy: the policy, or NULL; one that is not a user's has no counters
 * @which: what
 *
 * Any context but hard interrupt.
 */
static inline void tcpka_count(struct tcpka_net *tn,
			       const struct tcpka_policy *policy,
			       enum tcpka_stat which)
{
	tcpka_stats_inc(tn->stats, which);
	if (policy && policy->stats)
		tcpka_stats_inc(policy->stats, which);
}

#endif /* TCPKA_STATS_H */
