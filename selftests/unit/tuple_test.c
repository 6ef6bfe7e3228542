// SPDX-License-Identifier: GPL-2.0-only
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
