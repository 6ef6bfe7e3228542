// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments of many connections, from one of their ends; see command.h
 *
 *	tcp_many DEVICE PEER-MAC
 *
 * Connection I is of client number I modulo 1024, at the port 1024 + I / 1024.
 * Both programs know all numbers: nothing is read, and what comes to the far
 * end may be dropped there.
 *
 *   as client|server CLIENTS SERVER PORT
 *				the first client's address; this is that end
 *   send FLAGS FIRST COUNT SEQ ACK LEN
 *				a segment each of so many connections, numbers
 *				counted from the initial ones: "ok NS", the time
 *				that the kernel took
 *   burn MS			computes for so long: "ok NS", for how much of it
 *				something else did
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
#include <sys/uio.h>
#include <time.h>

#include "command.h"
#include "packet.h"
#include "wire.h"

#define BURST		64
#define PACKET_MAX	1600
#define CLIENTS		1024
#define FIRST_PORT	1024

static struct sockaddr_ll next_hop;
static uint8_t packets[BURST][PACKET_MAX];
static struct iovec iov[BURST];
static struct mmsghdr msgs[BURST];
/* which of tcp.addr is the client's, and where its last two bytes are */
static unsigned int client;
static unsigned int tail;
static uint8_t clients[16];

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* The initial sequence number of an end of a connection. */
static uint32_t initial(uint32_t connection, unsigned int end)
{
	uint32_t n = (connection * 2 + end + 1) * 2654435761U;

	return n ^ n >> 15;
}

static void name(uint32_t connection)
{
	uint8_t *addr = tcp.addr[client];
	unsigned int number;

	number = (clients[tail] << 8 | clients[tail + 1]) +
		 connection % CLIENTS;
	addr[tail] = number >> 8;
	addr[tail + 1] = number;
	tcp.port[client] = FIRST_PORT + connection / CLIENTS;
}

/* @template counts its numbers from the initial ones. */
static void put(unsigned int i, uint32_t connection,
		const struct segment *template)
{
	struct segment s = *template;

	name(connection);
	s.seq += initial(connection, client);
	if (s.flags & ACK)
		s.ack += initial(connection, !client);
	iov[i].iov_len = wire_put(packets[i], &s);
}

static int burst(unsigned int n)
{
	unsigned int sent = 0;
	int rc;

	while (sent < n) {
		rc = sendmmsg(packet_fd, msgs + sent, n - sent, 0);
		if (rc < 0)
			return -errno;
		sent += rc;
	}
	return 0;
}

static int flags_of(const char *word)
{
	static const char letters[] = "FSRPA";
	const char *letter;
	int flags = 0;

	for (; *word; word++) {
		letter = strchr(letters, *word);
		if (!letter)
			return -1;
		flags |= 1 << (letter - letters);
	}
	return flags;
}

static int do_send(char **word, int n)
{
	static uint32_t stamp = 1000;
	uint32_t at = atol(word[1]);
	uint32_t end = at + atol(word[2]);
	struct segment s = {
		.flags = flags_of(word[0]),
		.seq = atol(word[3]),
		.ack = atol(word[4]),
		.len = atol(word[5]),
		.has_ts = true,
		.tsval = stamp++,
		.tsecr = 1000,
		.win = 64240,
		.ttl = 64,
	};
	uint64_t from, spent = 0;
	unsigned int i;
	int err;

	if (s.flags < 0 || s.len > PACKET_MAX - 100)
		return -EINVAL;
	if (s.flags & SYN)
		s.mss = 1460;
	while (at != end) {
		for (i = 0; i < BURST && at != end; i++)
			put(i, at++, &s);
		from = now_ns();
		err = burst(i);
		spent += now_ns() - from;
		if (err)
			return err;
	}
	answer("ok %llu", (unsigned long long)spent);
	return 0;
}

static int do_as(char **word, int n)
{
	unsigned int len;

	memset(&tcp, 0, sizeof(tcp));
	tcp.wscale = 7;
	tcp.sack = true;
	client = !strcmp(word[0], "server");
	tcp.family = strchr(word[1], ':') ? AF_INET6 : AF_INET;
	len = tcp.family == AF_INET ? 4 : 16;
	tail = len - 2;
	if (inet_pton(tcp.family, word[1], clients) != 1 ||
	    inet_pton(tcp.family, word[2], tcp.addr[!client]) != 1)
		return -EINVAL;
	memcpy(tcp.addr[client], clients, len);
	tcp.port[!client] = atoi(word[3]);
	next_hop = packet_address(tcp.family);
	for (unsigned int i = 0; i < BURST; i++) {
		iov[i].iov_base = packets[i];
		msgs[i].msg_hdr = (struct msghdr) {
			.msg_name = &next_hop,
			.msg_namelen = sizeof(next_hop),
			.msg_iov = &iov[i],
			.msg_iovlen = 1,
		};
	}
	answer("ok");
	return 0;
}

/* A turn takes as long as the shortest one, unless something else ran. */
static int do_burn(char **word, int n)
{
	uint64_t from = now_ns(), last = from, now = from;
	uint64_t until = from + atol(word[0]) * 1000000ULL;
	uint64_t shortest = UINT64_MAX, turns = 0;

	while (now < until) {
		for (unsigned int i = 0; i < 1000; i++)
			__asm__("" : "+r" (i));
		now = now_ns();
		if (now - last < shortest)
			shortest = now - last;
		last = now;
		turns++;
	}
	answer("ok %llu",
	       (unsigned long long)(now - from - turns * shortest));
	return 0;
}

static const struct command commands[] = {
	{ "as", 4, do_as },
	{ "send", 6, do_send },
	{ "burn", 1, do_burn },
	{}
};

int main(int argc, char **argv)
{
	int one = 1;

	if (packet_open(argv) ||
	    setsockopt(packet_fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one,
		       sizeof(one))) {
		perror("tcp_many DEVICE PEER-MAC");
		return 1;
	}
	return command_loop(commands);
}
