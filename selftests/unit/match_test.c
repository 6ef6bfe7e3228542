// SPDX-License-Identifier: GPL-2.0-only
#include "../../module/match.c"
#include "unit.h"

static union nf_inet_addr tcpka_unit_v4(u8 a, u8 b, u8 c, u8 d)
{
	union nf_inet_addr addr = {};

	addr.ip = htonl(a << 24 | b << 16 | c << 8 | d);
	return addr;
}

void tcpka_unit_match_prefix(struct tcpka_unit *unit)
{
	union nf_inet_addr net = tcpka_unit_v4(10, 1, 128, 0);
	union nf_inet_addr in = tcpka_unit_v4(10, 1, 255, 255);
	union nf_inet_addr out = tcpka_unit_v4(10, 1, 127, 255);
	union nf_inet_addr host = tcpka_unit_v4(10, 1, 200, 7);

	TCPKA_EXPECT(unit, tcpka_match_prefix(&in, &net, 17));
	TCPKA_EXPECT(unit, !tcpka_match_prefix(&out, &net, 17));
	TCPKA_EXPECT(unit, tcpka_match_prefix(&out, &net, 16));
	TCPKA_EXPECT(unit, tcpka_match_prefix(&out, &net, 0));
	TCPKA_EXPECT(unit, !tcpka_match_prefix(&in, &net, 32));
	tcpka_match_mask(&host, 17);
	TCPKA_EXPECT_EQ(unit, ntohl(host.ip), ntohl(net.ip));
	net.in6 = (struct in6_addr){ { { 0x20, 1, 0xd, 0xb8, 0, 1 } } };
	in = net;
	in.in6.s6_addr[15] = 1;
	TCPKA_EXPECT(unit, tcpka_match_prefix(&in, &net, 127));
	TCPKA_EXPECT(unit, !tcpka_match_prefix(&in, &net, 128));
	in.in6.s6_addr[5] = 3;
	TCPKA_EXPECT(unit, tcpka_match_prefix(&in, &net, 46));
	TCPKA_EXPECT(unit, !tcpka_match_prefix(&in, &net, 47));
}

void tcpka_unit_match_words(struct tcpka_unit *unit)
{
	struct tcpka_subject s = {
		.kind = TCPKA_KIND_FORWARD, .family = AF_INET,
		.src = tcpka_unit_v4(10, 0, 0, 1),
		.dst = tcpka_unit_v4(192, 0, 2, 1),
		.sport = htons(40000), .dport = htons(443), .mark = 0x15,
	};
	struct tcpka_match m = {};

	TCPKA_EXPECT(unit, tcpka_match_words(&m, &s));
	m.set_dport = 1;
	m.dport[0] = 443;
	m.dport[1] = 443;
	TCPKA_EXPECT(unit, tcpka_match_words(&m, &s));
	m.dport[0] = 444;
	m.dport[1] = 65535;
	TCPKA_EXPECT(unit, !tcpka_match_words(&m, &s));
	m.dport[0] = 0;
	m.dport[1] = 443;
	TCPKA_EXPECT(unit, tcpka_match_words(&m, &s));
	m.set_mark = 1;
	m.mark = 0x10;
	m.mark_mask = 0xf0;
	TCPKA_EXPECT(unit, tcpka_match_words(&m, &s));
	m.mark = 0x20;
	TCPKA_EXPECT(unit, !tcpka_match_words(&m, &s));
	m.mark = 0x10;
	m.kind = TCPKA_KIND_LOCAL;
	TCPKA_EXPECT(unit, !tcpka_match_words(&m, &s));
	m.kind = TCPKA_KIND_FORWARD;
	m.family = AF_INET6;
	TCPKA_EXPECT(unit, !tcpka_match_words(&m, &s));
	m.family = AF_INET;
	m.set_src = 1;
	m.src = tcpka_unit_v4(10, 0, 0, 0);
	m.src_len = 8;
	TCPKA_EXPECT(unit, tcpka_match_words(&m, &s));
	m.set_dst = 1;
	m.dst = tcpka_unit_v4(10, 0, 0, 0);
	m.dst_len = 8;
	TCPKA_EXPECT(unit, !tcpka_match_words(&m, &s));
}
