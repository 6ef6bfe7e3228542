/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests in the manner of KUnit, for kernels that are built without it:
 * a case is a function, a check that fails fails its case and goes on.
 */
#ifndef TCPKA_UNIT_H
#define TCPKA_UNIT_H

#include <linux/kernel.h>
#include <linux/types.h>

struct tcpka_unit {
	const char *name;
	unsigned int failed;
};

#define TCPKA_EXPECT(unit, condition)					\
do {									\
	if (!(condition)) {						\
		(unit)->failed++;					\
		if ((unit)->failed <= 10)				\
			pr_info("# %s:%d: %s\n", __func__, __LINE__,	\
				#condition);				\
	}								\
} while (0)

#define TCPKA_EXPECT_EQ(unit, left, right)				\
do {									\
	long long __left = (left), __right = (right);			\
	if (__left != __right) {					\
		(unit)->failed++;					\
		if ((unit)->failed <= 10)				\
			pr_info("# %s:%d: %s is %lld, not %lld\n",	\
				__func__, __LINE__, #left, __left,	\
				__right);				\
	}								\
} while (0)

#define TCPKA_UNIT_CASES(do_case)					\
	do_case(tcpka_unit_clock_never_early)				\
	do_case(tcpka_unit_clock_wraps)					\
	do_case(tcpka_unit_fsm_60_days)					\
	do_case(tcpka_unit_fsm_keepalive)				\
	do_case(tcpka_unit_fsm_dead)					\
	do_case(tcpka_unit_fsm_both_silent)				\
	do_case(tcpka_unit_fsm_waits_for_other)				\
	do_case(tcpka_unit_fsm_probe_failed)				\
	do_case(tcpka_unit_fsm_max_age)					\
	do_case(tcpka_unit_fsm_since)					\
	do_case(tcpka_unit_fsm_forget)					\
	do_case(tcpka_unit_fsm_states)					\
	do_case(tcpka_unit_match_prefix)				\
	do_case(tcpka_unit_match_words)					\
	do_case(tcpka_unit_seq_handshake)				\
	do_case(tcpka_unit_seq_window)					\
	do_case(tcpka_unit_seq_wrap)					\
	do_case(tcpka_unit_seq_news)					\
	do_case(tcpka_unit_seq_rst)					\
	do_case(tcpka_unit_seq_plain_ack)				\
	do_case(tcpka_unit_tuple_normalise)				\
	do_case(tcpka_unit_tuple_options)				\
	do_case(tcpka_unit_tuple_bad_options)				\
	do_case(tcpka_unit_wheel_exact)					\
	do_case(tcpka_unit_wheel_wrap)					\
	do_case(tcpka_unit_wheel_move_and_kill)				\
	do_case(tcpka_unit_wheel_pace)					\
	do_case(tcpka_unit_wheel_sleeps)

#define TCPKA_UNIT_DECLARE(name) void name(struct tcpka_unit *unit);
TCPKA_UNIT_CASES(TCPKA_UNIT_DECLARE)
#undef TCPKA_UNIT_DECLARE

#endif /* TCPKA_UNIT_H */
