// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of pacing: the bound holds in every second, and costs no more
 * than it must.
 */

#include <linux/bits.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include "../../module/core.h"
#include "unit.h"

#define tcpka_cap_rate_sum()		10000U
#include "../../module/pace.c"

#define TCPKA_UNIT_PACE_TICK	BIT_ULL(24)

/* The first moment, in ns; any but the first of all. */
#define TCPKA_UNIT_PACE_START	BIT_ULL(40)

#define TCPKA_UNIT_PACE_MANY	4096

/* What nobody asks for on several CPUs here needs no lock of its own. */
struct tcpka_unit_pace {
	struct tcpka_pace pace;
	struct tcpka_unit *unit;
	unsigned int n;
	u64 at[TCPKA_UNIT_PACE_MANY];
};

/* Ask for @n at @now, and note when they came. */
static bool tcpka_unit_pace_ask(struct tcpka_unit_pace *up, u64 now, u32 rate,
				unsigned int n)
{
	if (up->n + n > TCPKA_UNIT_PACE_MANY ||
	    !tcpka_pace_charge(&up->pace, now, rate, n))
		return false;
	while (n--)
		up->at[up->n++] = now;
	return true;
}

/* From any one to the one that is @rate later it takes a second. */
static void tcpka_unit_pace_check(struct tcpka_unit_pace *up, u32 rate)
{
	unsigned int i;

	for (i = rate; i < up->n; i++)
		TCPKA_EXPECT(up->unit, up->at[i] - up->at[i - rate] >=
				       NSEC_PER_SEC);
}

/*
 * Single ones and pairs, in all patterns: from time to time all that is
 * allowed, then pauses that let the bucket fill in part or wholly.
 */
static void tcpka_unit_pace_random(struct tcpka_unit_pace *up, u32 rate)
{
	u64 now = TCPKA_UNIT_PACE_START;
	unsigned int i, pairs = 0;

	up->n = 0;
	tcpka_pace_init(&up->pace);
	for (i = 0; i < 400 * 60; i++) {
		if (!(i % 100))
			pairs = get_random_u32() % 3;
		if (!(i % 50))
			now += (get_random_u32() % 64) * TCPKA_UNIT_PACE_TICK;
		now += TCPKA_UNIT_PACE_TICK;
		while (tcpka_unit_pace_ask(up, now, rate,
					   pairs && (pairs == 2 || i & 1) ? 2 : 1))
			;
	}
	TCPKA_EXPECT(up->unit, up->n > rate);
	tcpka_unit_pace_check(up, rate);
}

static struct tcpka_unit_pace *tcpka_unit_pace_new(struct tcpka_unit *unit)
{
	struct tcpka_unit_pace *up = kzalloc(sizeof(*up), GFP_KERNEL);

	TCPKA_EXPECT(unit, up);
	if (up)
		up->unit = unit;
	return up;
}

void tcpka_unit_pace_any_second(struct tcpka_unit *unit)
{
	static const u32 rates[] = { 2, 3, 10, 59, 60, 1000 };
	struct tcpka_unit_pace *up = tcpka_unit_pace_new(unit);
	unsigned int i;

	for (i = 0; up && i < ARRAY_SIZE(rates) * 8; i++)
		tcpka_unit_pace_random(up, rates[i % ARRAY_SIZE(rates)]);
	kfree(up);
}

/* A hundred seconds of a rate give a hundred times as many, less the burst. */
void tcpka_unit_pace_not_slower(struct tcpka_unit *unit)
{
	struct tcpka_unit_pace *up = tcpka_unit_pace_new(unit);
	u64 now = TCPKA_UNIT_PACE_START;

	if (!up)
		return;
	tcpka_pace_init(&up->pace);
	for (; now < TCPKA_UNIT_PACE_START + 100 * NSEC_PER_SEC;
	     now += TCPKA_UNIT_PACE_TICK)
		tcpka_unit_pace_ask(up, now, 10, 1);
	/* 1 s and two ticks for ten of them */
	TCPKA_EXPECT_EQ(unit, up->n, 968);
	kfree(up);
}
