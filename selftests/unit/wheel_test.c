// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wheel with a clock, and a work queue, of its own: the clock is put to
 * the moment for which the wheel has armed its work, and the work is called.
 */
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../../module/clock.h"
#include "../../module/core.h"
#include "unit.h"

static u64 tcpka_unit_ns;
static u64 tcpka_unit_delay;
static bool tcpka_unit_armed;

static u32 tcpka_unit_now(void)
{
	return (u32)(tcpka_unit_ns >> TCPKA_TICK_SHIFT);
}

static void tcpka_unit_arm(ktime_t delay)
{
	tcpka_unit_armed = true;
	tcpka_unit_delay = ktime_to_ns(delay);
}

#define tcpka_now()			tcpka_unit_now()
#define tcpka_now_ns()			tcpka_unit_ns
#define hrtimer_start(timer, delay, mode)				\
	((void)(timer), (void)(mode), tcpka_unit_arm(delay))
#define tcpka_wq			system_unbound_wq

static void tcpka_unit_rest(void);

#undef cond_resched
#define cond_resched()			tcpka_unit_rest()
#include "../../module/wheel.c"

#define TCPKA_UNIT_TIMERS	2000

static struct tcpka_unit_timer {
	struct tcpka_timer timer;
	u32 due;
	u32 fired;
	unsigned int times;
} *tcpka_unit_timers;

static unsigned int tcpka_unit_fired;
static unsigned int tcpka_unit_tokens;

static bool tcpka_unit_fire(struct tcpka_timer *timer)
{
	struct tcpka_unit_timer *t = container_of(timer,
						  struct tcpka_unit_timer,
						  timer);

	t->fired = tcpka_unit_now();
	t->times++;
	tcpka_unit_fired++;
	return true;
}

/* The wheel that is watched: how often it let go of its lock before it fired */
static struct tcpka_wheel *tcpka_unit_watched;
static unsigned int tcpka_unit_rests;

/* Meanwhile one timer is moved, and another one is taken out. */
static void tcpka_unit_rest(void)
{
	if (!tcpka_unit_watched || tcpka_unit_fired)
		return;
	if (tcpka_unit_rests++)
		return;
	tcpka_wheel_kill(tcpka_unit_watched, &tcpka_unit_timers[0].timer);
	tcpka_wheel_file(tcpka_unit_watched, &tcpka_unit_timers[1].timer,
			 tcpka_unit_timers[1].due + 300);
	tcpka_wheel_kill(tcpka_unit_watched,
			 &tcpka_unit_timers[TCPKA_UNIT_TIMERS - 1].timer);
}

static struct tcpka_wheel *tcpka_unit_wheel(struct tcpka_unit *unit,
					    u32 start)
{
	struct tcpka_wheel *wheel = kzalloc(sizeof(*wheel), GFP_KERNEL);

	tcpka_unit_timers = kcalloc(TCPKA_UNIT_TIMERS,
				    sizeof(*tcpka_unit_timers), GFP_KERNEL);
	TCPKA_EXPECT(unit, wheel && tcpka_unit_timers);
	if (!wheel || !tcpka_unit_timers)
		return NULL;
	tcpka_unit_ns = (u64)start << TCPKA_TICK_SHIFT;
	tcpka_unit_fired = 0;
	tcpka_unit_armed = false;
	tcpka_wheel_init(wheel, tcpka_unit_fire);
	return wheel;
}

static void tcpka_unit_wheel_free(struct tcpka_wheel *wheel)
{
	kfree(wheel);
	kfree(tcpka_unit_timers);
}

/* Lets time go by until the work runs; returns false if it never would. */
static bool tcpka_unit_turn(struct tcpka_wheel *wheel)
{
	if (!tcpka_unit_armed)
		return false;
	tcpka_unit_armed = false;
	tcpka_unit_ns += tcpka_unit_delay;
	tcpka_wheel_work(&wheel->work);
	return true;
}

static void tcpka_unit_wheel_run(struct tcpka_unit *unit, u32 start, u32 span)
{
	struct tcpka_wheel *wheel = tcpka_unit_wheel(unit, start);
	unsigned int i;

	if (!wheel)
		return;
	for (i = 0; i < TCPKA_UNIT_TIMERS; i++) {
		struct tcpka_unit_timer *t = &tcpka_unit_timers[i];

		/* as many near as far: spans from 1 to @span, by halves */
		t->due = start + 1 +
			 get_random_u32() % (max(span >> (i % 26), 1U));
		TCPKA_EXPECT(unit, tcpka_wheel_file(wheel, &t->timer, t->due));
	}
	while (tcpka_unit_turn(wheel))
		;
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fired, TCPKA_UNIT_TIMERS);
	for (i = 0; i < TCPKA_UNIT_TIMERS; i++) {
		struct tcpka_unit_timer *t = &tcpka_unit_timers[i];

		TCPKA_EXPECT_EQ(unit, t->times, 1);
		TCPKA_EXPECT(unit, !tcpka_before(t->fired, t->due));
		/* a jiffy, rounded up, is less than a tick and a half */
		TCPKA_EXPECT(unit, t->fired - t->due <= 1);
	}
	tcpka_unit_wheel_free(wheel);
}

void tcpka_unit_wheel_exact(struct tcpka_unit *unit)
{
	tcpka_unit_wheel_run(unit, 12345, 1000);
	tcpka_unit_wheel_run(unit, 255, tcpka_ticks(86400000ULL));
	tcpka_unit_wheel_run(unit, 0xffff, tcpka_ticks(365 * 86400000ULL));
}

void tcpka_unit_wheel_wrap(struct tcpka_unit *unit)
{
	tcpka_unit_wheel_run(unit, U32_MAX - 300, 600);
	tcpka_unit_wheel_run(unit, U32_MAX - 70000,
			     tcpka_ticks(365 * 86400000ULL));
	tcpka_unit_wheel_run(unit, 0x7ffffff0,
			     tcpka_ticks(365 * 86400000ULL));
}

void tcpka_unit_wheel_move_and_kill(struct tcpka_unit *unit)
{
	struct tcpka_wheel *wheel = tcpka_unit_wheel(unit, 1000);
	struct tcpka_unit_timer *t = tcpka_unit_timers;

	if (!wheel)
		return;
	TCPKA_EXPECT(unit, tcpka_wheel_file(wheel, &t[0].timer, 500000));
	TCPKA_EXPECT(unit, !tcpka_wheel_file(wheel, &t[0].timer, 1100));
	TCPKA_EXPECT(unit, tcpka_wheel_file(wheel, &t[1].timer, 1050));
	TCPKA_EXPECT(unit, tcpka_wheel_kill(wheel, &t[1].timer));
	TCPKA_EXPECT(unit, !tcpka_wheel_kill(wheel, &t[1].timer));
	TCPKA_EXPECT(unit, !tcpka_wheel_file(wheel, &t[1].timer, 1060));
	/* gone by already: at the next tick */
	TCPKA_EXPECT(unit, tcpka_wheel_file(wheel, &t[2].timer, 900));
	while (tcpka_unit_turn(wheel))
		;
	TCPKA_EXPECT_EQ(unit, t[0].times, 1);
	TCPKA_EXPECT(unit, t[0].fired >= 1100 && t[0].fired <= 1101);
	TCPKA_EXPECT_EQ(unit, t[1].times, 0);
	TCPKA_EXPECT(unit, t[2].fired <= 1002);
	tcpka_unit_wheel_free(wheel);
}

static struct tcpka_wheel *tcpka_unit_paced;

static bool tcpka_unit_fire_paced(struct tcpka_timer *timer)
{
	if (tcpka_unit_tokens) {
		tcpka_unit_tokens--;
		return tcpka_unit_fire(timer);
	}
	tcpka_wheel_file(tcpka_unit_paced, timer, tcpka_unit_now() + 1);
	return false;
}

/* Pacing holds back, loses nothing, and touches only one more a tick. */
void tcpka_unit_wheel_pace(struct tcpka_unit *unit)
{
	struct tcpka_wheel *wheel = tcpka_unit_wheel(unit, 77);
	unsigned int i, turns = 0;

	if (!wheel)
		return;
	wheel->fire = tcpka_unit_fire_paced;
	tcpka_unit_paced = wheel;
	tcpka_unit_tokens = 0;
	for (i = 0; i < 100; i++)
		tcpka_wheel_file(wheel, &tcpka_unit_timers[i].timer, 100);
	do {
		tcpka_unit_tokens = 10;
		turns++;
	} while (turns < 50 && tcpka_unit_turn(wheel));
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fired, 100);
	TCPKA_EXPECT(unit, turns >= 10 && turns <= 13);
	tcpka_unit_wheel_free(wheel);
}

/* One deadline in two hours: the work wakes for it, and hardly before. */
void tcpka_unit_wheel_sleeps(struct tcpka_unit *unit)
{
	struct tcpka_wheel *wheel = tcpka_unit_wheel(unit, 5);
	u32 due = 5 + tcpka_ticks(7200000);
	unsigned int turns = 0;

	if (!wheel)
		return;
	tcpka_wheel_file(wheel, &tcpka_unit_timers[0].timer, due);
	while (tcpka_unit_turn(wheel))
		turns++;
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fired, 1);
	TCPKA_EXPECT(unit, turns <= 5);
	tcpka_unit_wheel_free(wheel);
}

/* As many deadlines in one slot of a higher level hold nobody up. */
void tcpka_unit_wheel_spill(struct tcpka_unit *unit)
{
	struct tcpka_wheel *wheel = tcpka_unit_wheel(unit, 1000);
	unsigned int i;

	if (!wheel)
		return;
	for (i = 0; i < TCPKA_UNIT_TIMERS; i++) {
		struct tcpka_unit_timer *t = &tcpka_unit_timers[i];

		/* the first tick of the slot, too */
		t->due = 0x20000 + i % 256;
		tcpka_wheel_file(wheel, &t->timer, t->due);
	}
	tcpka_unit_rests = 0;
	tcpka_unit_watched = wheel;
	while (tcpka_unit_turn(wheel))
		;
	tcpka_unit_watched = NULL;
	TCPKA_EXPECT(unit, tcpka_unit_rests >= TCPKA_UNIT_TIMERS /
					       TCPKA_WHEEL_BATCH);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fired, TCPKA_UNIT_TIMERS - 2);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_timers[0].times, 0);
	tcpka_unit_timers[1].due += 300;
	for (i = 1; i < TCPKA_UNIT_TIMERS - 1; i++) {
		struct tcpka_unit_timer *t = &tcpka_unit_timers[i];

		TCPKA_EXPECT_EQ(unit, t->times, 1);
		TCPKA_EXPECT(unit, !tcpka_before(t->fired, t->due));
		TCPKA_EXPECT(unit, t->fired - t->due <= 1);
	}
	tcpka_unit_wheel_free(wheel);
}
