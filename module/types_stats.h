/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - counters; included by types.h
 */
#ifndef TCPKA_TYPES_STATS_H
#define TCPKA_TYPES_STATS_H

#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>

/**
 * enum tcpka_stat - counters, in the order of the stats attributes
 *
 * TCPKA_STAT_X is reported as TCPKA_A_STATS_X; the number of flows is no
 * counter and is kept apart.
 */
enum tcpka_stat {
	TCPKA_STAT_FLOWS_CREATED,
	TCPKA_STAT_FLOWS_CLOSED,
	TCPKA_STAT_FLOWS_EVICTED,
	TCPKA_STAT_FLOWS_REFUSED,
	TCPKA_STAT_PROBES_SENT,
	TCPKA_STAT_PROBES_ANSWERED,
	TCPKA_STAT_PEERS_DEAD,
	TCPKA_STAT_EXPIRED_IDLE,
	TCPKA_STAT_EXPIRED_MAX_AGE,
	TCPKA_STAT_EXPIRED_HALF_OPEN,
	TCPKA_STAT_EXPIRED_HALF_CLOSED,
	TCPKA_STAT_EXPIRED_TIME_WAIT,
	TCPKA_STAT_RST_SENT,
	TCPKA_STAT_FIN_SENT,
	TCPKA_STAT_FIN_COMPLETED,
	TCPKA_STAT_FIN_FELL_BACK,
	TCPKA_STAT_BOTH_SILENT,
	TCPKA_STAT_RELEARNED,
	TCPKA_STAT_UNFORGEABLE,
	TCPKA_STAT_KILLED,
	TCPKA_STAT_REPLIES_ABSORBED,
	TCPKA_STAT_SEGMENTS_INVALID,
	TCPKA_STAT_SEND_ERRORS,
	TCPKA_STAT_TIME_WAIT_KEPT,
	TCPKA_STAT_MAX
};

/**
 * struct tcpka_pcpu_stats - one CPU's counters
 * @cnt: the counters
 * @syncp: makes 64-bit reads whole on 32-bit machines
 */
struct tcpka_pcpu_stats {
	u64_stats_t cnt[TCPKA_STAT_MAX];
	struct u64_stats_sync syncp;
};

/**
 * struct tcpka_stats - a set of counters, of a namespace or of a policy
 * @pcpu: one block a CPU
 * @base: values at the last reset, subtracted on reading; tcpka_net.lock
 * @ref: the policies of one name that share the set, old and new
 */
struct tcpka_stats {
	struct tcpka_pcpu_stats __percpu *pcpu;
	u64 base[TCPKA_STAT_MAX];
	refcount_t ref;
};

#endif /* TCPKA_TYPES_STATS_H */
