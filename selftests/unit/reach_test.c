// SPDX-License-Identifier: GPL-2.0-only
#include "../../module/reach.c"
#include "unit.h"

static union nf_inet_addr tcpka_unit_reach_v4(u32 addr)
{
	return (union nf_inet_addr){ .ip = htonl(addr) };
}

/* What two policies reach together, of a family, and what one alone. */
void tcpka_unit_reach(struct tcpka_unit *unit)
{
	struct tcpka_match lan = {
		.family = AF_INET, .set_src = 1, .src_len = 24,
		.src = tcpka_unit_reach_v4(0xc0000200),
		.set_dport = 1, .dport = { 443, 443 },
	};
	struct tcpka_match dmz = {
		.family = AF_INET, .set_src = 1, .src_len = 24,
		.src = tcpka_unit_reach_v4(0xc0000300),
		.set_dport = 1, .dport = { 22, 25 },
	};
	struct tcpka_match any = {};
	struct tcpka_reach reach[2], old[2];

	tcpka_reach_init(reach);
	TCPKA_EXPECT(unit, reach[0].first > reach[0].last);
	tcpka_reach_add(reach, &lan);
	TCPKA_EXPECT_EQ(unit, reach[0].src_len, 24);
	TCPKA_EXPECT_EQ(unit, ntohl(reach[0].src_mask.ip), 0xffffff00);
	TCPKA_EXPECT_EQ(unit, reach[0].dst_mask.ip, 0);
	tcpka_reach_add(reach, &dmz);
	TCPKA_EXPECT_EQ(unit, reach[0].first, 22);
	TCPKA_EXPECT_EQ(unit, reach[0].last, 443);
	TCPKA_EXPECT_EQ(unit, reach[0].src_len, 23);
	TCPKA_EXPECT_EQ(unit, ntohl(reach[0].src.ip), 0xc0000200);
	TCPKA_EXPECT_EQ(unit, ntohl(reach[0].src_mask.ip), 0xfffffe00);
	TCPKA_EXPECT(unit, !reach[0].all);
	/* neither is of IPv6 */
	TCPKA_EXPECT(unit, reach[1].first > reach[1].last);
	any.kind = TCPKA_KIND_LOCAL;
	tcpka_reach_add(reach, &any);
	TCPKA_EXPECT(unit, !reach[0].all);
	/* what was before is kept, and of nothing before, all */
	memcpy(old, reach, sizeof(old));
	tcpka_reach_init(reach);
	tcpka_reach_add(reach, &lan);
	tcpka_reach_keep(reach, old);
	TCPKA_EXPECT_EQ(unit, reach[0].src_len, 23);
	TCPKA_EXPECT_EQ(unit, reach[0].first, 22);
	tcpka_reach_keep(reach, NULL);
	TCPKA_EXPECT(unit, reach[0].all && reach[1].all);
	any.kind = TCPKA_KIND_UNSPEC;
	tcpka_reach_init(reach);
	tcpka_reach_add(reach, &any);
	TCPKA_EXPECT(unit, reach[0].all && reach[1].all);
}

/* The words of an address of IPv6, and prefixes that are one. */
void tcpka_unit_reach_ipv6(struct tcpka_unit *unit)
{
	struct tcpka_match one = {
		.family = AF_INET6, .set_dst = 1, .dst_len = 128,
		.dst.in6 = { { { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 1 } } },
	};
	struct tcpka_match two = one;
	struct tcpka_reach reach[2];

	tcpka_reach_init(reach);
	tcpka_reach_add(reach, &one);
	tcpka_reach_add(reach, &two);
	TCPKA_EXPECT_EQ(unit, reach[1].dst_len, 128);
	TCPKA_EXPECT(unit, !reach[1].all);
	TCPKA_EXPECT(unit, reach[0].first > reach[0].last);
	two.dst.in6.s6_addr[15] = 2;
	tcpka_reach_add(reach, &two);
	TCPKA_EXPECT_EQ(unit, reach[1].dst_len, 126);
	TCPKA_EXPECT_EQ(unit, ntohl(reach[1].dst_mask.ip6[3]), 0xfffffffc);
	TCPKA_EXPECT_EQ(unit, reach[1].dst.in6.s6_addr[15], 0);
	two.dst.in6.s6_addr[5] = 3;
	tcpka_reach_add(reach, &two);
	TCPKA_EXPECT_EQ(unit, reach[1].dst_len, 46);
	TCPKA_EXPECT_EQ(unit, ntohl(reach[1].dst_mask.ip6[1]), 0xfffc0000);
	TCPKA_EXPECT_EQ(unit, reach[1].dst_mask.ip6[2], 0);
	TCPKA_EXPECT_EQ(unit, reach[1].dst.in6.s6_addr[5], 0);
}

/* Which marks begin something: the bits on which all policies agree. */
void tcpka_unit_reach_mark(struct tcpka_unit *unit)
{
	struct tcpka_match one = {
		.set_mark = 1, .mark = 0x17, .mark_mask = 0xff,
	};
	struct tcpka_match two = {
		.set_mark = 1, .mark = 0x20, .mark_mask = 0xf0,
	};
	struct tcpka_match any = {
		.set_dport = 1, .dport = { 22, 22 },
	};
	struct tcpka_reach reach[2], old[2];

	tcpka_reach_init(reach);
	tcpka_reach_add(reach, &one);
	TCPKA_EXPECT(unit, reach[0].all && reach[1].all);
	TCPKA_EXPECT(unit, tcpka_reach_begins(&reach[0], 0x17));
	TCPKA_EXPECT(unit, tcpka_reach_begins(&reach[1], 0x517));
	TCPKA_EXPECT(unit, !tcpka_reach_begins(&reach[0], 0x16));
	memcpy(old, reach, sizeof(old));
	/* 0001 and 0010: the upper two bits are the same */
	tcpka_reach_add(reach, &two);
	TCPKA_EXPECT_EQ(unit, reach[0].mark_mask, 0xc0);
	TCPKA_EXPECT(unit, tcpka_reach_begins(&reach[0], 0x17));
	TCPKA_EXPECT(unit, tcpka_reach_begins(&reach[0], 0x2f));
	TCPKA_EXPECT(unit, !tcpka_reach_begins(&reach[0], 0x40));
	tcpka_reach_add(reach, &any);
	TCPKA_EXPECT(unit, tcpka_reach_begins(&reach[0], 0x40));
	/* what was before counts as well */
	tcpka_reach_init(reach);
	tcpka_reach_add(reach, &two);
	tcpka_reach_keep(reach, old);
	TCPKA_EXPECT(unit, tcpka_reach_begins(&reach[0], 0x17));
}
