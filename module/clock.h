/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - the clock of idle times
 *
 * A tick is 2^24 ns, 16.8 ms: fine enough for a bound of 250 ms, and a u32 of
 * them wraps after 834 days, so that a signed difference holds the longest
 * TIME of 365 days.  It needs no division, on 32-bit machines neither.
 *
 * It begins at 0 when the machine does, and moves on with jiffies, as fast as
 * CLOCK_MONOTONIC (tick_do_update_jiffies64()): a load and a multiplication, where
 * ktime_get_coarse() takes some 60 instructions. But jiffies may be lost while the
 * machine starts, or for good without high resolution timers: so a tick is never
 * compared with what another clock says, only with a tick.
 */
#ifndef TCPKA_CLOCK_H
#define TCPKA_CLOCK_H

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/types.h>

#define TCPKA_TICK_SHIFT	24

/**
 * tcpka_now_ns() - the present time, since the machine began
 *
 * Any context.
 *
 * Return: nanoseconds, up to a jiffy late.
 */
static inline u64 tcpka_now_ns(void)
{
	return (get_jiffies_64() - INITIAL_JIFFIES) * TICK_NSEC;
}

/**
 * tcpka_now() - the present tick
 *
 * Any context.
 */
static inline u32 tcpka_now(void)
{
	return (u32)(tcpka_now_ns() >> TCPKA_TICK_SHIFT);
}

/**
 * tcpka_ticks_floor() - milliseconds to ticks, rounded down
 * @ms: at most 365 days and some
 */
static inline u32 tcpka_ticks_floor(u64 ms)
{
	return (u32)((ms * NSEC_PER_MSEC) >> TCPKA_TICK_SHIFT);
}

/**
 * tcpka_ticks() - milliseconds to ticks that are never too few
 * @ms: at most 365 days and some
 *
 * A stamp may have been taken at the end of its tick and be compared at the
 * beginning of another: one tick more than rounding up gives makes it certain
 * that @ms have gone by.
 */
static inline u32 tcpka_ticks(u64 ms)
{
	return (u32)((ms * NSEC_PER_MSEC + (1 << TCPKA_TICK_SHIFT) - 1) >>
		     TCPKA_TICK_SHIFT) + 1;
}

/**
 * tcpka_ticks_to_ms() - ticks to milliseconds, rounded down
 * @ticks: a difference of two ticks
 */
static inline u64 tcpka_ticks_to_ms(u32 ticks)
{
	return div_u64((u64)ticks << TCPKA_TICK_SHIFT, NSEC_PER_MSEC);
}

/**
 * tcpka_before() - whether tick @a is before tick @b
 * @a: a tick
 * @b: a tick less than 417 days away
 */
static inline bool tcpka_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/**
 * tcpka_later() - the later of two ticks
 * @a: a tick
 * @b: a tick less than 417 days away
 */
static inline u32 tcpka_later(u32 a, u32 b)
{
	return tcpka_before(a, b) ? b : a;
}

/*
 * How far back a stamp may lie. More than the longest TIME; and until whoever
 * looks after it comes back, which is within 30 days, less than 417 days.
 */
#define TCPKA_PAST_MS		(380ULL * 86400 * MSEC_PER_SEC)

/**
 * tcpka_past() - a stamp, but not so old that it would be taken for a later one
 * @stamp: a tick
 * @now: the present tick
 *
 * Return: the tick, or the one that was TCPKA_PAST_MS ago.
 */
static inline u32 tcpka_past(u32 stamp, u32 now)
{
	return tcpka_later(stamp, now - tcpka_ticks(TCPKA_PAST_MS));
}

#endif /* TCPKA_CLOCK_H */
