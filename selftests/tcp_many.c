// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments of many connections, from one of their ends; see command.h
 *
 *	tcp_many DEVICE PEER-MAC [offload]
 *
 * With "offload" their checksums are the device's business, as they are in what
 * this machine's own sockets send.
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
 *   stream AT MS FIRST COUNT SEQ ACK LEN
 *				segment after segment for so long, of each
 *				connection in turn, from the wall clock's us AT
 *				(or 0) on: "ok SEGMENTS NS SEQ", SEQ of the next ones
 *   burn MS			computes for so long: "ok NS", for how much of it
 *				something else did
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "packet.h"
#include "wire.h"

#define BURST		64
#define ROUND		1024
#define PACKET_MAX	1600
#define CLIENTS		1024
#define FIRST_PORT	1024

static struct sockaddr_ll next_hop;
static uint8_t packets[ROUND][PACKET_MAX];
static struct iovec iov[ROUND];
static struct mmsghdr msgs[ROUND];
/* of packets[], what is before the IP header */
static unsigned int head;
static bool offload;
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
	iov[i].iov_len = head + wire_put(packets[i] + head, &s);
}

/* RFC 1624: a 32-bit word at @p is @more now, and the checksum follows. */
static void add32(uint8_t *p, uint8_t *check, uint32_t more)
{
	uint32_t old, new, sum;
	uint16_t c;

	memcpy(&old, p, 4);
	new = htonl(ntohl(old) + more);
	memcpy(p, &new, 4);
	memcpy(&c, check, 2);
	old = ~old;
	sum = (uint16_t)~c + (old >> 16) + (old & 0xffff) + (new >> 16) +
	      (new & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	c = ~((sum >> 16) + sum);
	memcpy(check, &c, 2);
}

/* Packet @i becomes the next segment of its connection. */
static void next(unsigned int i, uint32_t len)
{
	uint8_t *th = packets[i] + head + (tcp.family == AF_INET ? 20 : 40);

	add32(th + 4, th + 16, len);
	/* what put_options() begins with here: two NOPs, kind and length */
	add32(th + 24, th + 16, 1);
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

/* At this time of the wall clock, in us; 0 is now. */
static int wait_for(uint64_t at)
{
	struct timespec ts;

	if (!at)
		return 0;
	clock_gettime(CLOCK_REALTIME, &ts);
	if (at <= ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000)
		return -ETIME;
	ts.tv_sec = at / 1000000;
	ts.tv_nsec = at % 1000000 * 1000;
	return -clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL);
}

/* A system call for each turn: few of them, as a turn takes a millisecond. */
static int do_stream(char **word, int n)
{
	uint32_t first = atol(word[2]), count = atol(word[3]);
	/* in step with those of other programs, and faster than the turns */
	struct segment s = {
		.flags = PSH | ACK,
		.seq = atol(word[4]),
		.ack = atol(word[5]),
		.len = atol(word[6]),
		.has_ts = true,
		.tsval = 1000000 + now_ns() / 100000,
		.tsecr = 1000,
		.win = 64240,
		.ttl = 64,
	};
	uint64_t from, until, now, turns = 0;
	unsigned int i;
	int err;

	if (s.len > PACKET_MAX - 100 || count > ROUND)
		return -EINVAL;
	for (i = 0; i < count; i++)
		put(i, first + i, &s);
	err = wait_for(atoll(word[0]));
	if (err)
		return err;
	from = now_ns();
	until = from + atol(word[1]) * 1000000ULL;
	do {
		err = burst(count);
		if (err)
			return err;
		for (i = 0; i < count; i++)
			next(i, s.len);
		turns++;
		now = now_ns();
	} while (now < until);
	answer("ok %llu %llu %u", (unsigned long long)(turns * count),
	       (unsigned long long)(now - from),
	       (unsigned int)(s.seq + turns * s.len));
	return 0;
}

/* Nobody on the way completes the sum, so all that counts is that it is due. */
static void put_offload(void)
{
	struct {
		struct virtio_net_hdr sum;
		struct ether_header eth;
	} __attribute__((packed)) before = {
		.sum = {
			.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.csum_start = ETH_HLEN +
				      (tcp.family == AF_INET ? 20 : 40),
			.csum_offset = 16,
		},
		.eth = {
			.ether_shost = { 0x02 },
			.ether_type = next_hop.sll_protocol,
		},
	};

	head = sizeof(before);
	memcpy(before.eth.ether_dhost, next_hop.sll_addr, ETH_ALEN);
	for (unsigned int i = 0; i < ROUND; i++)
		memcpy(packets[i], &before, head);
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
	if (offload)
		put_offload();
	for (unsigned int i = 0; i < ROUND; i++) {
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
	{ "stream", 7, do_stream },
	{ "burn", 1, do_burn },
	{}
};

/* The kernel takes it from sockets only that make the link's header themselves. */
static int offload_open(void)
{
	int one = 1;

	offload = true;
	close(packet_fd);
	packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	return setsockopt(packet_fd, SOL_PACKET, PACKET_VNET_HDR, &one,
			  sizeof(one));
}

int main(int argc, char **argv)
{
	int one = 1;

	if (packet_open(argv) || (argc > 3 && offload_open()) ||
	    setsockopt(packet_fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one,
		       sizeof(one))) {
		perror("tcp_many DEVICE PEER-MAC [offload]");
		return 1;
	}
	return command_loop(commands);
}
