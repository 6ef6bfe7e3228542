// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flood of SYNs from addresses by chance; see command.h
 *
 *	tcp_flood DEVICE PEER-MAC
 *
 *   to ADDR PORT	where it goes
 *   flood COUNT
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

#include "command.h"
#include "packet.h"
#include "wire.h"

#define BURST		64
#define PACKET_MAX	128

static struct sockaddr_ll next_hop;
static uint64_t dice = 88172645463325252ULL;
static uint8_t packets[BURST][PACKET_MAX];
static struct iovec iov[BURST];
static struct mmsghdr msgs[BURST];

static uint32_t any(void)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return dice * 0x2545f4914f6cdd1dULL >> 32;
}

/* 20.0.0.0 to 99.255.255.255, or 2001:db8::/32 */
static void source(void)
{
	uint32_t words[3] = { any(), any(), any() };

	if (tcp.family == AF_INET) {
		memcpy(tcp.addr[0], words, 4);
		tcp.addr[0][0] = 20 + tcp.addr[0][0] % 80;
	} else {
		memcpy(tcp.addr[0], "\x20\x01\x0d\xb8", 4);
		memcpy(tcp.addr[0] + 4, words, 12);
	}
	tcp.port[0] = 1024 + any() % 60000;
}

static void syn(unsigned int i)
{
	struct segment s = {
		.flags = SYN,
		.seq = any(),
		.win = 64240,
		.mss = 1460,
		.ttl = 64,
	};

	source();
	iov[i].iov_base = packets[i];
	iov[i].iov_len = wire_put(packets[i], &s);
	msgs[i].msg_hdr = (struct msghdr) {
		.msg_name = &next_hop,
		.msg_namelen = sizeof(next_hop),
		.msg_iov = &iov[i],
		.msg_iovlen = 1,
	};
}

static int burst(unsigned int n)
{
	unsigned int sent = 0;
	int rc;

	for (unsigned int i = 0; i < n; i++)
		syn(i);
	while (sent < n) {
		rc = sendmmsg(packet_fd, msgs + sent, n - sent, 0);
		if (rc < 0)
			return -errno;
		sent += rc;
	}
	return 0;
}

static int do_to(char **word, int n)
{
	memset(&tcp, 0, sizeof(tcp));
	tcp.wscale = 7;
	tcp.sack = true;
	tcp.family = strchr(word[0], ':') ? AF_INET6 : AF_INET;
	tcp.port[1] = atoi(word[1]);
	if (inet_pton(tcp.family, word[0], tcp.addr[1]) != 1)
		return -EINVAL;
	next_hop = packet_address(tcp.family);
	answer("ok");
	return 0;
}

static int do_flood(char **word, int n)
{
	int err = 0;

	for (long left = atol(word[0]); left > 0 && !err; left -= BURST)
		err = burst(left < BURST ? left : BURST);
	if (!err)
		answer("ok");
	return err;
}

static const struct command commands[] = {
	{ "to", 2, do_to },
	{ "flood", 1, do_flood },
	{}
};

int main(int argc, char **argv)
{
	if (packet_open(argv)) {
		perror("tcp_flood DEVICE PEER-MAC");
		return 1;
	}
	return command_loop(commands);
}
