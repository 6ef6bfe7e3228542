// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - counters, one set per namespace and per policy name, per CPU
 */

#include <linux/percpu.h>
#include <linux/slab.h>

#include "stats.h"

/**
 * tcpka_stats_alloc() - make a set of counters
 *
 * Process context.
 *
 * Return: the set, all 0, with one reference; or NULL.
 */
struct tcpka_stats *tcpka_stats_alloc(void)
{
	struct tcpka_stats *stats = kzalloc(sizeof(*stats),
					    GFP_KERNEL_ACCOUNT);
	int cpu;

	if (!stats)
		return NULL;
	stats->pcpu = alloc_percpu_gfp(struct tcpka_pcpu_stats,
				       GFP_KERNEL_ACCOUNT);
	if (!stats->pcpu) {
		kfree(stats);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(stats->pcpu, cpu)->syncp);
	refcount_set(&stats->ref, 1);
	return stats;
}

/**
 * tcpka_stats_get() - take a reference
 * @stats: the set, to which the caller has a reference
 *
 * Return: @stats.
 */
struct tcpka_stats *tcpka_stats_get(struct tcpka_stats *stats)
{
	refcount_inc(&stats->ref);
	return stats;
}

/**
 * tcpka_stats_put() - give a reference back
 * @stats: the set, or NULL
 *
 * Any context but hard interrupt. The last one frees it at once: whoever
 * counts under RCU alone must be done.
 */
void tcpka_stats_put(struct tcpka_stats *stats)
{
	if (!stats || !refcount_dec_and_test(&stats->ref))
		return;
	free_percpu(stats->pcpu);
	kfree(stats);
}

/**
 * tcpka_stats_expired() - the counter of an expiry
 * @reason: enum tcpka_reason
 *
 * Return: which.
 */
enum tcpka_stat tcpka_stats_expired(u8 reason)
{
	switch (reason) {
	case TCPKA_REASON_MAX_AGE:
		return TCPKA_STAT_EXPIRED_MAX_AGE;
	case TCPKA_REASON_HALF_OPEN:
		return TCPKA_STAT_EXPIRED_HALF_OPEN;
	case TCPKA_REASON_HALF_CLOSED:
		return TCPKA_STAT_EXPIRED_HALF_CLOSED;
	default:
		return TCPKA_STAT_EXPIRED_IDLE;
	}
}

/**
 * tcpka_stats_inc() - count
 * @stats: the set
 * @which: what
 *
 * Any context but hard interrupt. A softirq may come between on the same CPU:
 * where a counter is two words, interrupts are off meanwhile.
 */
void tcpka_stats_inc(struct tcpka_stats *stats, enum tcpka_stat which)
{
	struct tcpka_pcpu_stats *pcpu = get_cpu_ptr(stats->pcpu);
	unsigned long flags;

	flags = u64_stats_update_begin_irqsave(&pcpu->syncp);
	u64_stats_inc(&pcpu->cnt[which]);
	u64_stats_update_end_irqrestore(&pcpu->syncp, flags);
	put_cpu_ptr(stats->pcpu);
}

static u64 tcpka_stats_read_one(const struct tcpka_pcpu_stats *pcpu,
				enum tcpka_stat which)
{
	unsigned int start;
	u64 value;

	do {
		start = u64_stats_fetch_begin(&pcpu->syncp);
		value = u64_stats_read(&pcpu->cnt[which]);
	} while (u64_stats_fetch_retry(&pcpu->syncp, start));
	return value;
}

static void tcpka_stats_sum(const struct tcpka_stats *stats, u64 *sum)
{
	const struct tcpka_pcpu_stats *pcpu;
	unsigned int which;
	int cpu;

	memset(sum, 0, TCPKA_STAT_MAX * sizeof(*sum));
	for_each_possible_cpu(cpu) {
		pcpu = per_cpu_ptr(stats->pcpu, cpu);
		for (which = 0; which < TCPKA_STAT_MAX; which++)
			sum[which] += tcpka_stats_read_one(pcpu, which);
	}
}

/**
 * tcpka_stats_read() - what was counted since the last reset
 * @stats: the set; the lock of its namespace is held
 * @sum: TCPKA_STAT_MAX values to fill
 */
void tcpka_stats_read(const struct tcpka_stats *stats, u64 *sum)
{
	unsigned int which;

	tcpka_stats_sum(stats, sum);
	for (which = 0; which < TCPKA_STAT_MAX; which++)
		sum[which] -= stats->base[which];
}

/**
 * tcpka_stats_reset() - let all counters begin at 0
 * @stats: the set; the lock of its namespace is held
 *
 * Nothing that is counted meanwhile gets lost: the counters themselves run on.
 */
void tcpka_stats_reset(struct tcpka_stats *stats)
{
	tcpka_stats_sum(stats, stats->base);
}
