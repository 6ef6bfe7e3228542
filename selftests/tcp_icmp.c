// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes up ICMP errors about TCP segments that nobody could not deliver; see
 * command.h
 *
 *	tcp_icmp DEVICE PEER-MAC
 *
 *   about ADDR PORT ADDR PORT FROM	the connection: who is told of a segment of
 *			its own, the other end, and who says so
 *   error KIND SEQ [short]	of a segment with that number, which carries
 *			nothing: host, port, admin, time, big or parameter;
 *			short quotes no more than a router must
 *   storm SEED COUNT SEQ	errors of all types about all that may be quoted, true
 *			or not, near that number, cut off and damaged
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "command.h"
#include "packet.h"
#include "wire.h"

#define ICMP_HLEN	8
#define QUOTED_LEAST	8
#define MTU		1000

static uint8_t from[16];
static uint64_t dice;

static const struct {
	const char *name;
	uint8_t type[2], code[2];	/* of ICMP and of ICMPv6 */
} kinds[] = {
	{ "host",	{ 3, 1 },	{ 1, 3 } },
	{ "port",	{ 3, 1 },	{ 3, 4 } },
	{ "admin",	{ 3, 1 },	{ 13, 1 } },
	{ "time",	{ 11, 3 },	{ 0, 0 } },
	{ "big",	{ 3, 2 },	{ 4, 0 } },
	{ "parameter",	{ 12, 4 },	{ 0, 0 } },
};

static uint32_t any(void)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return dice * 0x2545f4914f6cdd1dULL >> 32;
}

static int ipv6(void)
{
	return tcp.family == AF_INET6;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static uint16_t checksum(const uint8_t *p, unsigned int len, uint32_t s)
{
	for (; len > 1; p += 2, len -= 2)
		s += p[0] << 8 | p[1];
	if (len)
		s += *p << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

/* The header of the error itself, in front of @len bytes of ICMP. */
static unsigned int put_ip(uint8_t *p, unsigned int len)
{
	if (ipv6()) {
		memset(p, 0, 40);
		p[0] = 0x60;
		put16(p + 4, len);
		p[6] = IPPROTO_ICMPV6;
		p[7] = 64;
		memcpy(p + 8, from, 16);
		memcpy(p + 24, tcp.addr[0], 16);
		return 40;
	}
	memset(p, 0, 20);
	p[0] = 0x45;
	put16(p + 2, 20 + len);
	p[8] = 64;
	p[9] = IPPROTO_ICMP;
	memcpy(p + 12, from, 4);
	memcpy(p + 16, tcp.addr[0], 4);
	put16(p + 10, checksum(p, 20, 0));
	return 20;
}

static int transmit(uint8_t type, uint8_t code, const uint8_t *quote,
		    unsigned int len)
{
	uint8_t packet[2048];
	unsigned int hlen = put_ip(packet, ICMP_HLEN + len);
	uint8_t *icmp = packet + hlen;
	uint32_t s = 0;

	memset(icmp, 0, ICMP_HLEN);
	icmp[0] = type;
	icmp[1] = code;
	/* the next hop's MTU, where it is one; the parameter, elsewhere */
	put16(icmp + 6, MTU);
	memcpy(icmp + ICMP_HLEN, quote, len);
	if (ipv6()) {
		s = IPPROTO_ICMPV6 + ICMP_HLEN + len;
		s += (uint16_t)~checksum(packet + 8, 32, 0);
	}
	put16(icmp + 2, checksum(icmp, ICMP_HLEN + len, s));
	return packet_send(tcp.family, packet, hlen + ICMP_HLEN + len) ?
	       -errno : 0;
}

static struct segment segment(uint32_t seq)
{
	return (struct segment) {
		.flags = ACK,
		.seq = seq,
		.ack = 1,
		.has_ts = true,
		.tsval = 1,
		.tsecr = 1,
		.win = 500,
		.ttl = 1,
	};
}

static int do_about(char **word, int n)
{
	memset(&tcp, 0, sizeof(tcp));
	tcp.family = strchr(word[0], ':') ? AF_INET6 : AF_INET;
	tcp.port[0] = atoi(word[1]);
	tcp.port[1] = atoi(word[3]);
	if (inet_pton(tcp.family, word[0], tcp.addr[0]) != 1 ||
	    inet_pton(tcp.family, word[2], tcp.addr[1]) != 1 ||
	    inet_pton(tcp.family, word[4], from) != 1)
		return -EINVAL;
	answer("ok");
	return 0;
}

static int do_error(char **word, int n)
{
	struct segment s = segment(strtoul(word[1], NULL, 0));
	unsigned int len, kind = 0;
	uint8_t quote[128];
	int err;

	while (strcmp(kinds[kind].name, word[0]))
		if (++kind == sizeof(kinds) / sizeof(*kinds))
			return -EINVAL;
	len = wire_put(quote, &s);
	if (n > 2)
		len = (ipv6() ? 40 : 20) + QUOTED_LEAST;
	err = transmit(kinds[kind].type[ipv6()], kinds[kind].code[ipv6()],
		       quote, len);
	if (!err)
		answer("ok");
	return err;
}

/* The segment as it may be quoted, or may have been thought up. */
static unsigned int quotation(uint8_t *quote, uint32_t seq)
{
	static const uint32_t about[] = { 0, 1, -1U, -2U, 1000, 1U << 31 };
	struct segment s = segment(seq + about[any() % 6] + any() % 2);
	unsigned int len;

	s.flags = any() % 4 ? (int)(any() & 0x3f) : ACK;
	s.has_ts = any() % 2;
	s.len = any() % 4 ? 0 : any() % 100;
	len = wire_put(quote, &s);
	switch (any() % 4) {
	case 0:
		return any() % (len + 1);
	case 1:
		quote[any() % len] ^= 1 << any() % 8;
		return len;
	case 2:
		quote[any() % 40 % len] = any();
		return 1 + any() % len;
	default:
		return len;
	}
}

static int do_storm(char **word, int n)
{
	uint32_t seq = strtoul(word[2], NULL, 0);
	uint8_t quote[512];
	unsigned int len;
	int err = 0;

	dice = 0x9e3779b97f4a7c15ULL * (strtoul(word[0], NULL, 0) + 1);
	for (long i = atol(word[1]); i > 0 && !err; i--) {
		len = quotation(quote, seq);
		err = transmit(ipv6() ? 1 + any() % 5 : any() % 20, any() % 16,
			       quote, len);
	}
	if (!err)
		answer("ok");
	return err;
}

static const struct command commands[] = {
	{ "about", 5, do_about },
	{ "error", 2, do_error },
	{ "storm", 3, do_storm },
	{}
};

int main(int argc, char **argv)
{
	if (packet_open(argv)) {
		perror("tcp_icmp DEVICE PEER-MAC");
		return 1;
	}
	return command_loop(commands);
}
