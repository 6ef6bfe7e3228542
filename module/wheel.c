// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - timing wheel: one work item for millions of deadlines
 *
 * A timer is filed by the distance to its deadline into one of four levels.
 * When the wheel reaches a slot of level 0, what is in it is due; when it
 * reaches one of a higher level, what is in it is filed anew, lower, a few at a
 * time: a new policy may give a million connections their deadlines at once.
 * The work sleeps until the next slot that is not empty, so an idle machine
 * with long deadlines is not woken.
 *
 * The datapath does not come here for segments of a known connection: it
 * stamps, and a timer that fires too early by its stamps is filed again.
 */

#include <linux/bitmap.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "clock.h"
#include "core.h"
#include "wheel.h"

#define TCPKA_WHEEL_MASK	(TCPKA_WHEEL_SLOTS - 1)

/* Timers handled, or filed anew, in one go before others may run. */
#define TCPKA_WHEEL_BATCH	16

static void tcpka_wheel_place(struct tcpka_wheel *wheel,
			      struct tcpka_timer *timer)
	__must_hold(&wheel->lock)
{
	u32 delta = timer->due - wheel->now;
	unsigned int level = 0;
	unsigned int idx;

	while (level < TCPKA_WHEEL_LEVELS - 1 &&
	       delta >> (TCPKA_WHEEL_BITS * (level + 1)))
		level++;
	idx = (timer->due >> (TCPKA_WHEEL_BITS * level)) & TCPKA_WHEEL_MASK;
	hlist_add_head(&timer->node, &wheel->slot[level][idx]);
	__set_bit(idx, wheel->used[level]);
}

/* How many steps of @level until a slot that is not empty, 0 if all are. */
static unsigned int tcpka_wheel_distance(const struct tcpka_wheel *wheel,
					 unsigned int level)
{
	unsigned int here, idx;

	here = (wheel->now >> (TCPKA_WHEEL_BITS * level)) & TCPKA_WHEEL_MASK;
	idx = find_next_bit(wheel->used[level], TCPKA_WHEEL_SLOTS, here + 1);
	if (idx < TCPKA_WHEEL_SLOTS)
		return idx - here;
	idx = find_first_bit(wheel->used[level], TCPKA_WHEEL_SLOTS);
	if (idx < TCPKA_WHEEL_SLOTS)
		return idx + TCPKA_WHEEL_SLOTS - here;
	return 0;
}

/* Ticks from wheel->now to the next slot that is not empty, 0 if all are. */
static u32 tcpka_wheel_next(const struct tcpka_wheel *wheel)
	__must_hold(&wheel->lock)
{
	unsigned int level, shift, steps;
	u32 best = 0;
	u32 delta;

	for (level = 0; level < TCPKA_WHEEL_LEVELS; level++) {
		steps = tcpka_wheel_distance(wheel, level);
		if (!steps)
			continue;
		shift = TCPKA_WHEEL_BITS * level;
		delta = (((wheel->now >> shift) + steps) << shift) -
			wheel->now;
		if (!best || delta < best)
			best = delta;
	}
	return best;
}

static void tcpka_wheel_spill(struct tcpka_wheel *wheel, unsigned int level)
	__must_hold(&wheel->lock)
{
	unsigned int idx;

	idx = (wheel->now >> (TCPKA_WHEEL_BITS * level)) & TCPKA_WHEEL_MASK;
	hlist_move_list(&wheel->slot[level][idx], &wheel->spill[level - 1]);
	__clear_bit(idx, wheel->used[level]);
}

/*
 * Files some of what was spilled anew. The wheel does not turn meanwhile, so
 * nothing of it is late.
 *
 * Return: false if there was nothing.
 */
static bool tcpka_wheel_sift(struct tcpka_wheel *wheel)
	__must_hold(&wheel->lock)
{
	struct tcpka_timer *timer;
	unsigned int level = 0;
	unsigned int n = 0;

	lockdep_assert_held(&wheel->lock);
	while (n < TCPKA_WHEEL_BATCH && level < ARRAY_SIZE(wheel->spill)) {
		if (hlist_empty(&wheel->spill[level])) {
			level++;
			continue;
		}
		timer = hlist_entry(wheel->spill[level].first,
				    struct tcpka_timer, node);
		hlist_del_init(&timer->node);
		if (tcpka_before(wheel->now, timer->due))
			tcpka_wheel_place(wheel, timer);
		else
			hlist_add_head(&timer->node, &wheel->pending);
		n++;
	}
	return n;
}

/* Moves wheel->now on to @now, where the next used slot is. */
static void tcpka_wheel_turn(struct tcpka_wheel *wheel, u32 now)
	__must_hold(&wheel->lock)
{
	unsigned int level;
	unsigned int idx;

	wheel->now = now;
	for (level = 1; level < TCPKA_WHEEL_LEVELS; level++) {
		if (now & ((1U << (TCPKA_WHEEL_BITS * level)) - 1))
			break;
		tcpka_wheel_spill(wheel, level);
	}
	idx = now & TCPKA_WHEEL_MASK;
	hlist_move_list(&wheel->slot[0][idx], &wheel->pending);
	__clear_bit(idx, wheel->used[0]);
}

/*
 * Takes the next timer that is due out of the wheel, or returns NULL. Lets go
 * of the lock where the wheel comes to a full slot of a higher level.
 */
static struct tcpka_timer *tcpka_wheel_pop(struct tcpka_wheel *wheel)
	__must_hold(&wheel->lock)
{
	struct tcpka_timer *timer;
	u32 now = tcpka_now();
	u32 delta;

	lockdep_assert_held(&wheel->lock);
	for (;;) {
		while (tcpka_wheel_sift(wheel)) {
			spin_unlock_bh(&wheel->lock);
			cond_resched();
			spin_lock_bh(&wheel->lock);
		}
		if (!hlist_empty(&wheel->pending))
			break;
		delta = tcpka_wheel_next(wheel);
		if (!delta || tcpka_before(now, wheel->now + delta)) {
			wheel->now = tcpka_later(wheel->now, now);
			return NULL;
		}
		tcpka_wheel_turn(wheel, wheel->now + delta);
	}
	timer = hlist_entry(wheel->pending.first, struct tcpka_timer, node);
	hlist_del_init(&timer->node);
	timer->filed = false;
	return timer;
}

/*
 * How long until tick @due. The clock lags by up to a jiffy: woken by
 * that much later, the work finds that the tick has come.
 */
static u64 tcpka_wheel_delay(u32 due)
{
	u64 now = tcpka_now_ns();
	u32 ticks = due - (u32)(now >> TCPKA_TICK_SHIFT);

	if ((s32)ticks <= 0)
		return 0;
	return ((u64)ticks << TCPKA_TICK_SHIFT) -
	       (now & ((1 << TCPKA_TICK_SHIFT) - 1)) + TICK_NSEC;
}

static void tcpka_wheel_arm(struct tcpka_wheel *wheel, u32 due)
	__must_hold(&wheel->lock)
{
	if (wheel->stopped)
		return;
	wheel->armed = true;
	wheel->wake = due;
	hrtimer_start(&wheel->timer, ns_to_ktime(tcpka_wheel_delay(due)),
		      HRTIMER_MODE_REL);
}

static enum hrtimer_restart tcpka_wheel_wake(struct hrtimer *timer)
{
	struct tcpka_wheel *wheel = container_of(timer, struct tcpka_wheel,
						 timer);

	queue_work(tcpka_wq, &wheel->work);
	return HRTIMER_NORESTART;
}

static void tcpka_wheel_work(struct work_struct *work)
{
	struct tcpka_wheel *wheel = container_of(work, struct tcpka_wheel,
						 work);
	struct tcpka_timer *timer;
	unsigned int n = 0;
	bool go_on = true;
	u32 delta;

	spin_lock_bh(&wheel->lock);
	/* what is filed from now on will be seen below: no need to arm */
	wheel->armed = true;
	wheel->wake = wheel->now;
	while (go_on && !wheel->stopped) {
		timer = tcpka_wheel_pop(wheel);
		if (!timer)
			break;
		spin_unlock_bh(&wheel->lock);
		go_on = wheel->fire(timer);
		if (++n % TCPKA_WHEEL_BATCH == 0)
			cond_resched();
		spin_lock_bh(&wheel->lock);
	}
	wheel->armed = false;
	if (!go_on) {
		tcpka_wheel_arm(wheel, tcpka_now() + 1);
	} else {
		delta = tcpka_wheel_next(wheel);
		if (delta)
			tcpka_wheel_arm(wheel, wheel->now + delta);
	}
	spin_unlock_bh(&wheel->lock);
}

/**
 * tcpka_wheel_init() - prepare a wheel
 * @wheel: the wheel, any memory
 * @fire: see struct tcpka_wheel; runs in process context
 */
void tcpka_wheel_init(struct tcpka_wheel *wheel,
		      bool (*fire)(struct tcpka_timer *timer))
{
	memset(wheel, 0, sizeof(*wheel));
	spin_lock_init(&wheel->lock);
	wheel->now = tcpka_now();
	hrtimer_setup(&wheel->timer, tcpka_wheel_wake, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	INIT_WORK(&wheel->work, tcpka_wheel_work);
	wheel->fire = fire;
}

/**
 * tcpka_wheel_stop() - let a wheel turn no more
 * @wheel: the wheel
 *
 * On return no timer is being handled, and none will be. What is filed stays
 * so: its owners take it out with tcpka_wheel_kill(). Sleeps.
 */
void tcpka_wheel_stop(struct tcpka_wheel *wheel)
{
	spin_lock_bh(&wheel->lock);
	wheel->stopped = true;
	spin_unlock_bh(&wheel->lock);
	/* ORDER: the timer queues the work, which would not set it again */
	hrtimer_cancel(&wheel->timer);
	cancel_work_sync(&wheel->work);
}

/**
 * tcpka_wheel_file() - file a timer, or move it
 * @wheel: the wheel
 * @timer: the timer, zeroed when it was new
 * @due: tick at which it is to be handled; one gone by already is the next
 *
 * Any context but hard interrupt. The caller takes a reference for the wheel
 * before, and puts it if the wheel did not need it.
 *
 * Return: true if the wheel now holds the reference; false if it had one
 * already, or if the timer is dead or the wheel stopped.
 */
bool tcpka_wheel_file(struct tcpka_wheel *wheel, struct tcpka_timer *timer,
		      u32 due)
{
	bool took = false;

	spin_lock_bh(&wheel->lock);
	if (timer->dead || wheel->stopped)
		goto out;
	if (timer->filed)
		hlist_del_init(&timer->node);
	else
		took = true;
	timer->filed = true;
	/* not armed, it is empty, and has stood still */
	if (!wheel->armed)
		wheel->now = tcpka_now();
	timer->due = tcpka_before(wheel->now, due) ? due : wheel->now + 1;
	tcpka_wheel_place(wheel, timer);
	if (!wheel->armed || tcpka_before(timer->due, wheel->wake))
		tcpka_wheel_arm(wheel, timer->due);
out:
	spin_unlock_bh(&wheel->lock);
	return took;
}

/**
 * tcpka_wheel_kill() - take a timer out of a wheel for good
 * @wheel: the wheel
 * @timer: the timer
 *
 * Any context but hard interrupt. It cannot be filed again; a fire() of it
 * that runs already is not waited for.
 *
 * Return: true if it was filed: the wheel's reference passes to the caller.
 */
bool tcpka_wheel_kill(struct tcpka_wheel *wheel, struct tcpka_timer *timer)
{
	bool was;

	spin_lock_bh(&wheel->lock);
	was = timer->filed;
	if (was)
		hlist_del_init(&timer->node);
	timer->filed = false;
	timer->dead = true;
	spin_unlock_bh(&wheel->lock);
	return was;
}
