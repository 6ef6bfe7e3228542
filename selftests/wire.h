/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segments of a scripted TCP end, to bytes and back
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64,
	CWR = 128,
};

/* What the two ends have in common is an array: [0] own, [1] peer's. */
struct tcp_state {
	int family;
	uint8_t addr[2][16];
	uint16_t port[2];
	uint32_t snd_nxt, rcv_nxt, ts_recent;
	uint16_t win;
	bool ts, sack;
	int wscale;
	uint8_t sign;
};

struct segment {
	int flags;
	uint32_t seq, ack;
	unsigned int len;
	bool has_ts;
	uint32_t tsval, tsecr;
	uint16_t win;
	uint16_t mss;
	uint8_t opt;
	uint32_t sack[2];
	int ext;
	uint8_t ttl;
};

extern struct tcp_state tcp;

unsigned int wire_put(uint8_t *packet, const struct segment *s);
bool wire_read(const uint8_t *packet, unsigned int len, struct segment *s);

#endif
