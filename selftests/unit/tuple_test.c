// SPDX-License-Identifier: GPL-2.0-only
#include <linux/prandom.h>
#include <linux/slab.h>

#include "../../module/tuple.c"
#include "unit.h"

void tcpka_unit_tuple_normalise(struct tcpka_unit *unit)
{
	union nf_inet_addr one = {}, two = {};
	struct tcpka_tuple there = {}, back = {};
	u8 dir, rid;

	one.ip = htonl(0x0a000001);
	two.ip = htonl(0x0a000002);
	TCPKA_EXPECT(unit, tcpka_tuple_normalise(&there, &one, &two,
						 htons(9), htons(1), &dir));
	TCPKA_EXPECT(unit, tcpka_tuple_normalise(&back, &two, &one,
						 htons(1), htons(9), &rid));
	TCPKA_EXPECT(unit, !memcmp(&there, &back, sizeof(there)));
	TCPKA_EXPECT(unit, dir == !rid);
	TCPKA_EXPECT_EQ(unit, ntohs(there.port[dir]), 9);
	/* equal addresses: the ports decide; equal ports, too: cannot tell */
	TCPKA_EXPECT(unit, tcpka_tuple_normalise(&there, &one, &one,
						 htons(300), htons(2), &dir));
	TCPKA_EXPECT_EQ(unit, ntohs(there.port[0]), 2);
	TCPKA_EXPECT_EQ(unit, dir, 1);
	TCPKA_EXPECT(unit, !tcpka_tuple_normalise(&there, &one, &one,
						  htons(2), htons(2), &dir));
}

void tcpka_unit_tuple_options(struct tcpka_unit *unit)
{
	static const u8 syn[] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 1, 2,
				  0, 0, 0, 0, 1, 3, 3, 7 };
	static const u8 usual[] = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const u8 sack[] = { 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9 };
	static const u8 sign[] = { 19, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
				   0, 0, 0, 0, 30, 2, 0, 99 };
	static const u8 unknown[] = { 253, 4, 1, 1, 8, 10, 1, 2, 3, 4,
				      5, 6, 7, 8, 1, 1 };
	static const u8 prio[] = { 30, 3, 0x50, 1 };
	struct tcpka_segment seg = { .syn = 1 };

	TCPKA_EXPECT(unit, tcpka_tuple_options(&seg, syn, sizeof(syn)));
	TCPKA_EXPECT_EQ(unit, seg.mss, 1460);
	TCPKA_EXPECT(unit, seg.sack_ok && seg.has_ts && seg.has_wscale);
	TCPKA_EXPECT_EQ(unit, seg.wscale, 7);
	TCPKA_EXPECT_EQ(unit, seg.tsval, 0x102);
	memset(&seg, 0, sizeof(seg));
	TCPKA_EXPECT(unit, tcpka_tuple_options(&seg, usual, sizeof(usual)));
	TCPKA_EXPECT(unit, seg.has_ts && !seg.has_sack && !seg.odd);
	TCPKA_EXPECT_EQ(unit, seg.tsval, 0x01020304);
	TCPKA_EXPECT_EQ(unit, seg.tsecr, 0x05060708);
	memset(&seg, 0, sizeof(seg));
	TCPKA_EXPECT(unit, tcpka_tuple_options(&seg, sack, sizeof(sack)));
	TCPKA_EXPECT(unit, seg.has_sack && !seg.has_ts);
	TCPKA_EXPECT(unit, !seg.odd);
	/* what nobody here knows, and MPTCP, say something */
	memset(&seg, 0, sizeof(seg));
	TCPKA_EXPECT(unit, tcpka_tuple_options(&seg, unknown, sizeof(unknown)));
	TCPKA_EXPECT(unit, seg.odd && seg.has_ts);
	memset(&seg, 0, sizeof(seg));
	TCPKA_EXPECT(unit, tcpka_tuple_options(&seg, prio, sizeof(prio)));
	TCPKA_EXPECT(unit, seg.odd && seg.mptcp);
	/* what follows the end of the list does not count */
	memset(&seg, 0, sizeof(seg));
	TCPKA_EXPECT(unit, tcpka_tuple_options(&seg, sign, sizeof(sign)));
	TCPKA_EXPECT(unit, seg.is_signed && seg.mptcp);
}

void tcpka_unit_tuple_flags(struct tcpka_unit *unit)
{
	u8 plain[20] = { [12] = 0x50, [13] = 0x10 };
	u8 accecn[20] = { [12] = 0x51, [13] = 0x10 };
	u8 echo[20] = { [12] = 0x50, [13] = 0x50 };
	u8 both[20] = { [12] = 0x50, [13] = 0x03 };
	struct tcpka_segment seg = {};

	TCPKA_EXPECT(unit, tcpka_tuple_tcp(&seg, (struct tcphdr *)plain, 20));
	TCPKA_EXPECT(unit, seg.has_ack && !seg.odd);
	/* a count of CE marks, which the other end must hear */
	TCPKA_EXPECT(unit, tcpka_tuple_tcp(&seg, (struct tcphdr *)accecn, 20));
	TCPKA_EXPECT(unit, seg.odd);
	TCPKA_EXPECT(unit, tcpka_tuple_tcp(&seg, (struct tcphdr *)echo, 20));
	TCPKA_EXPECT(unit, seg.odd);
	TCPKA_EXPECT(unit, !tcpka_tuple_tcp(&seg, (struct tcphdr *)both, 20));
}

void tcpka_unit_tuple_bad_options(struct tcpka_unit *unit)
{
	static const u8 zero[] = { 8, 0, 0, 0 };
	static const u8 one[] = { 5, 1, 1, 1 };
	static const u8 longer[] = { 1, 8, 10, 0 };
	static const u8 cut[] = { 1, 1, 1, 8 };
	static const u8 odd_ts[] = { 8, 6, 1, 2, 3, 4, 1, 1 };
	struct tcpka_segment seg = {};

	TCPKA_EXPECT(unit, !tcpka_tuple_options(&seg, zero, sizeof(zero)));
	TCPKA_EXPECT(unit, !tcpka_tuple_options(&seg, one, sizeof(one)));
	TCPKA_EXPECT(unit, !tcpka_tuple_options(&seg, longer, sizeof(longer)));
	TCPKA_EXPECT(unit, !tcpka_tuple_options(&seg, cut, sizeof(cut)));
	/* of a wrong size: passed over, not read */
	TCPKA_EXPECT(unit, tcpka_tuple_options(&seg, odd_ts, sizeof(odd_ts)));
	TCPKA_EXPECT(unit, !seg.has_ts);
	TCPKA_EXPECT(unit, tcpka_tuple_options(&seg, NULL, 0));
}

/* What SYNs are made of, and some that they are not */
static const struct {
	u8 len;
	u8 byte[12];
} tcpka_unit_words[] = {
	{ 4, { 2, 4, 5, 180 } },
	{ 4, { 1, 3, 3, 7 } },
	{ 4, { 1, 1, 4, 2 } },
	{ 12, { 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ 12, { 1, 1, 8, 10, 8, 7, 6, 5, 4, 3, 2, 1 } },
	{ 2, { 4, 2 } },
	{ 1, { 1 } },
	{ 1, { 0 } },
	{ 3, { 3, 3, 9 } },
	{ 10, { 8, 10, 9, 9, 9, 9, 9, 9, 9, 9 } },
	{ 10, { 5, 10, 1, 1, 1, 1, 2, 2, 2, 2 } },
	{ 4, { 30, 4, 0, 1 } },
};

/* Fills what a TCP header has room for; one byte in 16 is any. */
static unsigned int tcpka_unit_fill(struct rnd_state *rnd, u8 *opt)
{
	unsigned int n = ARRAY_SIZE(tcpka_unit_words);
	unsigned int len = 0;
	unsigned int i;

	do {
		i = prandom_u32_state(rnd) % n;
		if (len + tcpka_unit_words[i].len > 40)
			break;
		memcpy(opt + len, tcpka_unit_words[i].byte,
		       tcpka_unit_words[i].len);
		len += tcpka_unit_words[i].len;
	} while (prandom_u32_state(rnd) % 8);
	for (i = 0; i < len; i++)
		if (!(prandom_u32_state(rnd) % 16))
			opt[i] = prandom_u32_state(rnd) % 40;
	/* and cut anywhere */
	return prandom_u32_state(rnd) % 2 ? len :
	       prandom_u32_state(rnd) % (len + 1);
}

/* Read by words or one by one, options say the same. */
void tcpka_unit_tuple_words(struct tcpka_unit *unit)
{
	struct tcpka_segment is = {}, should = {};
	struct rnd_state rnd;
	unsigned int differ = 0, good = 0;
	unsigned int i, len;
	u8 buf[40];
	bool ok;
	u8 *opt;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 20000; i++) {
		len = tcpka_unit_fill(&rnd, buf);
		/* with nothing behind that may be read */
		opt = kmemdup(buf, len, GFP_KERNEL);
		if (!opt)
			break;
		memset(&is, 0, sizeof(is));
		memset(&should, 0, sizeof(should));
		is.syn = i % 4 != 0;
		should.syn = is.syn;
		ok = tcpka_tuple_each_option(&should, opt, len);
		if (tcpka_tuple_options(&is, opt, len) != ok ||
		    memcmp(&is, &should, sizeof(is)))
			differ++;
		good += ok;
		kfree(opt);
	}
	TCPKA_EXPECT_EQ(unit, i, 20000);
	TCPKA_EXPECT_EQ(unit, differ, 0);
	/* not all of them malformed */
	TCPKA_EXPECT(unit, good > 5000);
}
