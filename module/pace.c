// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - pacing: a burst of deadlines must not become a burst of segments
 */

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "core.h"
#include "pace.h"

/* Two ticks: the wheel's work comes back after one when it was refused. */
#define TCPKA_PACE_BURST_NS	(2U << 24)

/* A second and what a burst may add to it. */
#define TCPKA_PACE_WINDOW_NS	((u32)NSEC_PER_SEC + TCPKA_PACE_BURST_NS)

/* All namespaces together, bounded by the module parameter. */
static struct tcpka_pace tcpka_pace_sum = {
	.lock = __SPIN_LOCK_UNLOCKED(tcpka_pace_sum.lock),
};

/**
 * tcpka_pace_charge() - ask one bucket whether as many may start now
 * @pace: the bucket
 * @now: ktime in ns
 * @rate: how many a second, at least 1
 * @n: how many, all or none
 *
 * The generic cell rate algorithm (ITU-T I.371). The cost of one is stretched
 * by the burst, so that no second, wherever it begins, sees more than @rate, or
 * more than @n if that is more: @n at once wait until they could have come one
 * after another.
 *
 * Any context but hard interrupt.
 *
 * Return: true if they may, and have been charged.
 */
bool tcpka_pace_charge(struct tcpka_pace *pace, u64 now, u32 rate,
		       unsigned int n)
{
	u64 cost = DIV_ROUND_UP(TCPKA_PACE_WINDOW_NS, rate);
	bool ok;

	spin_lock_bh(&pace->lock);
	ok = pace->tat + cost * (n - 1) <= now;
	if (ok)
		pace->tat = max(pace->tat, now - TCPKA_PACE_BURST_NS) + cost * n;
	spin_unlock_bh(&pace->lock);
	return ok;
}

/**
 * tcpka_pace_init() - prepare a namespace's pacing
 * @pace: to prepare
 */
void tcpka_pace_init(struct tcpka_pace *pace)
{
	spin_lock_init(&pace->lock);
	pace->tat = 0;
}

/**
 * tcpka_pace_take() - ask whether probes or closings may start now
 * @tn: the namespace
 * @n: how many
 *
 * Any context but hard interrupt. One that is refused after the namespace's
 * own share was charged costs that share: at the bound of the whole machine
 * it does not matter.
 *
 * Return: true if they may, and have been charged.
 */
bool tcpka_pace_take(struct tcpka_net *tn, unsigned int n)
{
	/* the coarse clock is up to a jiffy late, and a second then too short */
	u64 now = ktime_get();

	return tcpka_pace_charge(&tn->pace, now,
				 READ_ONCE(tn->config.probe_rate), n) &&
	       tcpka_pace_charge(&tcpka_pace_sum, now, tcpka_cap_rate_sum(), n);
}
