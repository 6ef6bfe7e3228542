// SPDX-License-Identifier: GPL-2.0-only
#include "../../module/seqstate.c"
#include "unit.h"

struct tcpka_unit_pair {
	struct tcpka_seq a;
	struct tcpka_seq b;
};

static struct tcpka_segment tcpka_unit_seg(u32 seq, u32 ack, u32 len, u16 win)
{
	return (struct tcpka_segment){
		.seq = seq, .ack = ack, .len = len, .end = seq + len,
		.win = win, .has_ack = 1,
	};
}

/* a opens from @ia, b answers from @ib; both windows 64 KiB << 2. */
static void tcpka_unit_connect(struct tcpka_unit_pair *p, u32 ia, u32 ib)
{
	struct tcpka_segment syn = {
		.seq = ia, .end = ia + 1, .win = 64000, .syn = 1,
		.has_wscale = 1, .wscale = 2, .has_ts = 1, .tsval = 5,
		.sack_ok = 1,
	};
	struct tcpka_segment synack = {
		.seq = ib, .end = ib + 1, .ack = ia + 1, .win = 65000,
		.syn = 1, .has_ack = 1, .has_wscale = 1, .wscale = 2,
		.has_ts = 1, .tsval = 9, .tsecr = 5, .sack_ok = 1,
	};
	struct tcpka_segment ack = tcpka_unit_seg(ia + 1, ib + 1, 0, 16000);

	memset(p, 0, sizeof(*p));
	tcpka_seq_syn(&p->a, &p->b, &syn);
	tcpka_seq_syn(&p->b, &p->a, &synack);
	tcpka_seq_learn(&p->a, &ack);
}

void tcpka_unit_seq_handshake(struct tcpka_unit *unit)
{
	struct tcpka_segment syn = { .seq = 1, .end = 2, .win = 100, .syn = 1,
				     .has_wscale = 1, .wscale = 15,
				     .has_ts = 1 };
	struct tcpka_segment synack = { .seq = 7, .end = 8, .ack = 2,
					.win = 100, .syn = 1, .has_ack = 1 };
	struct tcpka_unit_pair p;

	tcpka_unit_connect(&p, 100, 200);
	TCPKA_EXPECT_EQ(unit, p.a.snd_nxt, 101);
	TCPKA_EXPECT_EQ(unit, p.a.rcv_nxt, 201);
	TCPKA_EXPECT_EQ(unit, p.b.rcv_nxt, 101);
	TCPKA_EXPECT_EQ(unit, p.a.edge, 201 + (16000 << 2));
	TCPKA_EXPECT_EQ(unit, p.b.edge, 101 + 65000);
	/* the SYN-ACK's window was not scaled, and what is sent in its name is */
	TCPKA_EXPECT_EQ(unit, p.b.win, 65000 >> 2);
	TCPKA_EXPECT(unit, tcpka_seq_routine(&p.a));
	TCPKA_EXPECT(unit, tcpka_seq_routine(&p.b));
	TCPKA_EXPECT(unit, p.a.ts && p.b.ts && p.a.sack && p.b.sack);
	/* a small one is not closed for that */
	synack.has_wscale = 1;
	synack.wscale = 7;
	tcpka_seq_syn(&p.b, &p.a, &synack);
	TCPKA_EXPECT_EQ(unit, p.b.win, 1);
	TCPKA_EXPECT(unit, !tcpka_seq_routine(&p.b));
	synack.has_wscale = 0;
	/* what only one side offers is not used; RFC 7323 2.3 caps at 14 */
	memset(&p, 0, sizeof(p));
	tcpka_seq_syn(&p.a, &p.b, &syn);
	TCPKA_EXPECT_EQ(unit, p.a.wscale, 14);
	tcpka_seq_syn(&p.b, &p.a, &synack);
	TCPKA_EXPECT_EQ(unit, p.a.wscale, 0);
	TCPKA_EXPECT(unit, !p.a.ts && !p.b.ts);
}

static bool tcpka_unit_ok(const struct tcpka_unit_pair *p, u32 seq, u32 ack,
			  u32 len)
{
	struct tcpka_segment seg = tcpka_unit_seg(seq, ack, len, 16000);

	return tcpka_seq_valid(&p->a, &p->b, &seg);
}

/* The four bounds, each at its edge and one beyond. */
static void tcpka_unit_window(struct tcpka_unit *unit, u32 ia, u32 ib)
{
	struct tcpka_unit_pair p;
	u32 a, b;

	tcpka_unit_connect(&p, ia, ib);
	a = p.a.snd_nxt;
	b = p.b.snd_nxt;
	TCPKA_EXPECT(unit, tcpka_unit_ok(&p, a, b, 0));
	TCPKA_EXPECT(unit, tcpka_unit_ok(&p, a - 1, b, 0));
	TCPKA_EXPECT(unit, tcpka_unit_ok(&p, p.b.edge, b, 1));
	TCPKA_EXPECT(unit, !tcpka_unit_ok(&p, p.b.edge + 1, b, 0));
	TCPKA_EXPECT(unit, tcpka_unit_ok(&p, a - p.b.max_win - 1, b, 0));
	TCPKA_EXPECT(unit, !tcpka_unit_ok(&p, a - p.b.max_win - 2, b, 0));
	TCPKA_EXPECT(unit, !tcpka_unit_ok(&p, a, b + 1, 0));
	TCPKA_EXPECT(unit, tcpka_unit_ok(&p, a, b - 66000, 0));
	TCPKA_EXPECT(unit, !tcpka_unit_ok(&p, a, b - 66001, 0));
	TCPKA_EXPECT(unit, !tcpka_unit_ok(&p, a + 0x80000000, b, 0));
	TCPKA_EXPECT(unit, !tcpka_unit_ok(&p, a, b + 0x80000000, 0));
}

void tcpka_unit_seq_window(struct tcpka_unit *unit)
{
	tcpka_unit_window(unit, 100000, 200000);
}

void tcpka_unit_seq_wrap(struct tcpka_unit *unit)
{
	static const u32 near[] = { 0, 1, 0xfffffffe, 0xffffffff, 0x7fffffff,
				    0x80000000, 0xffff0000, 65999 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(near); i++)
		for (j = 0; j < ARRAY_SIZE(near); j++)
			tcpka_unit_window(unit, near[i], near[j]);
}

void tcpka_unit_seq_news(struct tcpka_unit *unit)
{
	struct tcpka_unit_pair p;
	struct tcpka_segment seg;
	u32 a = 0xffffff00, b = 0xfffffffe;

	tcpka_unit_connect(&p, a - 1, b - 1);
	seg = tcpka_unit_seg(a, b, 1000, 16000);
	TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&p.a, &seg), TCPKA_NEWS_DATA);
	TCPKA_EXPECT_EQ(unit, p.a.snd_nxt, a + 1000);
	/* the same again, and a keepalive with its garbage octet: not new */
	TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&p.a, &seg), 0);
	seg = tcpka_unit_seg(a + 999, b, 1, 16000);
	TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&p.a, &seg), 0);
	TCPKA_EXPECT_EQ(unit, p.a.snd_nxt, a + 1000);
	/* overtaken: tells neither window nor acknowledgment */
	seg = tcpka_unit_seg(a, b - 1, 0, 1);
	TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&p.a, &seg), 0);
	TCPKA_EXPECT_EQ(unit, p.a.rcv_nxt, b);
	TCPKA_EXPECT_EQ(unit, p.a.win, 16000);
	/* b acknowledges, with a window of zero, which is the one last sent */
	seg = tcpka_unit_seg(b, a + 1000, 0, 0);
	TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&p.b, &seg),
			TCPKA_NEWS_ACK | TCPKA_NEWS_WIN);
	TCPKA_EXPECT_EQ(unit, p.b.win, 0);
	TCPKA_EXPECT(unit, tcpka_seq_settled(&p.b, &p.a));
	/* an older timestamp does not replace a newer one, across its wrap */
	p.a.tsval = 0xffffffff;
	seg = tcpka_unit_seg(a + 1000, b, 0, 16000);
	seg.has_ts = 1;
	seg.tsval = 0xfffffff0;
	tcpka_seq_learn(&p.a, &seg);
	TCPKA_EXPECT_EQ(unit, p.a.tsval, 0xffffffff);
	seg.tsval = 3;
	tcpka_seq_learn(&p.a, &seg);
	TCPKA_EXPECT_EQ(unit, p.a.tsval, 3);
	seg.fin = 1;
	seg.end++;
	TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&p.a, &seg), TCPKA_NEWS_FIN);
	TCPKA_EXPECT_EQ(unit, p.a.snd_nxt, a + 1001);
	TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&p.a, &seg), 0);
}

static bool tcpka_unit_rst(const struct tcpka_unit_pair *p, u32 seq)
{
	struct tcpka_segment seg = { .seq = seq, .end = seq, .rst = 1 };

	return tcpka_seq_rst_taken(&p->a, &p->b, &seg);
}

void tcpka_unit_seq_rst(struct tcpka_unit *unit)
{
	struct tcpka_unit_pair p;
	struct tcpka_segment seg;

	tcpka_unit_connect(&p, 0xfffffffe, 500);
	TCPKA_EXPECT(unit, tcpka_unit_rst(&p, 0xffffffff));
	TCPKA_EXPECT(unit, !tcpka_unit_rst(&p, 0));
	TCPKA_EXPECT(unit, !tcpka_unit_rst(&p, 0xfffffffe));
	/* with bytes under way both numbers may be the right one */
	seg = tcpka_unit_seg(0xffffffff, 501, 100, 1000);
	tcpka_seq_learn(&p.a, &seg);
	TCPKA_EXPECT(unit, tcpka_unit_rst(&p, 0xffffffff));
	TCPKA_EXPECT(unit, tcpka_unit_rst(&p, 99));
	TCPKA_EXPECT(unit, !tcpka_unit_rst(&p, 50));
	/* refused connection: must acknowledge the SYN */
	memset(&p, 0, sizeof(p));
	seg = (struct tcpka_segment){ .seq = 9, .end = 10, .syn = 1 };
	tcpka_seq_syn(&p.b, &p.a, &seg);
	TCPKA_EXPECT(unit, !tcpka_unit_rst(&p, 0));
	seg = (struct tcpka_segment){ .rst = 1, .has_ack = 1, .ack = 10 };
	TCPKA_EXPECT(unit, tcpka_seq_rst_taken(&p.a, &p.b, &seg));
	seg.ack = 11;
	TCPKA_EXPECT(unit, !tcpka_seq_rst_taken(&p.a, &p.b, &seg));
}

void tcpka_unit_seq_plain_ack(struct tcpka_unit *unit)
{
	struct tcpka_segment plain, seg;
	struct tcpka_unit_pair p;

	tcpka_unit_connect(&p, 10, 20);
	plain = tcpka_unit_seg(11, 21, 0, 16000);
	TCPKA_EXPECT(unit, tcpka_seq_plain_ack(&p.a, &plain));
	seg = plain;
	seg.win++;
	TCPKA_EXPECT(unit, !tcpka_seq_plain_ack(&p.a, &seg));
	seg = plain;
	seg.ack--;
	TCPKA_EXPECT(unit, !tcpka_seq_plain_ack(&p.a, &seg));
	seg = plain;
	seg.seq--;
	TCPKA_EXPECT(unit, !tcpka_seq_plain_ack(&p.a, &seg));
	seg = plain;
	seg.len = 1;
	TCPKA_EXPECT(unit, !tcpka_seq_plain_ack(&p.a, &seg));
	seg = plain;
	seg.has_sack = 1;
	TCPKA_EXPECT(unit, !tcpka_seq_plain_ack(&p.a, &seg));
	seg = plain;
	seg.odd = 1;
	TCPKA_EXPECT(unit, !tcpka_seq_plain_ack(&p.a, &seg));
}

/* An end that has more than was seen says so, up to its own right edge. */
void tcpka_unit_seq_restated(struct tcpka_unit *unit)
{
	struct tcpka_segment seg;
	struct tcpka_unit_pair p;

	tcpka_unit_connect(&p, 10, 0xfffffff0);
	seg = tcpka_unit_seg(p.a.snd_nxt, p.a.rcv_nxt + 20, 0, 16000);
	TCPKA_EXPECT(unit, !tcpka_seq_valid(&p.a, &p.b, &seg));
	TCPKA_EXPECT(unit, tcpka_seq_restated(&p.a, &p.b, &seg));
	seg.ack = p.a.edge;
	TCPKA_EXPECT(unit, tcpka_seq_restated(&p.a, &p.b, &seg));
	seg.ack = p.a.edge + 1;
	TCPKA_EXPECT(unit, !tcpka_seq_restated(&p.a, &p.b, &seg));
	seg.ack = p.a.rcv_nxt - 1;
	TCPKA_EXPECT(unit, !tcpka_seq_restated(&p.a, &p.b, &seg));
	seg.ack = p.a.rcv_nxt;
	seg.seq = p.b.edge + 1;
	TCPKA_EXPECT(unit, !tcpka_seq_restated(&p.a, &p.b, &seg));
}

/* The first timestamp is taken, however old it looks, and so is none. */
void tcpka_unit_seq_unseen(struct tcpka_unit *unit)
{
	struct tcpka_segment seg;
	struct tcpka_unit_pair p;

	tcpka_unit_connect(&p, 10, 20);
	p.a.unseen = 1;
	p.a.tsval = 0;
	p.b.unseen = 1;
	seg = tcpka_unit_seg(p.a.snd_nxt, p.a.rcv_nxt, 0, 16000);
	seg.has_ts = 1;
	seg.tsval = 0xf0000000;
	TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&p.a, &seg), 0);
	TCPKA_EXPECT(unit, p.a.ts && !p.a.unseen);
	TCPKA_EXPECT_EQ(unit, p.a.tsval, 0xf0000000);
	seg.tsval--;
	tcpka_seq_learn(&p.a, &seg);
	TCPKA_EXPECT_EQ(unit, p.a.tsval, 0xf0000000);
	seg = tcpka_unit_seg(p.b.snd_nxt, p.b.rcv_nxt, 0, 16000);
	tcpka_seq_learn(&p.b, &seg);
	TCPKA_EXPECT(unit, !p.b.ts && !p.b.unseen);
}

/* What the other end echoes is known; of old only what is later; else nothing. */
void tcpka_unit_seq_echo(struct tcpka_unit *unit)
{
	struct tcpka_segment seg = { .has_ts = 1, .tsecr = 0xf0000000 };
	struct tcpka_seq seq = { .ts = 1, .unseen = 1 };

	tcpka_seq_echo(&seq, &seg);
	TCPKA_EXPECT(unit, !seq.unseen);
	TCPKA_EXPECT_EQ(unit, seq.tsval, 0xf0000000);
	seg.tsecr += 5;
	tcpka_seq_echo(&seq, &seg);
	TCPKA_EXPECT_EQ(unit, seq.tsval, 0xf0000000);
	seq.stale = 1;
	tcpka_seq_echo(&seq, &seg);
	TCPKA_EXPECT_EQ(unit, seq.tsval, 0xf0000005);
	seg.tsecr -= 3;
	tcpka_seq_echo(&seq, &seg);
	TCPKA_EXPECT_EQ(unit, seq.tsval, 0xf0000005);
}

/* One below, with an octet or without. */
void tcpka_unit_seq_keepalive(struct tcpka_unit *unit)
{
	struct tcpka_segment seg;
	struct tcpka_unit_pair p;

	tcpka_unit_connect(&p, 10, 20);
	seg = tcpka_unit_seg(p.a.snd_nxt - 1, p.a.rcv_nxt, 0, 16000);
	TCPKA_EXPECT(unit, tcpka_seq_keepalive(&p.a, &seg));
	seg.len = 1;
	TCPKA_EXPECT(unit, tcpka_seq_keepalive(&p.a, &seg));
	seg.len = 2;
	TCPKA_EXPECT(unit, !tcpka_seq_keepalive(&p.a, &seg));
	seg = tcpka_unit_seg(p.a.snd_nxt, p.a.rcv_nxt, 0, 16000);
	TCPKA_EXPECT(unit, !tcpka_seq_keepalive(&p.a, &seg));
}

static u32 tcpka_unit_any(u64 *dice, u32 below)
{
	*dice = *dice * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(*dice >> 33) % below;
}

/* An end that has sent up to @snd, and heard up to @rcv, more or less. */
static void tcpka_unit_any_seq(u64 *dice, u32 snd, u32 rcv,
			       struct tcpka_seq *seq)
{
	u32 flags = tcpka_unit_any(dice, 64);

	memset(seq, 0, sizeof(*seq));
	seq->snd_nxt = snd + tcpka_unit_any(dice, 3) - 1;
	seq->rcv_nxt = rcv - tcpka_unit_any(dice, 4);
	seq->edge = seq->rcv_nxt + tcpka_unit_any(dice, 9);
	seq->max_win = 1 + tcpka_unit_any(dice, 9);
	seq->tsval = 100;
	seq->win = tcpka_unit_any(dice, 9);
	seq->wscale = tcpka_unit_any(dice, 3);
	seq->syn = 1;
	seq->acked = flags % 8 != 0;
	seq->ts = flags & 1;
	seq->fin = flags == 9;
	seq->stale = flags == 10;
	seq->unseen = flags == 11;
}

/* A segment in its turn teaches what the functions for all segments would. */
void tcpka_unit_seq_next(struct tcpka_unit *unit)
{
	struct tcpka_seq snd, rcv, snd_too, rcv_too, before_snd;
	unsigned int i, taken = 0;
	struct tcpka_segment seg;
	u64 dice = 1;
	int news;

	for (i = 0; i < 400000; i++) {
		/* around the wrap of both */
		u32 s = tcpka_unit_any(&dice, 8) - 4;
		u32 r = tcpka_unit_any(&dice, 8) - 4;

		tcpka_unit_any_seq(&dice, s, r, &snd);
		tcpka_unit_any_seq(&dice, r, s, &rcv);
		seg = tcpka_unit_seg(s + tcpka_unit_any(&dice, 5) - 2,
				     r + tcpka_unit_any(&dice, 5) - 3,
				     tcpka_unit_any(&dice, 4),
				     tcpka_unit_any(&dice, 9));
		seg.has_ts = i & 1;
		seg.tsval = 99 + tcpka_unit_any(&dice, 3);
		seg.tsecr = 99 + tcpka_unit_any(&dice, 3);
		before_snd = snd;
		snd_too = snd;
		rcv_too = rcv;
		if (!tcpka_seq_routine(&snd) || !tcpka_seq_routine(&rcv))
			continue;
		news = tcpka_seq_next(&snd, &rcv, &seg);
		if (news < 0) {
			TCPKA_EXPECT(unit, !memcmp(&snd, &before_snd,
						   sizeof(snd)));
			continue;
		}
		taken++;
		TCPKA_EXPECT(unit, tcpka_seq_valid(&snd_too, &rcv_too, &seg));
		TCPKA_EXPECT(unit, tcpka_seq_current(&snd_too, &rcv_too, &seg));
		TCPKA_EXPECT(unit, !tcpka_seq_keepalive(&snd_too, &seg));
		tcpka_seq_echo(&rcv_too, &seg);
		TCPKA_EXPECT_EQ(unit, tcpka_seq_learn(&snd_too, &seg), news);
		TCPKA_EXPECT(unit, !memcmp(&snd, &snd_too, sizeof(snd)));
		TCPKA_EXPECT(unit, !memcmp(&rcv, &rcv_too, sizeof(rcv)));
		TCPKA_EXPECT(unit, tcpka_seq_routine(&snd));
	}
	TCPKA_EXPECT(unit, taken > 1000);
}
