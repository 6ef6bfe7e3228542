// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the unit tests when it is loaded and prints KTAP into the kernel log.
 */

#define pr_fmt(fmt) "tcpka_unit: " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "unit.h"

/* As many as are worth reading. */
#define TCPKA_UNIT_MESSAGES	10

static const struct {
	const char *name;
	void (*run)(struct tcpka_unit *unit);
} tcpka_unit_cases[] = {
	{ "clock_never_early", tcpka_unit_clock_never_early },
	{ "clock_wraps", tcpka_unit_clock_wraps },
	{ "closer_asks", tcpka_unit_closer_asks },
	{ "closer_tells", tcpka_unit_closer_tells },
	{ "closer_picked", tcpka_unit_closer_picked },
	{ "fin_quiet", tcpka_unit_fin_quiet },
	{ "fin_rto", tcpka_unit_fin_rto },
	{ "fin_reply", tcpka_unit_fin_reply },
	{ "fin_state", tcpka_unit_fin_state },
	{ "fin_peer", tcpka_unit_fin_peer },
	{ "fsm_60_days", tcpka_unit_fsm_60_days },
	{ "fsm_years", tcpka_unit_fsm_years },
	{ "fsm_keepalive", tcpka_unit_fsm_keepalive },
	{ "fsm_dead", tcpka_unit_fsm_dead },
	{ "fsm_late_turn", tcpka_unit_fsm_late_turn },
	{ "fsm_both_silent", tcpka_unit_fsm_both_silent },
	{ "fsm_waits_for_other", tcpka_unit_fsm_waits_for_other },
	{ "fsm_witness_silent", tcpka_unit_fsm_witness_silent },
	{ "fsm_probe_failed", tcpka_unit_fsm_probe_failed },
	{ "fsm_returned", tcpka_unit_fsm_returned },
	{ "fsm_max_age", tcpka_unit_fsm_max_age },
	{ "fsm_since", tcpka_unit_fsm_since },
	{ "fsm_forget", tcpka_unit_fsm_forget },
	{ "fsm_states", tcpka_unit_fsm_states },
	{ "fsm_soonest", tcpka_unit_fsm_soonest },
	{ "match_prefix", tcpka_unit_match_prefix },
	{ "match_words", tcpka_unit_match_words },
	{ "pace_any_second", tcpka_unit_pace_any_second },
	{ "pace_not_slower", tcpka_unit_pace_not_slower },
	{ "reach", tcpka_unit_reach },
	{ "reach_ipv6", tcpka_unit_reach_ipv6 },
	{ "reach_mark", tcpka_unit_reach_mark },
	{ "seq_handshake", tcpka_unit_seq_handshake },
	{ "seq_window", tcpka_unit_seq_window },
	{ "seq_wrap", tcpka_unit_seq_wrap },
	{ "seq_news", tcpka_unit_seq_news },
	{ "seq_rst", tcpka_unit_seq_rst },
	{ "seq_plain_ack", tcpka_unit_seq_plain_ack },
	{ "seq_restated", tcpka_unit_seq_restated },
	{ "seq_unseen", tcpka_unit_seq_unseen },
	{ "seq_echo", tcpka_unit_seq_echo },
	{ "seq_keepalive", tcpka_unit_seq_keepalive },
	{ "seq_next", tcpka_unit_seq_next },
	{ "tuple_normalise", tcpka_unit_tuple_normalise },
	{ "tuple_options", tcpka_unit_tuple_options },
	{ "tuple_flags", tcpka_unit_tuple_flags },
	{ "tuple_bad_options", tcpka_unit_tuple_bad_options },
	{ "tuple_words", tcpka_unit_tuple_words },
	{ "wheel_exact", tcpka_unit_wheel_exact },
	{ "wheel_wrap", tcpka_unit_wheel_wrap },
	{ "wheel_move_and_kill", tcpka_unit_wheel_move_and_kill },
	{ "wheel_pace", tcpka_unit_wheel_pace },
	{ "wheel_sleeps", tcpka_unit_wheel_sleeps },
	{ "wheel_spill", tcpka_unit_wheel_spill },
};

/**
 * tcpka_unit_check() - fail a case where something does not hold
 * @unit: the case
 * @holds: whether it does
 * @where: function of the check
 * @line: line of the check
 * @what: the condition as it is written
 */
void tcpka_unit_check(struct tcpka_unit *unit, bool holds, const char *where,
		      int line, const char *what)
{
	if (holds || unit->failed++ >= TCPKA_UNIT_MESSAGES)
		return;
	pr_info("# %s:%d: %s\n", where, line, what);
}

/**
 * tcpka_unit_equal() - fail a case where two numbers differ
 * @unit: the case
 * @is: the number
 * @should: what it should be
 * @where: function of the check
 * @line: line of the check
 * @what: the number as it is written
 */
void tcpka_unit_equal(struct tcpka_unit *unit, long long is, long long should,
		      const char *where, int line, const char *what)
{
	if (is == should || unit->failed++ >= TCPKA_UNIT_MESSAGES)
		return;
	pr_info("# %s:%d: %s is %lld, not %lld\n", where, line, what, is,
		should);
}

static int __init tcpka_unit_init(void)
{
	struct tcpka_unit unit;
	unsigned int i;

	pr_info("1..%zu\n", ARRAY_SIZE(tcpka_unit_cases));
	for (i = 0; i < ARRAY_SIZE(tcpka_unit_cases); i++) {
		unit.name = tcpka_unit_cases[i].name;
		unit.failed = 0;
		tcpka_unit_cases[i].run(&unit);
		pr_info("%s %u - %s\n", unit.failed ? "not ok" : "ok", i + 1,
			unit.name);
		cond_resched();
	}
	return 0;
}

static void __exit tcpka_unit_exit(void)
{
}

module_init(tcpka_unit_init);
module_exit(tcpka_unit_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Unit tests of tcpka");
