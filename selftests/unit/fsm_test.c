// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decisions, in a time of their own.
 */
#include "../../module/fsm.c"
#include "../../module/fsm_probe.c"
#include "unit.h"

#define DAYS(n)	((n) * 86400000ULL)

static void tcpka_unit_flow(struct tcpka_flow *flow, u32 now)
{
	unsigned int i;

	memset(flow, 0, sizeof(*flow));
	flow->state = TCPKA_STATE_ESTABLISHED;
	flow->created = now;
	flow->since = now;
	flow->data = now;
	flow->stir = now;
	for (i = 0; i < 2; i++) {
		flow->end[i].seen = now;
		flow->end[i].seq.syn = 1;
		flow->end[i].seq.acked = 1;
	}
}

/* Waits as the wheel does; returns the tick of the first other verdict. */
static u32 tcpka_unit_wait(const struct tcpka_flow *flow,
			   const struct tcpka_timers *t, u32 now,
			   struct tcpka_verdict *v)
{
	unsigned int rounds;

	for (rounds = 0; rounds < 1000; rounds++) {
		tcpka_fsm_judge(flow, t, now, v);
		if (v->what != TCPKA_WAIT)
			return now;
		now = v->next;
	}
	return now;
}

static u64 tcpka_unit_ms(u32 ticks)
{
	return tcpka_ticks_to_ms(ticks);
}

/* 60 idle days, the clock wraps on the way, keepalives of the ends go by. */
void tcpka_unit_fsm_60_days(struct tcpka_unit *unit)
{
	struct tcpka_timers t = { .idle = DAYS(45) };
	u32 start = U32_MAX - tcpka_ticks(DAYS(10));
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	u32 at;

	tcpka_unit_flow(&flow, start);
	flow.end[0].seen = start + tcpka_ticks(DAYS(44));
	flow.end[1].seen = start + tcpka_ticks(DAYS(44));
	tcpka_fsm_judge(&flow, &t, start + tcpka_ticks_floor(DAYS(45)) - 1,
			&v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_WAIT);
	tcpka_fsm_judge(&flow, &t, start + tcpka_ticks(DAYS(60)), &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_EXPIRE);
	at = tcpka_unit_wait(&flow, &t, start, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_EXPIRE);
	TCPKA_EXPECT_EQ(unit, v.reason, TCPKA_REASON_IDLE);
	TCPKA_EXPECT(unit, at < start);
	TCPKA_EXPECT(unit, tcpka_unit_ms(at - start) >= DAYS(45));
	TCPKA_EXPECT(unit, tcpka_unit_ms(at - start) <= DAYS(45) + 50);
}

/* Months go by in turns of the wheel; the flow carries payload, or does not. */
static u32 tcpka_unit_months(struct tcpka_unit *unit, struct tcpka_flow *flow,
			     const struct tcpka_timers *t, u32 now,
			     unsigned int n, bool busy)
{
	struct tcpka_verdict v;

	while (n--) {
		now += tcpka_ticks(DAYS(30));
		if (busy)
			flow->data = now;
		tcpka_fsm_look_after(flow, now);
		tcpka_fsm_judge(flow, t, now, &v);
		TCPKA_EXPECT_EQ(unit, v.what, TCPKA_WAIT);
	}
	return now;
}

/* Connections and policies that grow older than a signed difference holds. */
void tcpka_unit_fsm_years(struct tcpka_unit *unit)
{
	struct tcpka_timers idle = { .idle = DAYS(365) };
	struct tcpka_timers busy = { .idle = DAYS(60) };
	struct tcpka_timers hour = { .idle = 3600000 };
	struct tcpka_timers none = {};
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	u32 now;

	tcpka_unit_flow(&flow, 77);
	now = tcpka_unit_months(unit, &flow, &busy, 77, 40, true);
	/* never heard of again: the longest time is exact all the same */
	now = tcpka_unit_months(unit, &flow, &idle, now, 12, false);
	tcpka_fsm_judge(&flow, &idle, now + tcpka_ticks(DAYS(6)), &v);
	TCPKA_EXPECT_EQ(unit, v.reason, TCPKA_REASON_IDLE);
	/* a policy that comes late, to a silence of years */
	now = tcpka_unit_months(unit, &flow, &none, now, 40, false);
	flow.since = now;
	tcpka_fsm_judge(&flow, &hour, now, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_WAIT);
	TCPKA_EXPECT_EQ(unit, v.next, now + tcpka_ticks(3600000));
}

static const struct tcpka_timers tcpka_unit_2h = {
	.keepalive = 7200000, .intvl = 75000, .probes = 9,
};

/* The silent end is probed, each on its own clock, an answer starts anew. */
void tcpka_unit_fsm_keepalive(struct tcpka_unit *unit)
{
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	u32 at;

	tcpka_unit_flow(&flow, 1000);
	flow.end[1].seen = 1000 + tcpka_ticks(60000);
	at = tcpka_unit_wait(&flow, &tcpka_unit_2h, 1000, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(0));
	TCPKA_EXPECT_EQ(unit, at, 1000 + tcpka_ticks(7200000));
	tcpka_fsm_probed(&flow.end[0], &tcpka_unit_2h, at);
	TCPKA_EXPECT_EQ(unit, flow.end[0].unanswered, 1);
	tcpka_fsm_heard(&flow.end[0], at);
	TCPKA_EXPECT_EQ(unit, flow.end[0].unanswered, 0);
	at = tcpka_unit_wait(&flow, &tcpka_unit_2h, at, &v);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(1));
	TCPKA_EXPECT_EQ(unit, at, flow.end[1].seen + tcpka_ticks(7200000));
}

/* Probes at 7200 ... 7800 s, dead at 7875 s, each to the second. */
void tcpka_unit_fsm_dead(struct tcpka_unit *unit)
{
	u32 start = U32_MAX - 500;
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	unsigned int i;
	u32 at = start;

	tcpka_unit_flow(&flow, start);
	for (i = 0; i < 9; i++) {
		at = tcpka_unit_wait(&flow, &tcpka_unit_2h, at, &v);
		TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
		TCPKA_EXPECT_EQ(unit, v.ends, i ? BIT(1) : 3);
		TCPKA_EXPECT(unit, tcpka_unit_ms(at - start) <=
				   7200080 + i * 75000);
		TCPKA_EXPECT(unit, tcpka_unit_ms(at - start) >=
				   7200000 + i * 75000);
		if (v.ends & BIT(0)) {
			tcpka_fsm_probed(&flow.end[0], &tcpka_unit_2h, at);
			tcpka_fsm_heard(&flow.end[0], at);
		}
		tcpka_fsm_probed(&flow.end[1], &tcpka_unit_2h, at);
	}
	at = tcpka_unit_wait(&flow, &tcpka_unit_2h, at, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_DEAD);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(1));
	TCPKA_EXPECT(unit, tcpka_unit_ms(at - start) >= 7875000);
	TCPKA_EXPECT(unit, tcpka_unit_ms(at - start) <= 7875080);
}

/*
 * A turn that comes after many intervals (pacing, a machine that slept) sends
 * one probe, and the end has its whole interval to answer it, and the next.
 */
void tcpka_unit_fsm_late_turn(struct tcpka_unit *unit)
{
	struct tcpka_timers t = {
		.keepalive = 60000, .intvl = 5000, .probes = 9,
	};
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	unsigned int i;
	u32 late, at = 0;

	tcpka_unit_flow(&flow, at);
	at = tcpka_unit_wait(&flow, &t, at, &v);
	tcpka_fsm_probed(&flow.end[0], &t, at);
	tcpka_fsm_heard(&flow.end[1], at);
	late = at + 20 * tcpka_ticks(t.intvl);
	for (i = 2; i <= 9; i++) {
		flow.end[1].seen = late;
		tcpka_fsm_judge(&flow, &t, late, &v);
		TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
		TCPKA_EXPECT_EQ(unit, v.ends, BIT(0));
		tcpka_fsm_probed(&flow.end[0], &t, late);
		TCPKA_EXPECT_EQ(unit, flow.end[0].unanswered, i);
		tcpka_fsm_judge(&flow, &t, late, &v);
		TCPKA_EXPECT_EQ(unit, v.what, TCPKA_WAIT);
		TCPKA_EXPECT(unit, v.next - late >=
				   tcpka_ticks_floor(t.intvl));
		late = v.next;
	}
	flow.end[1].seen = late;
	tcpka_fsm_judge(&flow, &t, late, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_DEAD);
}

void tcpka_unit_fsm_both_silent(struct tcpka_unit *unit)
{
	struct tcpka_timers t = {
		.keepalive = 60000, .intvl = 5000, .probes = 3,
	};
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	unsigned int i;
	u32 at = 0;

	tcpka_unit_flow(&flow, at);
	for (i = 0; i < 3; i++) {
		at = tcpka_unit_wait(&flow, &t, at, &v);
		TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
		TCPKA_EXPECT_EQ(unit, v.ends, 3);
		tcpka_fsm_probed(&flow.end[0], &t, at);
		tcpka_fsm_probed(&flow.end[1], &t, at);
	}
	tcpka_unit_wait(&flow, &t, at, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_BOTH_SILENT);
}

/* No verdict over one end before the other was heard; it is probed for that */
void tcpka_unit_fsm_waits_for_other(struct tcpka_unit *unit)
{
	struct tcpka_timers t = {
		.keepalive = 60000, .intvl = 5000, .probes = 2,
	};
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	u32 at;

	tcpka_unit_flow(&flow, 0);
	flow.end[1].seen = tcpka_ticks(59000);
	at = tcpka_unit_wait(&flow, &t, 0, &v);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(0));
	tcpka_fsm_probed(&flow.end[0], &t, at);
	at = tcpka_unit_wait(&flow, &t, at, &v);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(0));
	tcpka_fsm_probed(&flow.end[0], &t, at);
	at = tcpka_unit_wait(&flow, &t, at, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(1));
	tcpka_fsm_probed(&flow.end[1], &t, at);
	tcpka_fsm_judge(&flow, &t, at, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_WAIT);
	tcpka_fsm_heard(&flow.end[1], at + 1);
	tcpka_fsm_judge(&flow, &t, at + 1, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_DEAD);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(0));
}

/* Probes as the verdicts want it; end 1 answers until @until, end 0 never. */
static u32 tcpka_unit_probe_all(struct tcpka_flow *flow,
				const struct tcpka_timers *t, u32 until,
				struct tcpka_verdict *v)
{
	unsigned int i, rounds;
	u32 at = 0;

	for (rounds = 0; rounds < 1000; rounds++) {
		at = tcpka_unit_wait(flow, t, at, v);
		if (v->what != TCPKA_PROBE)
			break;
		for (i = 0; i < 2; i++)
			if (v->ends & BIT(i))
				tcpka_fsm_probed(&flow->end[i], t, at);
		if (v->ends & BIT(1) && tcpka_before(at, until))
			tcpka_fsm_heard(&flow->end[1], at);
	}
	return at;
}

/* Who answered at first, but has been silent since, proves nothing. */
void tcpka_unit_fsm_witness_silent(struct tcpka_unit *unit)
{
	struct tcpka_timers t = {
		.keepalive = 20000, .intvl = 5000, .probes = 9,
	};
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	u32 at;

	tcpka_unit_flow(&flow, 0);
	at = tcpka_unit_probe_all(&flow, &t, tcpka_ticks(30000), &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_BOTH_SILENT);
	TCPKA_EXPECT(unit, tcpka_unit_ms(at) >= 85000);
	TCPKA_EXPECT(unit, tcpka_unit_ms(at) <= 85150);
	/* it answers all the time: the same end is dead, and in time */
	tcpka_unit_flow(&flow, 0);
	at = tcpka_unit_probe_all(&flow, &t, tcpka_ticks(1000000), &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_DEAD);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(0));
	TCPKA_EXPECT(unit, tcpka_unit_ms(at) <= 65150);
	/* there is no way to it */
	flow.end[1].failing = 1;
	flow.end[1].first = at;
	tcpka_fsm_judge(&flow, &t, at, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_WAIT);
	/* heard in the tick of the first probe, before it */
	tcpka_unit_flow(&flow, 0);
	tcpka_fsm_heard(&flow.end[1], 100);
	tcpka_fsm_probed(&flow.end[0], &t, 100);
	flow.end[0].unanswered = 9;
	tcpka_fsm_judge(&flow, &t, 100 + tcpka_ticks(45000), &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(1));
}

/* What could not be sent from here was not left unanswered. */
void tcpka_unit_fsm_probe_failed(struct tcpka_unit *unit)
{
	struct tcpka_timers t = {
		.keepalive = 60000, .intvl = 5000, .probes = 2,
	};
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	unsigned int i;
	u32 at = 0, last;

	tcpka_unit_flow(&flow, 0);
	flow.end[1].seen = tcpka_ticks(3600000);
	for (i = 0; i < 20; i++) {
		last = at;
		at = tcpka_unit_wait(&flow, &t, at, &v);
		TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
		TCPKA_EXPECT(unit, at - last >= tcpka_ticks(5000));
		tcpka_fsm_probed(&flow.end[0], &t, at);
		/* one gets through in between: still not dead for it */
		if (i != 10)
			tcpka_fsm_probe_failed(&flow.end[0], &t, at);
	}
	TCPKA_EXPECT_EQ(unit, flow.end[0].unanswered, 1);
}

/* No way to one end: the silence of the other meanwhile proves nothing. */
void tcpka_unit_fsm_returned(struct tcpka_unit *unit)
{
	struct tcpka_timers t = {
		.keepalive = 60000, .intvl = 5000, .probes = 2,
	};
	u32 at = tcpka_ticks(60000);
	struct tcpka_verdict v;
	struct tcpka_flow flow;

	tcpka_unit_flow(&flow, 0);
	tcpka_fsm_probed(&flow.end[0], &t, at);
	tcpka_fsm_probe_failed(&flow.end[0], &t, at);
	tcpka_fsm_probed(&flow.end[1], &t, at);
	tcpka_fsm_probed(&flow.end[1], &t, at + tcpka_ticks(5000));
	at += tcpka_ticks(300000);
	tcpka_fsm_probed(&flow.end[0], &t, at);
	tcpka_fsm_returned(&flow.end[0], &flow.end[1], &t);
	tcpka_fsm_heard(&flow.end[0], at);
	tcpka_fsm_judge(&flow, &t, at, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
	TCPKA_EXPECT_EQ(unit, v.ends, BIT(1));
	/* it was there all the time: the series of the other goes on */
	tcpka_fsm_probed(&flow.end[1], &t, at);
	tcpka_fsm_probed(&flow.end[0], &t, at);
	tcpka_fsm_returned(&flow.end[0], &flow.end[1], &t);
	TCPKA_EXPECT_EQ(unit, flow.end[1].unanswered, 1);
}

void tcpka_unit_fsm_max_age(struct tcpka_unit *unit)
{
	struct tcpka_timers t = { .max_age = 60000, .idle = 30000 };
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	u32 at;

	tcpka_unit_flow(&flow, 7);
	flow.data = 7 + tcpka_ticks(50000);
	at = tcpka_unit_wait(&flow, &t, 7, &v);
	TCPKA_EXPECT_EQ(unit, v.reason, TCPKA_REASON_MAX_AGE);
	TCPKA_EXPECT_EQ(unit, at, 7 + tcpka_ticks(60000));
	/* action none was taken: once is enough, the other clock goes on */
	flow.noted = BIT(TCPKA_REASON_MAX_AGE);
	at = tcpka_unit_wait(&flow, &t, at, &v);
	TCPKA_EXPECT_EQ(unit, v.reason, TCPKA_REASON_IDLE);
	TCPKA_EXPECT_EQ(unit, at, flow.data + tcpka_ticks(30000));
}

/* A new policy ends nothing at once. */
void tcpka_unit_fsm_since(struct tcpka_unit *unit)
{
	struct tcpka_timers t = {
		.idle = 60000, .max_age = 120000, .keepalive = 30000,
		.intvl = 75000, .probes = 9,
	};
	u32 now = tcpka_ticks(DAYS(30));
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	u32 at;

	tcpka_unit_flow(&flow, 0);
	flow.since = now;
	at = tcpka_unit_wait(&flow, &t, now, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_PROBE);
	TCPKA_EXPECT_EQ(unit, at, now + tcpka_ticks(30000));
}

void tcpka_unit_fsm_forget(struct tcpka_unit *unit)
{
	struct tcpka_timers t = { .idle = 1000, .max_age = 1000 };
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	u32 at;

	tcpka_unit_flow(&flow, 0);
	flow.state = TCPKA_STATE_SYN_SENT;
	at = tcpka_unit_wait(&flow, &t, 0, &v);
	TCPKA_EXPECT_EQ(unit, v.what, TCPKA_FORGET);
	TCPKA_EXPECT_EQ(unit, at, tcpka_ticks(TCPKA_EMBRYO_MS));
}

void tcpka_unit_fsm_states(struct tcpka_unit *unit)
{
	struct tcpka_flow flow = { .initiator = 1 };
	struct tcpka_seq *ini = &flow.end[1].seq;
	struct tcpka_seq *rsp = &flow.end[0].seq;

	ini->syn = 1;
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_state(&flow), TCPKA_STATE_SYN_SENT);
	rsp->syn = 1;
	rsp->acked = 1;
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_state(&flow), TCPKA_STATE_SYN_RECV);
	ini->acked = 1;
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_state(&flow), TCPKA_STATE_ESTABLISHED);
	rsp->fin = 1;
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_state(&flow), TCPKA_STATE_FIN_WAIT);
	flow.shut = BIT(0);
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_state(&flow), TCPKA_STATE_CLOSE_WAIT);
	ini->fin = 1;
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_state(&flow), TCPKA_STATE_LAST_ACK);
	flow.shut = 0;
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_state(&flow), TCPKA_STATE_CLOSING);
	flow.shut = 3;
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_state(&flow), TCPKA_STATE_CLOSED);
}

/* In no state is anything due before that, whatever the state was. */
void tcpka_unit_fsm_soonest(struct tcpka_unit *unit)
{
	static const struct tcpka_timers t[] = {
		{ .idle = DAYS(1) },
		{ .idle = DAYS(1), .half_closed = 20000 },
		{ .max_age = 1000 },
		{ .half_open = 3000, .idle = 200000 },
		{ .keepalive = 60000, .intvl = 5000, .probes = 2 },
		{ .keepalive = 1000, .intvl = 75000, .probes = 9 },
	};
	struct tcpka_verdict v;
	struct tcpka_flow flow;
	unsigned int i;
	u32 soonest;
	u8 state;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		soonest = tcpka_fsm_soonest(&t[i]);
		TCPKA_EXPECT(unit, soonest <= tcpka_ticks(130000));
		for (state = 0; state <= TCPKA_STATE_CLOSING; state++) {
			tcpka_unit_flow(&flow, 77);
			flow.state = state;
			tcpka_fsm_judge(&flow, &t[i], 77 + soonest - 1, &v);
			TCPKA_EXPECT_EQ(unit, v.what, TCPKA_WAIT);
		}
	}
	TCPKA_EXPECT_EQ(unit, tcpka_fsm_soonest(&t[2]), tcpka_ticks(1000));
}
