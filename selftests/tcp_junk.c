// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends what no sane end would, and takes the sum of what arrives; see command.h
 *
 *	tcp_junk DEVICE PEER-MAC
 *
 *   idle ADDR PORT ADDR PORT SEQ ACK  own and peer's: a connection that lives,
 *			and the next numbers of this side. Of it come only
 *			segments that its receiver drops without a word
 *   stray ADDR ADDR	own and peer's, which no kernel owns: of them comes
 *			anything
 *   junk SEED COUNT	segments, the same ones for the same SEED
 *   wrong SEED COUNT	of the idle connection only
 *   heard		"ok count=N sum=HEX lost=N" of what came since the last
 *			time, in any order, but for ICMP
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "command.h"
#include "packet.h"
#include "wire.h"

#define IGNORE_OUTGOING		23	/* PACKET_IGNORE_OUTGOING */
#define PACKET_MAX		2048

/* A packet; @l4 is where its TCP header begins. */
struct packet {
	uint8_t b[PACKET_MAX];
	unsigned int len, l4;
};

static struct tcp_state idle, stray;
static uint64_t dice = 1;
/* Tells fragments of one packet from those of another. */
static uint32_t fragment_id;

/* xorshift64*, so that a seed means the same everywhere */
static uint32_t any(void)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return dice * 0x2545f4914f6cdd1dULL >> 32;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void noise(uint8_t *p, unsigned int len)
{
	while (len--)
		*p++ = any();
}

static uint32_t sum(const uint8_t *p, unsigned int len, uint32_t s)
{
	for (; len > 1; p += 2, len -= 2)
		s += get16(p);
	return len ? s + (*p << 8) : s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

static int ipv4(void)
{
	return tcp.family == AF_INET;
}

/* The lengths in the IP header, and IPv4's checksum, say what is so. */
static void seal_ip(struct packet *p)
{
	unsigned int hlen = (p->b[0] & 15) * 4;

	if (!ipv4()) {
		put16(p->b + 4, p->len - 40);
		return;
	}
	put16(p->b + 2, p->len);
	put16(p->b + 10, 0);
	put16(p->b + 10, fold(sum(p->b, hlen, 0)));
}

/* The right checksum, whatever else is wrong. */
static void seal_tcp(struct packet *p)
{
	unsigned int len = p->len - p->l4;
	uint32_t s = IPPROTO_TCP + len;

	if (len < 18)
		return;
	s = ipv4() ? sum(p->b + 12, 8, s) : sum(p->b + 8, 32, s);
	put16(p->b + p->l4 + 16, 0);
	put16(p->b + p->l4 + 16, fold(sum(p->b + p->l4, len, s)));
}

static void seal(struct packet *p)
{
	seal_tcp(p);
	seal_ip(p);
}

/* A segment with which nothing is wrong, of the connection in tcp. */
static void sane(struct packet *p)
{
	struct segment s = {
		.flags = any() & 63 ? ACK | (any() & PSH) : any() & 0xff,
		.seq = tcp.snd_nxt,
		.ack = tcp.rcv_nxt,
		.len = any() % 2 ? any() % 64 : 0,
		.win = any() % 8 ? 29200 : any(),
		.ttl = 64,
		.has_ts = tcp.ts,
		.tsval = any(),
	};

	/* what is made longer afterwards is the same each time */
	memset(p->b, 0, sizeof(p->b));
	p->len = wire_put(p->b, &s);
	p->l4 = ipv4() ? 20 : 40;
}

/* Few ports: what is sent for one connection meets what came before. */
static void stray_segment(struct packet *p)
{
	tcp = stray;
	tcp.port[0] = 1024 + any() % 32;
	tcp.port[1] = 1 + any() % 8;
	tcp.snd_nxt = any() % 2 ? any() : any() % 65536;
	tcp.rcv_nxt = any() % 2 ? any() : any() % 65536;
	tcp.ts = any() % 2;
	sane(p);
}

/*
 * The idle connection's receiver drops it, for one reason alone: everything
 * else about it would be acceptable, a RST and a FIN too.
 */
static void of_idle(struct packet *p)
{
	static const uint8_t flags[] = {
		ACK, ACK, ACK | PSH, ACK | FIN, RST, RST | ACK, SYN, SYN | ACK,
	};
	uint8_t *th;

	tcp = idle;
	sane(p);
	th = p->b + p->l4;
	th[13] = flags[any() % sizeof(flags)];
	switch (any() % 8) {
	case 0:
		th[12] = (any() % 5) << 4 | (th[12] & 15);
		break;
	case 1:
		th[12] = 15 << 4;
		p->len = p->l4 + 20 + any() % 40;
		break;
	case 2:
		p->len = p->l4 + 1 + any() % 19;
		break;
	default:
		seal(p);
		put16(th + 16, get16(th + 16) ^ (1 + any() % 0xfffe));
		return;
	}
	seal(p);
}

/* Room for bytes before the TCP header. */
static uint8_t *insert(struct packet *p, unsigned int len)
{
	memmove(p->b + p->l4 + len, p->b + p->l4, p->len - p->l4);
	p->len += len;
	p->l4 += len;
	return p->b + p->l4 - len;
}

static void ipv4_options(struct packet *p)
{
	static const uint8_t kinds[] = { 0, 1, 7, 68, 130, 131, 136, 137, 148 };
	unsigned int len = (1 + any() % 10) * 4;
	uint8_t *opt = insert(p, len);

	noise(opt, len);
	opt[0] = kinds[any() % sizeof(kinds)];
	if (any() % 2)
		memset(opt, 1, len);
	p->b[0] = 0x40 | (5 + len / 4);
}

/* Up to four, some of them with lengths that lead beyond the packet. */
static void ipv6_chain(struct packet *p)
{
	static const uint8_t kinds[] = { 0, 43, 44, 50, 51, 59, 60, 135, 253 };
	unsigned int n = 1 + any() % 4;
	uint8_t *ext;

	while (n--) {
		ext = insert(p, 8);
		/* what was first follows */
		memmove(p->b + 48, p->b + 40, ext - (p->b + 40));
		ext = p->b + 40;
		noise(ext, 8);
		ext[0] = p->b[6];
		p->b[6] = kinds[any() % sizeof(kinds)];
		ext[1] = any() % 8 ? 0 : any();
		if (p->b[6] == 43)
			ext[3] = any() % 4 ? 0 : any();
		if (p->b[6] != 44 && any() % 2)
			memcpy(ext + 2, "\1\4\0\0\0\0", 6);
		else if (p->b[6] == 44)
			put16(ext + 2, any() % 2 ? 0 : any() % 64);
	}
}

static void transmit(const struct packet *p)
{
	packet_send(tcp.family, p->b, p->len);
}

/* The part FROM to TO of what follows the IP header, counted in 8 bytes. */
static void fragment(const struct packet *p, unsigned int from, unsigned int to)
{
	unsigned int len = p->len - p->l4, more;
	struct packet f = *p;
	uint8_t *ext;

	from *= 8;
	to *= 8;
	more = to < len;
	if (!more)
		to = len;
	if (from >= to)
		return;
	memcpy(f.b + f.l4, p->b + p->l4 + from, to - from);
	f.len = f.l4 + to - from;
	if (ipv4()) {
		put16(f.b + 4, fragment_id);
		put16(f.b + 6, from / 8 | (more ? 0x2000 : 0));
	} else {
		ext = insert(&f, 8);
		ext[0] = f.b[6];
		ext[1] = 0;
		put16(ext + 2, from | more);
		put16(ext + 4, 0x7a7a);
		put16(ext + 6, fragment_id);
		f.b[6] = 44;
	}
	seal_ip(&f);
	transmit(&f);
}

/* Tiny ones, in any order, overlapping, and now and then one is missing. */
static void fragments(struct packet *p)
{
	unsigned int i, n;

	p->len = p->l4 + 20 + any() % 60;
	p->b[p->l4 + 12] = 5 << 4;
	seal(p);
	n = (p->len - p->l4 + 7) / 8;
	fragment_id++;
	switch (any() % 8) {
	case 0:
		/* the flags are in the second (RFC 1858) */
		fragment(p, 0, 1);
		fragment(p, 1, n);
		break;
	case 1:
		for (i = n; i--; )
			fragment(p, i, i + 1);
		break;
	case 2:
		fragment(p, 0, 2);
		noise(p->b + p->l4 + 8, 4);
		fragment(p, 1, n);
		break;
	case 3:
		if (any() % 8)
			fragment(p, 0, 2);
		fragment(p, 2, n);
		break;
	default:
		for (i = 0; i < n; i += 2)
			fragment(p, i, i + 2);
	}
}

static void broken_ip(struct packet *p)
{
	uint8_t *b = p->b;

	switch (any() % 6) {
	case 0:
		b[0] = any();
		break;
	case 1:
		if (ipv4())
			b[0] = 0x40 | any() % 16;
		else
			b[6] = any();
		break;
	case 2:
		put16(b + (ipv4() ? 2 : 4), any() % 128);
		break;
	case 3:
		b[ipv4() ? 8 : 7] = any() % 4;
		break;
	case 4:
		/* beyond the total length there is more */
		noise(b + p->len, 64);
		p->len += any() % 64;
		return;
	default:
		if (!ipv4())
			break;
		/* a fragment, of whatever: none of another's */
		put16(b + 4, ++fragment_id);
		put16(b + 6, any());
	}
	if (ipv4() && any() % 4 && (b[0] & 15) * 4 <= (int)p->len) {
		put16(b + 10, 0);
		put16(b + 10, fold(sum(b, (b[0] & 15) * 4, 0)));
	}
}

/* TCP header and options that are wrong in themselves, and arrive intact. */
static void broken_tcp(struct packet *p)
{
	uint8_t *th = p->b + p->l4;

	switch (any() % 5) {
	case 0:
		noise(th + 4, 12);
		break;
	case 1:
		th[12] = any();
		break;
	case 2:
		p->len = p->l4 + 60;
		noise(th + 20, 40);
		th[12] = 15 << 4;
		break;
	case 3:
		/* an option of length 0, 1, or longer than the header */
		p->len = p->l4 + 32;
		memset(th + 20, 1, 12);
		th[20 + any() % 11] = 2 + any() % 30;
		th[21 + any() % 11] = any() % 3 ? any() % 2 : any();
		th[12] = 8 << 4;
		break;
	default:
		th[13] = any();
	}
	seal(p);
}

static void junk(void)
{
	struct packet p;

	if (any() % 4 == 0) {
		of_idle(&p);
		transmit(&p);
		return;
	}
	stray_segment(&p);
	switch (any() % 6) {
	case 0:
		broken_tcp(&p);
		break;
	case 1:
		broken_ip(&p);
		break;
	case 2:
		if (ipv4())
			ipv4_options(&p);
		else
			ipv6_chain(&p);
		seal_ip(&p);
		break;
	case 3:
		fragments(&p);
		return;
	case 4:
		p.len = 1 + any() % p.len;
		if (any() % 2 && p.len > p.l4)
			seal_ip(&p);
		break;
	default:
		p.b[any() % p.len] ^= 1 << any() % 8;
	}
	transmit(&p);
}

static int do_pair(struct tcp_state *t, const char *own, const char *peer)
{
	t->family = strchr(own, ':') ? AF_INET6 : AF_INET;
	t->wscale = -1;
	return inet_pton(t->family, own, t->addr[0]) == 1 &&
	       inet_pton(t->family, peer, t->addr[1]) == 1 ? 0 : -EINVAL;
}

static int do_idle(char **word, int n)
{
	idle.port[0] = atoi(word[1]);
	idle.port[1] = atoi(word[3]);
	idle.snd_nxt = strtoul(word[4], NULL, 0);
	idle.rcv_nxt = strtoul(word[5], NULL, 0);
	if (do_pair(&idle, word[0], word[2]))
		return -EINVAL;
	answer("ok");
	return 0;
}

static int do_stray(char **word, int n)
{
	if (do_pair(&stray, word[0], word[1]))
		return -EINVAL;
	answer("ok");
	return 0;
}

/* Fragments of different seeds must not meet. */
static void sow(const char *seed)
{
	dice = 0x9e3779b97f4a7c15ULL * (strtoul(seed, NULL, 0) + 1);
	fragment_id = strtoul(seed, NULL, 0) * 1000;
}

static int do_junk(char **word, int n)
{
	sow(word[0]);
	for (long i = atol(word[1]); i > 0; i--)
		junk();
	answer("ok");
	return 0;
}

static int do_wrong(char **word, int n)
{
	struct packet p;

	sow(word[0]);
	for (long i = atol(word[1]); i > 0; i--) {
		of_idle(&p);
		transmit(&p);
	}
	answer("ok");
	return 0;
}

static int is_icmp(const uint8_t *b, unsigned int len)
{
	if (b[0] >> 4 == 4)
		return len > 9 && b[9] == IPPROTO_ICMP;
	return len > 40 && (b[6] == IPPROTO_ICMPV6 ||
			    (b[6] == 0 && b[40] == IPPROTO_ICMPV6));
}

/* What was put together and taken apart again has an ID by chance. */
static void forget_id(uint8_t *b, unsigned int len)
{
	unsigned int at = 40, next;

	if (b[0] >> 4 != 6 || len < 48)
		return;
	next = b[6];
	while ((next == 0 || next == 43 || next == 60) && at + 8 <= len) {
		next = b[at];
		at += (b[at + 1] + 1) * 8;
	}
	if (next == 44 && at + 8 <= len)
		memset(b + at + 4, 0, 4);
}

static uint64_t digest(const uint8_t *b, unsigned int len)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	while (len--)
		h = (h ^ *b++) * 0x100000001b3ULL;
	return h;
}

static int do_heard(char **word, int n)
{
	struct tpacket_stats_v { unsigned int packets, drops; } stats = {};
	socklen_t size = sizeof(stats);
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	uint8_t b[PACKET_MAX];
	uint64_t all = 0;
	unsigned int count = 0;
	int len;

	while ((len = recvfrom(packet_fd, b, sizeof(b), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &from_len)) >= 0) {
		if ((ntohs(from.sll_protocol) != ETH_P_IP &&
		     ntohs(from.sll_protocol) != ETH_P_IPV6) ||
		    is_icmp(b, len))
			continue;
		forget_id(b, len);
		all += digest(b, len);
		count++;
	}
	if (getsockopt(packet_fd, SOL_PACKET, 6 /* PACKET_STATISTICS */, &stats,
		       &size))
		return -errno;
	answer("ok count=%u sum=%016llx lost=%u", count,
	       (unsigned long long)all, stats.drops);
	return 0;
}

static const struct command commands[] = {
	{ "idle", 6, do_idle },
	{ "stray", 2, do_stray },
	{ "junk", 2, do_junk },
	{ "wrong", 2, do_wrong },
	{ "heard", 0, do_heard },
	{}
};

int main(int argc, char **argv)
{
	int one = 1, room = 8 << 20;

	if (packet_open(argv) ||
	    setsockopt(packet_fd, SOL_PACKET, IGNORE_OUTGOING, &one,
		       sizeof(one)) ||
	    setsockopt(packet_fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
		       sizeof(room)) ||
	    packet_listen()) {
		perror("tcp_junk DEVICE PEER-MAC");
		return 1;
	}
	return command_loop(commands);
}
