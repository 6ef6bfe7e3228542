// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of a closing by FIN: a has sent up to 1000, b up to 5000.
 */
#include "../../module/fin.c"
#include "unit.h"

static struct tcpka_extra tcpka_unit_extra;

static void tcpka_unit_fin_flow(struct tcpka_flow *flow)
{
	unsigned int i;

	memset(flow, 0, sizeof(*flow));
	flow->extra = &tcpka_unit_extra;
	flow->end[0].seq.snd_nxt = 1000;
	flow->end[1].seq.rcv_nxt = 1000;
	flow->end[1].seq.snd_nxt = 5000;
	flow->end[0].seq.rcv_nxt = 5000;
	for (i = 0; i < 2; i++) {
		struct tcpka_seq *seq = &flow->end[i].seq;

		seq->syn = 1;
		seq->acked = 1;
		seq->win = 100;
		seq->edge = seq->rcv_nxt + seq->win;
		seq->max_win = seq->win;
		flow->end[i].by_fin = 1;
		flow->extra->end[i].fin_seq = seq->rcv_nxt;
	}
}

void tcpka_unit_fin_quiet(struct tcpka_unit *unit)
{
	u32 late = tcpka_ticks(1000);
	struct tcpka_flow flow;

	tcpka_unit_fin_flow(&flow);
	flow.stir = U32_MAX - 5;
	TCPKA_EXPECT(unit, !tcpka_fin_quiet(&flow, flow.stir));
	TCPKA_EXPECT(unit, !tcpka_fin_quiet(&flow, flow.stir + late - 1));
	TCPKA_EXPECT(unit, tcpka_fin_quiet(&flow, flow.stir + late));
	/* unacknowledged in either direction, whoever is asked */
	flow.end[0].seq.snd_nxt++;
	TCPKA_EXPECT(unit, !tcpka_fin_quiet(&flow, flow.stir + late));
	flow.end[0].seq.snd_nxt--;
	flow.end[1].seq.snd_nxt++;
	TCPKA_EXPECT(unit, !tcpka_fin_quiet(&flow, flow.stir + late));
	flow.end[1].seq.snd_nxt--;
	/* asked, and not heard since */
	flow.end[1].queried = 1;
	TCPKA_EXPECT(unit, !tcpka_fin_quiet(&flow, flow.stir + late));
	flow.end[1].queried = 0;
	/* payload may wait before a closed window */
	flow.end[1].seq.win = 0;
	TCPKA_EXPECT(unit, !tcpka_fin_quiet(&flow, flow.stir + late));
	flow.end[1].seq.win = 1;
	flow.end[0].seq.stale = 1;
	TCPKA_EXPECT(unit, !tcpka_fin_quiet(&flow, flow.stir + late));
	flow.extra->fin_until = flow.stir + late + 3;
	TCPKA_EXPECT_EQ(unit, tcpka_fin_look_again(&flow, flow.stir),
			flow.stir + late);
	TCPKA_EXPECT_EQ(unit, tcpka_fin_look_again(&flow, flow.stir + late),
			flow.extra->fin_until);
}

void tcpka_unit_fin_rto(struct tcpka_unit *unit)
{
	TCPKA_EXPECT_EQ(unit, tcpka_fin_rto(0), tcpka_ticks(1000));
	TCPKA_EXPECT_EQ(unit, tcpka_fin_rto(5), tcpka_ticks(32000));
	TCPKA_EXPECT_EQ(unit, tcpka_fin_rto(6), tcpka_ticks(64000));
	TCPKA_EXPECT_EQ(unit, tcpka_fin_rto(255), tcpka_ticks(64000));
}

/* What a segment of a, from its number @seq on, calls for. */
static enum tcpka_fin_reply tcpka_unit_fin_say(const struct tcpka_seq *snd,
					       u32 seq, u32 len, bool fin)
{
	struct tcpka_segment seg = {
		.seq = seq, .len = len, .end = seq + len + fin, .fin = fin,
		.has_ack = 1, .ack = snd->rcv_nxt, .win = 100,
	};

	return tcpka_fin_reply(snd, &seg);
}

void tcpka_unit_fin_reply(struct tcpka_unit *unit)
{
	struct tcpka_flow flow;
	struct tcpka_seq *a = &flow.end[0].seq;

	tcpka_unit_fin_flow(&flow);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 1000, 0, false),
			TCPKA_FIN_NOTHING);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 1000, 0, true),
			TCPKA_FIN_ACK);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 1000, 5, false),
			TCPKA_FIN_RST);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 998, 5, true),
			TCPKA_FIN_RST);
	/* keepalive, with an octet or without; a retransmission */
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 999, 0, false),
			TCPKA_FIN_ACK);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 999, 1, false),
			TCPKA_FIN_ACK);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 990, 10, false),
			TCPKA_FIN_ACK);
	/* ahead of payload that is missing */
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 1010, 0, true),
			TCPKA_FIN_NOTHING);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 1010, 5, false),
			TCPKA_FIN_RST);
	/* its FIN was seen */
	a->fin = 1;
	a->snd_nxt = 1001;
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 1000, 0, true),
			TCPKA_FIN_ACK);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 1001, 0, false),
			TCPKA_FIN_NOTHING);
	TCPKA_EXPECT_EQ(unit, tcpka_unit_fin_say(a, 1000, 0, false),
			TCPKA_FIN_NOTHING);
}

/* In each order in which acknowledgment and FIN may come, and overtake. */
void tcpka_unit_fin_state(struct tcpka_unit *unit)
{
	struct tcpka_segment ack = {
		.seq = 1000, .end = 1000, .ack = 5001, .has_ack = 1,
		.win = 100,
	};
	struct tcpka_segment fin = {
		.seq = 1000, .end = 1001, .ack = 5000, .has_ack = 1,
		.win = 100, .fin = 1,
	};
	struct tcpka_flow flow;
	struct tcpka_end *a = &flow.end[0];

	tcpka_unit_fin_flow(&flow);
	TCPKA_EXPECT_EQ(unit, tcpka_fin_state(&flow, 0), TCPKA_CLOSE_FIN_SENT);
	tcpka_fin_learn(&a->seq, &ack);
	TCPKA_EXPECT_EQ(unit, tcpka_fin_state(&flow, 0), TCPKA_CLOSE_FIN_ACKED);
	fin.ack = 5001;
	tcpka_fin_learn(&a->seq, &fin);
	TCPKA_EXPECT_EQ(unit, tcpka_fin_state(&flow, 0), TCPKA_CLOSE_FIN_DONE);
	/* both at once */
	tcpka_unit_fin_flow(&flow);
	fin.ack = 5000;
	tcpka_fin_learn(&a->seq, &fin);
	TCPKA_EXPECT_EQ(unit, tcpka_fin_state(&flow, 0), TCPKA_CLOSE_FIN_SENT);
	ack.seq = 1001;
	ack.end = 1001;
	tcpka_fin_learn(&a->seq, &ack);
	TCPKA_EXPECT_EQ(unit, tcpka_fin_state(&flow, 0), TCPKA_CLOSE_FIN_DONE);
	/* its FIN was lost, what came after it was not */
	tcpka_unit_fin_flow(&flow);
	tcpka_fin_learn(&a->seq, &ack);
	TCPKA_EXPECT_EQ(unit, tcpka_fin_state(&flow, 0), TCPKA_CLOSE_FIN_ACKED);
	TCPKA_EXPECT_EQ(unit, a->seq.snd_nxt, 1000);
	/* a FIN behind payload that is missing is none yet */
	fin.seq = 1005;
	fin.end = 1006;
	tcpka_fin_learn(&a->seq, &fin);
	TCPKA_EXPECT_EQ(unit, tcpka_fin_state(&flow, 0), TCPKA_CLOSE_FIN_ACKED);
	TCPKA_EXPECT_EQ(unit, a->seq.snd_nxt, 1000);
}

/* What b says in its own conversation changes nothing for a. */
void tcpka_unit_fin_peer(struct tcpka_unit *unit)
{
	struct tcpka_segment ack = {
		.seq = 1000, .end = 1000, .ack = 5001, .has_ack = 1,
		.win = 100,
	};
	struct tcpka_flow flow;
	struct tcpka_seq peer;

	tcpka_unit_fin_flow(&flow);
	flow.end[1].seq.snd_nxt = 9000;
	flow.end[1].seq.stale = 1;
	tcpka_fin_peer(&flow, 0, &peer);
	TCPKA_EXPECT_EQ(unit, peer.snd_nxt, 5001);
	TCPKA_EXPECT(unit, tcpka_seq_valid(&flow.end[0].seq, &peer, &ack));
	ack.ack = 5002;
	TCPKA_EXPECT(unit, !tcpka_seq_valid(&flow.end[0].seq, &peer, &ack));
	/* the window moves with what was acknowledged */
	flow.end[0].seq.snd_nxt = 1090;
	tcpka_fin_peer(&flow, 0, &peer);
	TCPKA_EXPECT_EQ(unit, peer.edge, 1190);
}
