// SPDX-License-Identifier: GPL-2.0-only
/*
 * What TCP over loopback costs, both ends in one program; see command.h
 *
 * In virtual time an instruction takes a nanosecond. Both ends are run by one
 * thread that never waits, so that what passes is what was computed.
 *
 *   pairs ADDR PORT COUNT PORTS   connects so many, dealt out to so many ports
 *   ask ROUNDS                    a byte each way over the first: "ok NS"
 *   bulk CHUNKS                   64 KiB each over the first: "ok NS"
 *   room                          makes it in the allocator for what they need
 *   given IDLE                    how many sockets have keepalive, and IDLE
 *   reset                         all of them, with RST
 *   pulse PERIOD                  wakes each PERIOD us, before all others
 *   gap                           no longer: "ok US", the longest time for
 *                                 which it could not run
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

#define PAIRS_MAX	65536
#define CHUNK		65536
#define ROOM		512

static struct {
	int client;
	int server;
} pair[PAIRS_MAX];

static unsigned int pairs;

static char data[CHUNK];

static struct {
	pthread_t thread;
	uint64_t period;
	uint64_t longest;
	bool running;
} pulse;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static int address(union address *a, const char *addr, unsigned int port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, addr, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(port);
		return 0;
	}
	if (inet_pton(AF_INET6, addr, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(port);
		return 0;
	}
	return -EINVAL;
}

static int new_socket(const union address *a)
{
	return socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* The handshake over loopback is done when connect() returns. */
static int pair_up(const union address *a, int listener)
{
	int one = 1;
	int client, server;

	if (pairs == PAIRS_MAX)
		return -ENOSPC;
	client = new_socket(a);
	if (client < 0 || connect(client, &a->sa, sizeof(*a)))
		return -errno;
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		return -errno;
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	pair[pairs].client = client;
	pair[pairs].server = server;
	pairs++;
	return 0;
}

/* One port has not enough of them for all. */
static int pairs_at(const union address *a, unsigned int count)
{
	int listener = new_socket(a);
	int err = 0;
	int one = 1;

	if (listener < 0)
		return -errno;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, &a->sa, sizeof(*a)) || listen(listener, 16))
		err = -errno;
	while (count-- && !err)
		err = pair_up(a, listener);
	/* stays, as those of servers do */
	if (err)
		close(listener);
	return err;
}

static int do_pairs(char **word, int n)
{
	unsigned int count = atoi(word[2]);
	unsigned int ports = atoi(word[3]);
	union address a;
	int err = 0;

	for (unsigned int i = 0; i < ports && !err; i++) {
		err = address(&a, word[0], atoi(word[1]) + i);
		if (!err)
			err = pairs_at(&a, count / ports);
	}
	if (!err)
		answer("ok %u", pairs);
	return err;
}

static bool carry(int from, int to)
{
	char byte;

	return send(from, "x", 1, MSG_NOSIGNAL) == 1 &&
	       recv(to, &byte, 1, 0) == 1;
}

static int do_ask(char **word, int n)
{
	long rounds = atol(word[0]);
	uint64_t from = now_ns();

	while (rounds--)
		if (!carry(pair[0].client, pair[0].server) ||
		    !carry(pair[0].server, pair[0].client))
			return -errno;
	answer("ok %llu", (unsigned long long)(now_ns() - from));
	return 0;
}

/* Return: bytes, 0 if it would have to wait, or a negative errno. */
static ssize_t at_once(ssize_t bytes)
{
	if (bytes < 0)
		return errno == EAGAIN ? 0 : -errno;
	return bytes;
}

static int do_bulk(char **word, int n)
{
	ssize_t left = atol(word[0]) * CHUNK;
	uint64_t from = now_ns();
	ssize_t unread = left;
	ssize_t bytes;

	while (unread) {
		bytes = at_once(send(pair[0].client, data,
				     left < CHUNK ? left : CHUNK,
				     MSG_NOSIGNAL | MSG_DONTWAIT));
		if (bytes < 0)
			return bytes;
		left -= bytes;
		bytes = at_once(recv(pair[0].server, data, sizeof(data),
				     MSG_DONTWAIT));
		if (bytes < 0)
			return bytes;
		unread -= bytes;
	}
	answer("ok %llu", (unsigned long long)(now_ns() - from));
	return 0;
}

/* Return: how much of @total bytes could not be read, or a negative errno. */
static ssize_t unread(int fd, ssize_t total)
{
	ssize_t bytes;

	while (total) {
		bytes = recv(fd, data, sizeof(data), 0);
		if (bytes <= 0)
			return bytes ? -errno : total;
		total -= bytes;
	}
	return 0;
}

/*
 * Many buffers that have not been acknowledged, of a byte each: they wait for the
 * window, which those before them have filled.
 */
static ssize_t crowd(int client, int server)
{
	ssize_t total = 0;
	ssize_t bytes;

	for (int i = 0; i < 4 + ROOM; i++) {
		bytes = at_once(send(client, data, i < 4 ? CHUNK : 1,
				     MSG_NOSIGNAL | MSG_DONTWAIT | MSG_EOR));
		if (bytes < 0)
			return bytes;
		total += bytes;
	}
	return unread(server, total);
}

/*
 * Whether SLUB takes its slow path for every other buffer depends on what was
 * left of those slabs that it happens to have: 300 ns each, for as long as it
 * goes on. Where many have been in use at once, and none is now, it has room.
 */
static int do_room(char **word, int n)
{
	ssize_t left;
	int fd[2];

	if (!pairs || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return pairs ? -errno : -ENOTCONN;
	for (int i = 0; i < ROOM; i++)
		if (send(fd[0], data, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
			break;
	close(fd[0]);
	close(fd[1]);
	left = crowd(pair[pairs - 1].client, pair[pairs - 1].server);
	if (left)
		return left < 0 ? left : -EPIPE;
	answer("ok");
	return 0;
}

static bool given(int fd, int idle)
{
	socklen_t len = sizeof(int);
	int on = 0, value = 0;

	getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &len);
	if (!on)
		return !idle;
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &len);
	return value == idle;
}

static int do_given(char **word, int n)
{
	int idle = atoi(word[0]);
	unsigned int all = 0;

	for (unsigned int i = 0; i < pairs; i++)
		all += given(pair[i].client, idle) +
		       given(pair[i].server, idle);
	answer("ok %u", all);
	return 0;
}

static int do_reset(char **word, int n)
{
	struct linger linger = { .l_onoff = 1 };

	while (pairs--) {
		setsockopt(pair[pairs].client, SOL_SOCKET, SO_LINGER, &linger,
			   sizeof(linger));
		close(pair[pairs].client);
		close(pair[pairs].server);
	}
	pairs = 0;
	answer("ok");
	return 0;
}

/*
 * What cannot be preempted, as it holds a spinlock, lasts no longer than the
 * time between two turns of this.
 */
static void *pulse_run(void *arg)
{
	uint64_t last = now_ns();
	struct timespec due;
	uint64_t now;

	while (__atomic_load_n(&pulse.running, __ATOMIC_RELAXED)) {
		due.tv_sec = (last + pulse.period) / 1000000000;
		due.tv_nsec = (last + pulse.period) % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
		now = now_ns();
		if (now - last > pulse.longest)
			pulse.longest = now - last;
		last = now;
	}
	return NULL;
}

static int do_pulse(char **word, int n)
{
	struct sched_param first = { .sched_priority = 50 };
	pthread_attr_t attr;
	int err;

	pulse.period = atol(word[0]) * 1000ULL;
	pulse.longest = 0;
	pulse.running = true;
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &first);
	err = pthread_create(&pulse.thread, &attr, pulse_run, NULL);
	if (err)
		return -err;
	answer("ok");
	return 0;
}

static int do_gap(char **word, int n)
{
	__atomic_store_n(&pulse.running, false, __ATOMIC_RELAXED);
	pthread_join(pulse.thread, NULL);
	answer("ok %llu", (unsigned long long)pulse.longest / 1000);
	return 0;
}

static const struct command commands[] = {
	{ "pairs", 4, do_pairs },
	{ "ask", 1, do_ask },
	{ "bulk", 1, do_bulk },
	{ "room", 0, do_room },
	{ "given", 1, do_given },
	{ "reset", 0, do_reset },
	{ "pulse", 1, do_pulse },
	{ "gap", 0, do_gap },
	{}
};

int main(void)
{
	struct rlimit files = { 2 * PAIRS_MAX + 64, 2 * PAIRS_MAX + 64 };

	if (setrlimit(RLIMIT_NOFILE, &files))
		perror("tcp_cost");
	return command_loop(commands);
}
