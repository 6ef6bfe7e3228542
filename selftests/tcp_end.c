// SPDX-License-Identifier: GPL-2.0-only
/*
 * One end of TCP connections, driven by commands: see command.h
 *
 * A test starts one such program for each end and lets it live: to fork in
 * virtual time costs more than all that the programs do. SOCK is a number
 * that the test chooses.
 *
 *   kind plain, kind mptcp, kind md5 ADDR, kind ao ADDR, kind fast
 *                                     of sockets from now on: signed by TCP-MD5
 *                                     or TCP-AO towards ADDR; SYN only with payload
 *   listen SOCK ADDR PORT [BACKLOG]   SO_REUSEADDR
 *   accept SOCK NEW                   blocks
 *   connect SOCK ADDR PORT [SPORT]    blocks
 *   send SOCK BYTES
 *   say SOCK [WORD...]                a line
 *   recv SOCK [BYTES]                 blocks: "ok N", "eof" or the error
 *   poll SOCK, epoll SOCK             block: "ok IN|ERR|HUP|RDHUP" and the
 *                                     socket's error, which is not taken
 *   error SOCK                        takes SO_ERROR
 *   shut SOCK, close SOCK, reset SOCK with FIN, with FIN, with RST
 *   user UID                          sockets from now on are that user's
 *   vanish SOCK                       as by a reboot: nobody is told
 *   set SOCK OPTION VALUE             keepalive idle intvl cnt user_timeout
 *   get SOCK                          the same
 *   repair SOCK VALUE                 TCP_REPAIR
 *   tls SOCK                          what it sends from now on is TLS
 *   transparent SOCK                  takes connections to others' addresses
 *   info SOCK                         the state, and the peer's window
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"

#define SOCKS	1024

#ifndef SOL_TLS
#define SOL_TLS	282
#endif

static int fds[SOCKS];

static int *slot(const char *word)
{
	return &fds[strtoul(word, NULL, 10) % SOCKS];
}

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t address(union address *a, const char *addr, const char *port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, addr, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(atoi(port));
		return sizeof(a->in);
	}
	if (inet_pton(AF_INET6, addr, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(atoi(port));
		return sizeof(a->in6);
	}
	return 0;
}

/* That of new sockets. */
static struct {
	int protocol;
	int option;
	union address peer;
	int fast;
} kind;

static const char secret[] = "of both ends";

/* The kernel's struct tcp_ao_add, younger than many a <linux/tcp.h>. */
#define AO_ADD_KEY	38

struct ao_key {
	struct sockaddr_storage addr;
	char algorithm[64];
	int32_t ifindex;
	uint32_t current_rnext;
	uint16_t reserved;
	uint8_t prefix, sndid, rcvid, maclen, flags, len;
	uint8_t key[80];
} __attribute__((aligned(8)));

static int sign_md5(int fd)
{
	struct tcp_md5sig md5 = { .tcpm_keylen = strlen(secret) };

	memcpy(&md5.tcpm_addr, &kind.peer, sizeof(kind.peer));
	memcpy(md5.tcpm_key, secret, strlen(secret));
	return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof(md5));
}

static int sign_ao(int fd)
{
	struct ao_key ao = {
		.algorithm = "hmac(sha1)",
		.prefix = kind.peer.sa.sa_family == AF_INET ? 32 : 128,
		.sndid = 7,
		.rcvid = 7,
		.len = strlen(secret),
	};

	memcpy(&ao.addr, &kind.peer, sizeof(kind.peer));
	memcpy(ao.key, secret, strlen(secret));
	return setsockopt(fd, IPPROTO_TCP, AO_ADD_KEY, &ao, sizeof(ao));
}

static int sign(int fd)
{
	switch (kind.option) {
	case TCP_MD5SIG:
		return sign_md5(fd);
	case AO_ADD_KEY:
		return sign_ao(fd);
	default:
		return 0;
	}
}

static int result(int rc)
{
	if (rc < 0)
		return -errno;
	answer("ok");
	return 0;
}

static int do_kind(char **word, int n)
{
	memset(&kind, 0, sizeof(kind));
	if (!strcmp(word[0], "mptcp"))
		kind.protocol = IPPROTO_MPTCP;
	else if (!strcmp(word[0], "md5"))
		kind.option = TCP_MD5SIG;
	else if (!strcmp(word[0], "ao"))
		kind.option = AO_ADD_KEY;
	else if (!strcmp(word[0], "fast"))
		kind.fast = 1;
	if (kind.option && (n < 2 || !address(&kind.peer, word[1], "0")))
		return -EINVAL;
	answer("ok");
	return 0;
}

static int new_socket(char **word, union address *a, socklen_t *len)
{
	int one = 1;
	int fd;

	*len = address(a, word[1], word[2]);
	if (!*len) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, kind.protocol);
	if (fd < 0 || sign(fd))
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (kind.fast)
		setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one,
			   sizeof(one));
	*slot(word[0]) = fd;
	return fd;
}

static int do_listen(char **word, int n)
{
	union address a;
	socklen_t len;
	int fd;

	fd = new_socket(word, &a, &len);
	if (fd < 0 || bind(fd, &a.sa, len))
		return -errno;
	return result(listen(fd, n > 3 ? atoi(word[3]) : 1024));
}

static int do_accept(char **word, int n)
{
	int fd = accept(*slot(word[0]), NULL, NULL);

	(void)n;
	if (fd >= 0)
		*slot(word[1]) = fd;
	return result(fd);
}

static int do_connect(char **word, int n)
{
	union address a, from;
	socklen_t len;
	int fd;

	fd = new_socket(word, &a, &len);
	if (fd < 0)
		return -errno;
	if (n > 3) {
		address(&from, a.sa.sa_family == AF_INET ? "0.0.0.0" : "::",
			word[3]);
		if (bind(fd, &from.sa, len))
			return -errno;
	}
	return result(connect(fd, &a.sa, len));
}

/* At once, as far as buffers go: what is sent by and by makes small segments. */
static int do_send(char **word, int n)
{
	size_t left = strtoul(word[1], NULL, 10);
	static char data[1 << 20];
	ssize_t sent;

	(void)n;
	memset(data, 'x', sizeof(data));
	while (left) {
		sent = send(*slot(word[0]), data,
			    left < sizeof(data) ? left : sizeof(data),
			    MSG_NOSIGNAL);
		if (sent < 0)
			return -errno;
		left -= sent;
	}
	answer("ok");
	return 0;
}

static int do_say(char **word, int n)
{
	char line[512] = "";
	size_t at = 0;

	for (int i = 1; i < n; i++)
		at += snprintf(line + at, sizeof(line) - at, "%s%s", word[i],
			       i + 1 < n ? " " : "");
	at += snprintf(line + at, sizeof(line) - at, "\r\n");
	return result(send(*slot(word[0]), line, at, MSG_NOSIGNAL));
}

static int do_recv(char **word, int n)
{
	size_t want = n > 1 ? strtoul(word[1], NULL, 10) : 1;
	size_t got = 0;
	char data[4096];
	ssize_t len;

	do {
		len = recv(*slot(word[0]), data, sizeof(data), 0);
		if (len < 0)
			return -errno;
		got += len;
	} while (len && got < want);
	if (len)
		answer("ok %zu", got);
	else
		answer("eof");
	return 0;
}

/* The names and bits of poll and epoll are the same. */
static void answer_events(unsigned int events)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} names[] = {
		{ POLLIN, "IN" }, { POLLERR, "ERR" }, { POLLHUP, "HUP" },
		{ POLLRDHUP, "RDHUP" },
	};
	char text[64] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!(events & names[i].bit))
			continue;
		if (*text)
			strcat(text, "|");
		strcat(text, names[i].name);
	}
	answer("ok %s", text);
}

static int do_poll(char **word, int n)
{
	struct pollfd p = {
		.fd = *slot(word[0]),
		.events = POLLIN | POLLRDHUP,
	};

	(void)n;
	if (poll(&p, 1, -1) < 0)
		return -errno;
	answer_events(p.revents);
	return 0;
}

static int do_epoll(char **word, int n)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP };
	int fd = epoll_create1(EPOLL_CLOEXEC);
	int rc;

	(void)n;
	if (fd < 0)
		return -errno;
	rc = epoll_ctl(fd, EPOLL_CTL_ADD, *slot(word[0]), &e);
	if (!rc)
		rc = epoll_wait(fd, &e, 1, -1);
	if (rc < 0)
		rc = -errno;
	close(fd);
	if (rc < 0)
		return rc;
	answer_events(e.events);
	return 0;
}

static int do_error(char **word, int n)
{
	socklen_t len = sizeof(int);
	int err;

	(void)n;
	if (getsockopt(*slot(word[0]), SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	answer("ok %s", err ? strerrorname_np(err) : "0");
	return 0;
}

static int do_shut(char **word, int n)
{
	(void)n;
	return result(shutdown(*slot(word[0]), SHUT_WR));
}

static int close_slot(const char *word)
{
	int fd = *slot(word);

	*slot(word) = -1;
	return result(close(fd));
}

static int do_close(char **word, int n)
{
	(void)n;
	return close_slot(word[0]);
}

static int do_reset(char **word, int n)
{
	struct linger linger = { .l_onoff = 1 };

	(void)n;
	setsockopt(*slot(word[0]), SOL_SOCKET, SO_LINGER, &linger,
		   sizeof(linger));
	return close_slot(word[0]);
}

/* In repair mode the kernel forgets a socket without a word. */
static int do_vanish(char **word, int n)
{
	int on = 1;

	(void)n;
	if (setsockopt(*slot(word[0]), IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		return -errno;
	return close_slot(word[0]);
}

static const struct {
	const char *name;
	int level;
	int option;
} options[] = {
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE },
	{ "idle", IPPROTO_TCP, TCP_KEEPIDLE },
	{ "intvl", IPPROTO_TCP, TCP_KEEPINTVL },
	{ "cnt", IPPROTO_TCP, TCP_KEEPCNT },
	{ "user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT },
};

#define OPTIONS	(sizeof(options) / sizeof(*options))

static int do_transparent(char **word, int n)
{
	int one = 1;

	(void)n;
	return result(setsockopt(*slot(word[0]), IPPROTO_IP, IP_TRANSPARENT,
				 &one, sizeof(one)));
}

static int do_repair(char **word, int n)
{
	int value = atoi(word[1]);

	(void)n;
	return result(setsockopt(*slot(word[0]), IPPROTO_TCP, TCP_REPAIR,
				 &value, sizeof(value)));
}

static int do_tls(char **word, int n)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info.version = TLS_1_2_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
	};
	int fd = *slot(word[0]);

	(void)n;
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")))
		return -errno;
	return result(setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key)));
}

static int do_set(char **word, int n)
{
	int value = atoi(word[2]);

	(void)n;
	for (size_t i = 0; i < OPTIONS; i++)
		if (!strcmp(word[1], options[i].name))
			return result(setsockopt(*slot(word[0]),
						 options[i].level,
						 options[i].option, &value,
						 sizeof(value)));
	return -EINVAL;
}

static int do_get(char **word, int n)
{
	char text[128] = "";
	size_t at = 0;

	(void)n;
	for (size_t i = 0; i < OPTIONS; i++) {
		socklen_t len = sizeof(int);
		int value;

		if (getsockopt(*slot(word[0]), options[i].level,
			       options[i].option, &value, &len))
			return -errno;
		at += snprintf(text + at, sizeof(text) - at, " %s=%d",
			       options[i].name, value);
	}
	answer("ok%s", text);
	return 0;
}

static int do_info(char **word, int n)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	(void)n;
	if (getsockopt(*slot(word[0]), IPPROTO_TCP, TCP_INFO, &info, &len))
		return -errno;
	answer("ok state=%u snd_wnd=%u unacked=%u", info.tcpi_state,
	       info.tcpi_snd_wnd, info.tcpi_unacked);
	return 0;
}

/* Whose what is made from now on is. */
static int do_user(char **word, int n)
{
	(void)n;
	return result(seteuid(atoi(word[0])));
}

static const struct command commands[] = {
	{ "kind", 1, do_kind },
	{ "user", 1, do_user },
	{ "listen", 3, do_listen },
	{ "accept", 2, do_accept },
	{ "connect", 3, do_connect },
	{ "send", 2, do_send },
	{ "say", 1, do_say },
	{ "recv", 1, do_recv },
	{ "poll", 1, do_poll },
	{ "epoll", 1, do_epoll },
	{ "error", 1, do_error },
	{ "shut", 1, do_shut },
	{ "close", 1, do_close },
	{ "reset", 1, do_reset },
	{ "vanish", 1, do_vanish },
	{ "set", 3, do_set },
	{ "repair", 2, do_repair },
	{ "tls", 1, do_tls },
	{ "transparent", 1, do_transparent },
	{ "get", 1, do_get },
	{ "info", 1, do_info },
	{}
};

int main(void)
{
	memset(fds, -1, sizeof(fds));
	signal(SIGPIPE, SIG_IGN);
	return command_loop(commands);
}
