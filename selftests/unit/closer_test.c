// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often, how long and in which ways the ends of what was ended are asked
 * before they are told, however late the wheel comes. Nothing is sent.
 */
#include "../../module/closer.c"
#include "unit.h"

/* More ticks than any of it takes, and more steps. */
#define TCPKA_UNIT_TICKS	100000
#define TCPKA_UNIT_STEPS	100

static struct {
	unsigned int asked[2];
	unsigned int rst[2];
	unsigned int ways[TCPKA_ASK_WAYS];
	u32 due;
} tcpka_unit_seen;

void tcpka_segment_put(struct tcpka_outbox *box, struct tcpka_flow *flow,
		       unsigned int to, enum tcpka_send what)
{
	if (what == TCPKA_SEND_RST) {
		tcpka_unit_seen.rst[to]++;
		return;
	}
	tcpka_unit_seen.asked[to]++;
	if (flow->end[to].closing <= TCPKA_CLOSE_ASKED)
		tcpka_unit_seen.ways[flow->end[to].asked]++;
}

void tcpka_flow_file(struct tcpka_flow *flow, u32 due)
{
	tcpka_unit_seen.due = due;
}

void tcpka_flow_expect(struct tcpka_flow *flow, bool yes)
{
}

void tcpka_flow_absorb_no_more(struct tcpka_flow *flow, struct tcpka_end *end)
{
}

void tcpka_table_yield(struct tcpka_flow *flow, bool yes)
{
}

void tcpka_stats_inc(struct tcpka_stats __percpu *stats, enum tcpka_stat which)
{
}

bool tcpka_closer_fin_waits(const struct tcpka_flow *flow)
{
	return false;
}

bool tcpka_closer_fin_due(const struct tcpka_flow *flow, unsigned int i,
			  u32 now)
{
	return false;
}

void tcpka_closer_fin_give_up(struct tcpka_flow *flow, unsigned int to,
			      struct tcpka_outbox *box, u32 now)
{
}

void tcpka_closer_fin_step(struct tcpka_flow *flow, unsigned int to,
			   struct tcpka_outbox *box, u32 now)
{
}

static struct {
	struct tcpka_net tn;
	struct tcpka_policy policy;
	struct tcpka_extra extra;
	struct tcpka_flow flow;
} tcpka_unit_ended;

/* Ended at @now: a has sent up to 1000, b up to 5000. */
static struct tcpka_flow *tcpka_unit_end(bool quieted, bool picked, u32 now)
{
	struct tcpka_flow *flow = &tcpka_unit_ended.flow;
	unsigned int i;

	memset(&tcpka_unit_ended, 0, sizeof(tcpka_unit_ended));
	memset(&tcpka_unit_seen, 0, sizeof(tcpka_unit_seen));
	spin_lock_init(&flow->lock);
	flow->tn = &tcpka_unit_ended.tn;
	flow->policy = &tcpka_unit_ended.policy;
	flow->extra = &tcpka_unit_ended.extra;
	flow->quieted = quieted;
	flow->picked = picked;
	for (i = 0; i < 2; i++) {
		flow->end[i].seq.syn = 1;
		flow->end[i].seq.acked = 1;
		flow->end[i].seq.snd_nxt = i ? 5000 : 1000;
		flow->end[i].seq.rcv_nxt = i ? 1000 : 5000;
	}
	spin_lock(&flow->lock);
	tcpka_closer_begin(flow, NULL, now);
	spin_unlock(&flow->lock);
	return flow;
}

/* Its next step, @late ticks after it was due. */
static bool tcpka_unit_step(struct tcpka_flow *flow, u32 late, u32 *now)
{
	bool goes_on;

	*now = tcpka_unit_seen.due + late;
	spin_lock(&flow->lock);
	goes_on = tcpka_closer_step(flow, NULL, *now);
	spin_unlock(&flow->lock);
	return goes_on;
}

/* And all that follow. */
static void tcpka_unit_run(struct tcpka_flow *flow, u32 late, u32 *now)
{
	unsigned int n = 0;

	while (tcpka_unit_step(flow, late, now) && n < TCPKA_UNIT_STEPS)
		n++;
}

static const u32 tcpka_unit_late[] = { 0, 5, 60, 600, TCPKA_UNIT_TICKS };

/* Of what was quiet nobody answers: eight times each, whenever that is. */
void tcpka_unit_closer_asks(struct tcpka_unit *unit)
{
	u32 now = U32_MAX - 200;
	struct tcpka_flow *flow;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcpka_unit_late); i++) {
		flow = tcpka_unit_end(true, false, now);
		tcpka_unit_run(flow, tcpka_unit_late[i], &now);
		TCPKA_EXPECT(unit, tcpka_closer_left(flow));
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.asked[0], 8);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.asked[1], 8);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.rst[0], 0);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.rst[1], 0);
		/* in each way in turn */
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.ways[0], 6);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.ways[1], 6);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.ways[2], 4);
	}
}

/* Both are told four times, each time checked twice; then it lingers. */
void tcpka_unit_closer_tells(struct tcpka_unit *unit)
{
	u32 now = U32_MAX - 200;
	struct tcpka_flow *flow;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcpka_unit_late); i++) {
		flow = tcpka_unit_end(false, false, now);
		tcpka_unit_run(flow, tcpka_unit_late[i], &now);
		TCPKA_EXPECT(unit, tcpka_closer_over(flow, 0));
		TCPKA_EXPECT(unit, tcpka_closer_over(flow, 1));
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.rst[0], 4);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.rst[1], 4);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.asked[0], 8);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.asked[1], 8);
	}
}

/* What was picked up is asked in each way once, unless its other end was told. */
void tcpka_unit_closer_picked(struct tcpka_unit *unit)
{
	u32 now = U32_MAX - 200;
	struct tcpka_flow *flow;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		flow = tcpka_unit_end(true, true, now);
		TCPKA_EXPECT(unit, tcpka_unit_step(flow, 60, &now));
		if (i)
			flow->end[0].closing = TCPKA_CLOSE_DONE;
		tcpka_unit_run(flow, 60, &now);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.asked[1], i ? 8 : 3);
		TCPKA_EXPECT_EQ(unit, tcpka_unit_seen.rst[1], 0);
		TCPKA_EXPECT_EQ(unit, flow->end[1].closing,
				TCPKA_CLOSE_UNKNOWN);
	}
}
