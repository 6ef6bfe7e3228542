// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket that is not like others, driven by commands: see command.h
 *
 *   listen ADDR PORT     an MPTCP listener
 *   accept               blocks; then that socket is meant
 *   connect ADDR PORT    plain TCP, blocks
 *   get                  "ok keepalive=0" or 1
 *   stall                sends a page that is not there: the thread that does
 *                        owns the socket until
 *   resume               the page comes; "ok", the page was sent
 *   recv                 blocks: "ok N", "eof" or the error
 *   close                the listener, too
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif

static int fd = -1, listener = -1, faults = -1;
static void *page;
static size_t page_size;
static pthread_t sender;

static int result(int rc)
{
	if (rc < 0)
		return -errno;
	answer("ok");
	return 0;
}

static socklen_t address(struct sockaddr_storage *a, char **word)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)a;
	struct sockaddr_in *in = (struct sockaddr_in *)a;

	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, word[0], &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(atoi(word[1]));
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, word[0], &in6->sin6_addr) != 1)
		return 0;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(atoi(word[1]));
	return sizeof(*in6);
}

static int do_listen(char **word, int n)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, word);
	int one = 1;

	(void)n;
	listener = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC,
			  IPPROTO_MPTCP);
	if (listener < 0)
		return -errno;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&a, len))
		return -errno;
	return result(listen(listener, 8));
}

static int do_accept(char **word, int n)
{
	(void)word;
	(void)n;
	fd = accept(listener, NULL, NULL);
	return result(fd);
}

static int do_connect(char **word, int n)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, word);

	(void)n;
	fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	return result(connect(fd, (struct sockaddr *)&a, len));
}

static int do_get(char **word, int n)
{
	socklen_t len = sizeof(int);
	int value;

	(void)word;
	(void)n;
	if (getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &len))
		return -errno;
	answer("ok keepalive=%d", value);
	return 0;
}

/* A page whose first access, by whomsoever, waits for do_resume(). */
static int make_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	page_size = sysconf(_SC_PAGESIZE);
	page = mmap(NULL, page_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api))
		return -errno;
	reg.range.start = (uintptr_t)page;
	reg.range.len = page_size;
	return ioctl(faults, UFFDIO_REGISTER, &reg) ? -errno : 0;
}

static void *send_page(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)send(fd, page, page_size, 0);
}

/* Answers when the thread is in the fault, with the socket in its hands. */
static int do_stall(char **word, int n)
{
	struct uffd_msg msg;
	int err = make_page();

	(void)word;
	(void)n;
	if (err)
		return err;
	err = pthread_create(&sender, NULL, send_page, NULL);
	if (err)
		return -err;
	return result(read(faults, &msg, sizeof(msg)));
}

static int do_resume(char **word, int n)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)page, .len = page_size },
	};
	void *sent;

	(void)word;
	(void)n;
	if (ioctl(faults, UFFDIO_ZEROPAGE, &zero))
		return -errno;
	pthread_join(sender, &sent);
	close(faults);
	munmap(page, page_size);
	return (intptr_t)sent == (intptr_t)page_size ? result(0) : -EIO;
}

static int do_recv(char **word, int n)
{
	char data[4096];
	ssize_t got = recv(fd, data, sizeof(data), 0);

	(void)word;
	(void)n;
	if (got < 0)
		return -errno;
	if (got)
		answer("ok %zd", got);
	else
		answer("eof");
	return 0;
}

static int do_close(char **word, int n)
{
	(void)word;
	(void)n;
	if (listener >= 0)
		close(listener);
	listener = -1;
	return result(close(fd));
}

static const struct command commands[] = {
	{ "listen", 2, do_listen },
	{ "accept", 0, do_accept },
	{ "connect", 2, do_connect },
	{ "get", 0, do_get },
	{ "stall", 0, do_stall },
	{ "resume", 0, do_resume },
	{ "recv", 0, do_recv },
	{ "close", 0, do_close },
	{}
};

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return command_loop(commands);
}
