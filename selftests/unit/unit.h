/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests in the manner of KUnit, for kernels that are built without it: a
 * case is a function; a check that does not hold fails its case and goes on.
 */
#ifndef TCPKA_UNIT_H
#define TCPKA_UNIT_H

#include <linux/kernel.h>
#include <linux/types.h>

struct tcpka_unit {
	const char *name;
	unsigned int failed;
};

void tcpka_unit_check(struct tcpka_unit *unit, bool holds, const char *where,
		      int line, const char *what);
void tcpka_unit_equal(struct tcpka_unit *unit, long long is, long long should,
		      const char *where, int line, const char *what);

#define TCPKA_EXPECT(unit, condition)					\
	tcpka_unit_check(unit, condition, __func__, __LINE__, #condition)

#define TCPKA_EXPECT_EQ(unit, is, should)				\
	tcpka_unit_equal(unit, is, should, __func__, __LINE__, #is)

void tcpka_unit_clock_never_early(struct tcpka_unit *unit);
void tcpka_unit_clock_wraps(struct tcpka_unit *unit);
void tcpka_unit_closer_asks(struct tcpka_unit *unit);
void tcpka_unit_closer_tells(struct tcpka_unit *unit);
void tcpka_unit_closer_picked(struct tcpka_unit *unit);
void tcpka_unit_fin_quiet(struct tcpka_unit *unit);
void tcpka_unit_fin_rto(struct tcpka_unit *unit);
void tcpka_unit_fin_reply(struct tcpka_unit *unit);
void tcpka_unit_fin_state(struct tcpka_unit *unit);
void tcpka_unit_fin_peer(struct tcpka_unit *unit);
void tcpka_unit_fsm_60_days(struct tcpka_unit *unit);
void tcpka_unit_fsm_years(struct tcpka_unit *unit);
void tcpka_unit_fsm_keepalive(struct tcpka_unit *unit);
void tcpka_unit_fsm_dead(struct tcpka_unit *unit);
void tcpka_unit_fsm_late_turn(struct tcpka_unit *unit);
void tcpka_unit_fsm_both_silent(struct tcpka_unit *unit);
void tcpka_unit_fsm_waits_for_other(struct tcpka_unit *unit);
void tcpka_unit_fsm_witness_silent(struct tcpka_unit *unit);
void tcpka_unit_fsm_probe_failed(struct tcpka_unit *unit);
void tcpka_unit_fsm_returned(struct tcpka_unit *unit);
void tcpka_unit_fsm_max_age(struct tcpka_unit *unit);
void tcpka_unit_fsm_since(struct tcpka_unit *unit);
void tcpka_unit_fsm_forget(struct tcpka_unit *unit);
void tcpka_unit_fsm_states(struct tcpka_unit *unit);
void tcpka_unit_fsm_soonest(struct tcpka_unit *unit);
void tcpka_unit_match_prefix(struct tcpka_unit *unit);
void tcpka_unit_match_words(struct tcpka_unit *unit);
void tcpka_unit_pace_any_second(struct tcpka_unit *unit);
void tcpka_unit_pace_not_slower(struct tcpka_unit *unit);
void tcpka_unit_reach(struct tcpka_unit *unit);
void tcpka_unit_reach_ipv6(struct tcpka_unit *unit);
void tcpka_unit_reach_mark(struct tcpka_unit *unit);
void tcpka_unit_seq_handshake(struct tcpka_unit *unit);
void tcpka_unit_seq_window(struct tcpka_unit *unit);
void tcpka_unit_seq_wrap(struct tcpka_unit *unit);
void tcpka_unit_seq_news(struct tcpka_unit *unit);
void tcpka_unit_seq_rst(struct tcpka_unit *unit);
void tcpka_unit_seq_plain_ack(struct tcpka_unit *unit);
void tcpka_unit_seq_restated(struct tcpka_unit *unit);
void tcpka_unit_seq_unseen(struct tcpka_unit *unit);
void tcpka_unit_seq_echo(struct tcpka_unit *unit);
void tcpka_unit_seq_keepalive(struct tcpka_unit *unit);
void tcpka_unit_seq_next(struct tcpka_unit *unit);
void tcpka_unit_tuple_normalise(struct tcpka_unit *unit);
void tcpka_unit_tuple_options(struct tcpka_unit *unit);
void tcpka_unit_tuple_flags(struct tcpka_unit *unit);
void tcpka_unit_tuple_bad_options(struct tcpka_unit *unit);
void tcpka_unit_tuple_words(struct tcpka_unit *unit);
void tcpka_unit_wheel_exact(struct tcpka_unit *unit);
void tcpka_unit_wheel_wrap(struct tcpka_unit *unit);
void tcpka_unit_wheel_move_and_kill(struct tcpka_unit *unit);
void tcpka_unit_wheel_pace(struct tcpka_unit *unit);
void tcpka_unit_wheel_sleeps(struct tcpka_unit *unit);
void tcpka_unit_wheel_spill(struct tcpka_unit *unit);

#endif /* TCPKA_UNIT_H */
