// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many short TCP connections, driven by commands: see command.h
 *
 *   serve ADDR PORT			accepts and closes after its peer, from
 *					now on
 *   churn ADDR PORT COUNT [RATE]	opens and closes COUNT connections one after
 *					another, RATE a second: "ok N" if they
 *					were all, else "N" and the error
 *   fill ADDR PORT FIRST COUNT		the same, from COUNT ports beginning with
 *					FIRST: to search for free ones is dear
 *   hold ADDR PORT COUNT		opens COUNT connections and keeps them
 *   release				closes them: "ok N", N of which had been
 *					aborted (ECONNABORTED)
 *   storm ADDR PORT LIVING [RATE]	opens connections to itself and closes them by
 *					RST, as fast as it can or RATE a second, from
 *					now on: each lives until LIVING others have
 *					come
 *   count				"ok N": so many have been opened so far
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t address(union address *a, char **word)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, word[0], &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(atoi(word[1]));
		return sizeof(a->in);
	}
	if (inet_pton(AF_INET6, word[0], &a->in6.sin6_addr) != 1)
		return 0;
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons(atoi(word[1]));
	return sizeof(a->in6);
}

static void *serve(void *arg)
{
	int listener = (intptr_t)arg, fd;
	char byte;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		while (read(fd, &byte, 1) > 0)
			;
		close(fd);
	}
	return NULL;
}

static int do_serve(char **word, int n)
{
	pthread_t thread;
	int fd, one = 1;
	union address a;
	socklen_t len;

	(void)n;
	len = address(&a, word);
	fd = socket(a.sa.sa_family, SOCK_STREAM, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    (a.sa.sa_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one))) ||
	    bind(fd, &a.sa, len) || listen(fd, 1024))
		return -errno;
	if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd))
		return -EAGAIN;
	answer("ok");
	return 0;
}

/* Closed at once, so that TIME_WAIT is on this side. */
static int once(const union address *a, socklen_t len, long port)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM, 0);
	union address from = { .sa.sa_family = a->sa.sa_family };
	int err = 0;

	if (fd < 0)
		return errno;
	/* at the same place in both */
	from.in.sin_port = htons(port);
	if ((port && bind(fd, &from.sa, len)) || connect(fd, &a->sa, len))
		err = errno;
	close(fd);
	return err;
}

static void pause_until(struct timespec *when, long rate)
{
	if (!rate)
		return;
	when->tv_nsec += 1000000000 / rate;
	if (when->tv_nsec >= 1000000000) {
		when->tv_nsec -= 1000000000;
		when->tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, when, NULL);
}

static int many(char **word, long first, long count, long rate)
{
	struct timespec when;
	union address a;
	socklen_t len;
	int err;

	len = address(&a, word);
	clock_gettime(CLOCK_MONOTONIC, &when);
	for (long i = 0; i < count; i++) {
		err = once(&a, len, first ? first + i : 0);
		if (err) {
			answer("%ld %s", i, strerrorname_np(err));
			return 0;
		}
		pause_until(&when, rate);
	}
	answer("ok %ld", count);
	return 0;
}

static int do_churn(char **word, int n)
{
	return many(word, 0, atol(word[2]), n > 3 ? atol(word[3]) : 0);
}

static int do_fill(char **word, int n)
{
	(void)n;
	return many(word, atol(word[2]), atol(word[3]), 0);
}

#define HELD_MAX	4096

static int held[HELD_MAX];
static unsigned int held_count;

static int hold_one(const union address *a, socklen_t len)
{
	int fd;

	if (held_count == HELD_MAX)
		return -ENOSPC;
	fd = socket(a->sa.sa_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, &a->sa, len))
		return -errno;
	held[held_count++] = fd;
	return 0;
}

static int do_hold(char **word, int n)
{
	long count = atol(word[2]);
	union address a;
	socklen_t len;
	int err = 0;

	(void)n;
	len = address(&a, word);
	for (long i = 0; i < count && !err; i++)
		err = hold_one(&a, len);
	if (!err)
		answer("ok %u", held_count);
	return err;
}

static int do_release(char **word, int n)
{
	unsigned int aborted = 0;

	(void)word;
	(void)n;
	while (held_count) {
		socklen_t len = sizeof(int);
		int err = 0;

		getsockopt(held[--held_count], SOL_SOCKET, SO_ERROR, &err, &len);
		aborted += err == ECONNABORTED;
		close(held[held_count]);
	}
	answer("ok %u", aborted);
	return 0;
}

#define LIVING_MAX	400

/**
 * struct storm - connections of this program to itself
 * @a: where it listens
 * @len: of @a
 * @listener: there
 * @living: how many there are at once
 * @rate: how many are opened in a second, 0 for as many as can be
 * @client: their ends, -1 where there is none
 * @server: the other ends
 * @count: how many there have been
 * @err: why there are no more, an errno
 */
static struct storm {
	union address a;
	socklen_t len;
	int listener;
	unsigned int living;
	long rate;
	int client[LIVING_MAX];
	int server[LIVING_MAX];
	unsigned long count;
	int err;
} storm;

/* The one that accepted closes first, by RST, which it has of its listener. */
static int storm_one(unsigned int i)
{
	if (storm.client[i] >= 0) {
		close(storm.server[i]);
		close(storm.client[i]);
	}
	storm.client[i] = socket(storm.a.sa.sa_family, SOCK_STREAM, 0);
	if (storm.client[i] < 0 ||
	    connect(storm.client[i], &storm.a.sa, storm.len))
		return errno;
	storm.server[i] = accept4(storm.listener, NULL, NULL, 0);
	return storm.server[i] < 0 ? errno : 0;
}

static void *storm_run(void *arg)
{
	struct timespec when;
	unsigned long n;
	int err = 0;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &when);
	for (n = 0; !err; n++) {
		err = storm_one(n % storm.living);
		__atomic_store_n(&storm.count, n + !err, __ATOMIC_RELAXED);
		pause_until(&when, storm.rate);
	}
	__atomic_store_n(&storm.err, err, __ATOMIC_RELAXED);
	return NULL;
}

static int do_storm(char **word, int n)
{
	const struct linger by_rst = { .l_onoff = 1 };
	pthread_t thread;
	int one = 1;

	storm.living = atoi(word[2]);
	storm.rate = n > 3 ? atol(word[3]) : 0;
	if (!storm.living || storm.living > LIVING_MAX)
		return -EINVAL;
	memset(storm.client, -1, sizeof(storm.client));
	storm.len = address(&storm.a, word);
	storm.listener = socket(storm.a.sa.sa_family, SOCK_STREAM, 0);
	if (storm.listener < 0 ||
	    setsockopt(storm.listener, SOL_SOCKET, SO_REUSEADDR, &one,
		       sizeof(one)) ||
	    setsockopt(storm.listener, SOL_SOCKET, SO_LINGER, &by_rst,
		       sizeof(by_rst)) ||
	    bind(storm.listener, &storm.a.sa, storm.len) ||
	    listen(storm.listener, 16))
		return -errno;
	if (pthread_create(&thread, NULL, storm_run, NULL))
		return -EAGAIN;
	answer("ok");
	return 0;
}

static int do_count(char **word, int n)
{
	(void)word;
	(void)n;
	if (__atomic_load_n(&storm.err, __ATOMIC_RELAXED))
		return -storm.err;
	answer("ok %lu", __atomic_load_n(&storm.count, __ATOMIC_RELAXED));
	return 0;
}

static const struct command table[] = {
	{ "serve", 2, do_serve },
	{ "churn", 3, do_churn },
	{ "fill", 4, do_fill },
	{ "hold", 3, do_hold },
	{ "release", 0, do_release },
	{ "storm", 3, do_storm },
	{ "count", 0, do_count },
	{}
};

int main(void)
{
	return command_loop(table);
}
