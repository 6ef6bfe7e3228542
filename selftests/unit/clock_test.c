// SPDX-License-Identifier: GPL-2.0-only
#include "../../module/clock.h"
#include "unit.h"

static const u64 tcpka_unit_times[] = {
	1, 16, 17, 250, 1000, 60000, 3600000, 7200000,
	45ULL * 86400000, 365ULL * 86400000,
};

/* A stamp at the end of its tick, compared at the beginning of another. */
void tcpka_unit_clock_never_early(struct tcpka_unit *unit)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcpka_unit_times); i++) {
		u64 ms = tcpka_unit_times[i];
		u64 shortest = (u64)(tcpka_ticks(ms) - 1) << TCPKA_TICK_SHIFT;
		u64 longest = (u64)tcpka_ticks(ms) << TCPKA_TICK_SHIFT;

		TCPKA_EXPECT(unit, shortest >= ms * NSEC_PER_MSEC);
		TCPKA_EXPECT(unit, longest <= (ms + 34) * NSEC_PER_MSEC);
		TCPKA_EXPECT(unit, tcpka_ticks_floor(ms) < tcpka_ticks(ms));
	}
}

void tcpka_unit_clock_wraps(struct tcpka_unit *unit)
{
	u32 early = U32_MAX - 100;
	u32 late = early + tcpka_ticks(365ULL * 86400000);

	TCPKA_EXPECT(unit, late < early);
	TCPKA_EXPECT(unit, tcpka_before(early, late));
	TCPKA_EXPECT(unit, !tcpka_before(late, early));
	TCPKA_EXPECT_EQ(unit, tcpka_later(early, late), late);
	TCPKA_EXPECT(unit, tcpka_ticks_to_ms(late - early) >=
			   365ULL * 86400000);
}
