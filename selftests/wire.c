// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments of a scripted TCP end, to bytes and back
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

struct tcp_state tcp;

static uint8_t *put16(uint8_t *p, uint16_t v)
{
	*p++ = v >> 8;
	*p++ = v;
	return p;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v);
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
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

static uint8_t *put_options(uint8_t *p, const struct segment *s)
{
	if (s->mss) {
		p = put16(p, 0x0204);
		p = put16(p, s->mss);
	}
	if (s->opt)
		p = put32(p, s->opt << 24 | 0x045001);
	/* no one checks who signed it, but everybody sees that it is signed */
	if (tcp.sign) {
		*p++ = tcp.sign;
		*p++ = 16;
		memset(p, 0x5a, 14);
		p += 14;
	}
	if (s->flags & SYN && tcp.wscale >= 0)
		p = put32(p, 0x01030300 | tcp.wscale);
	if (s->flags & SYN && tcp.sack)
		p = put32(p, 0x01010402);
	if (s->has_ts) {
		p = put32(p, 0x0101080a);
		p = put32(p, s->tsval);
		p = put32(p, s->tsecr);
	}
	if (s->sack[0] != s->sack[1]) {
		p = put32(p, 0x0101050a);
		p = put32(p, s->sack[0]);
		p = put32(p, s->sack[1]);
	}
	return p;
}

static unsigned int put_tcp(uint8_t *start, const struct segment *s)
{
	unsigned int alen = tcp.family == AF_INET ? 4 : 16;
	uint8_t *p = put_options(start + 20, s);
	unsigned int len = p - start + s->len;
	uint32_t check;

	put16(start, tcp.port[0]);
	put16(start + 2, tcp.port[1]);
	put32(start + 4, s->seq);
	put32(start + 8, s->ack);
	start[12] = (p - start) / 4 << 4;
	start[13] = s->flags;
	put16(start + 14, s->win);
	put32(start + 16, 0);
	memset(p, 'r', s->len);
	check = sum(tcp.addr[0], alen, IPPROTO_TCP + len);
	check = sum(tcp.addr[1], alen, check);
	put16(start + 16, fold(sum(start, len, check)));
	return len;
}

/* RFC 791: of the options there is only No Operation. */
static uint8_t *put_ipv4(uint8_t *p, unsigned int len, uint8_t ttl, int ext)
{
	unsigned int head = ext == IPPROTO_DSTOPTS ? 24 : 20;

	memset(p, 0, 20);
	memset(p + 20, 1, head - 20);
	p[0] = 0x40 | head / 4;
	put16(p + 2, head + len);
	p[6] = 0x40;
	p[8] = ttl;
	p[9] = IPPROTO_TCP;
	memcpy(p + 12, tcp.addr[0], 4);
	memcpy(p + 16, tcp.addr[1], 4);
	put16(p + 10, fold(sum(p, head, 0)));
	return p + head;
}

static uint8_t *put_ipv6(uint8_t *p, unsigned int len, uint8_t ttl, int ext)
{
	memset(p, 0, 48);
	p[0] = 0x60;
	put16(p + 4, len + (ext ? 8 : 0));
	p[6] = ext ? ext : IPPROTO_TCP;
	p[7] = ttl;
	memcpy(p + 8, tcp.addr[0], 16);
	memcpy(p + 24, tcp.addr[1], 16);
	if (!ext)
		return p + 40;
	p[40] = IPPROTO_TCP;
	if (ext == IPPROTO_DSTOPTS)
		put16(p + 42, 0x0104);	/* PadN */
	else
		put32(p + 44, 0x12345678);
	return p + 48;
}

/* The bytes of a segment of ours, from the IP header on; returns how many. */
unsigned int wire_put(uint8_t *packet, const struct segment *s)
{
	uint8_t payload[2048];
	unsigned int len = put_tcp(payload, s);
	uint8_t *p;

	if (tcp.family == AF_INET)
		p = put_ipv4(packet, len, s->ttl, s->ext);
	else
		p = put_ipv6(packet, len, s->ttl, s->ext);
	memcpy(p, payload, len);
	return p - packet + len;
}

static void read_options(const uint8_t *p, const uint8_t *end,
			 struct segment *s)
{
	while (p < end && *p) {
		if (*p == 1) {
			p++;
			continue;
		}
		if (p + 1 >= end || p[1] < 2)
			return;
		if (*p == 8 && p[1] == 10) {
			s->has_ts = true;
			s->tsval = get32(p + 2);
			s->tsecr = get32(p + 6);
		}
		if (*p == 5 && p[1] >= 10) {
			s->sack[0] = get32(p + 2);
			s->sack[1] = get32(p + 6);
		}
		p += p[1];
	}
}

static bool read_tcp(const uint8_t *p, unsigned int len, struct segment *s)
{
	unsigned int hlen;

	memset(s, 0, sizeof(*s));
	hlen = len < 20 ? 0 : (p[12] >> 4) * 4;
	if (hlen < 20 || hlen > len || get16(p + 2) != tcp.port[0])
		return false;
	if (!tcp.port[1])
		tcp.port[1] = get16(p);
	if (get16(p) != tcp.port[1])
		return false;
	s->seq = get32(p + 4);
	s->ack = get32(p + 8);
	s->flags = p[13];
	s->win = get16(p + 14);
	s->len = len - hlen;
	read_options(p + 20, p + hlen, s);
	return true;
}

/* Whether they are a segment of the peer's to us, and which. */
bool wire_read(const uint8_t *p, unsigned int len, struct segment *s)
{
	if (tcp.family == AF_INET)
		return len >= 20 && p[0] == 0x45 && p[9] == IPPROTO_TCP &&
		       !memcmp(p + 12, tcp.addr[1], 4) &&
		       !memcmp(p + 16, tcp.addr[0], 4) &&
		       read_tcp(p + 20, get16(p + 2) - 20, s);
	return len >= 40 && p[0] >> 4 == 6 && p[6] == IPPROTO_TCP &&
	       !memcmp(p + 8, tcp.addr[1], 16) &&
	       !memcmp(p + 24, tcp.addr[0], 16) &&
	       read_tcp(p + 40, get16(p + 4), s);
}
