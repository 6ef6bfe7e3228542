// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times, ports and names as people read them.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "tcpkactl.h"
#include "value.h"

/**
 * u64_text - a number, without what printf() does besides
 * @buf: of U64_BUF bytes
 *
 * Return: its end, where the NUL is
 */
char *u64_text(char *buf, uint64_t n)
{
	char digits[U64_BUF];
	unsigned int len = 0;

	do {
		digits[len++] = '0' + n % 10;
		n /= 10;
	} while (n);
	while (len)
		*buf++ = digits[--len];
	*buf = '\0';
	return buf;
}

/**
 * time_text - a time that was measured: 250ms, 12s, 7m12s, 2h5m, 3d4h
 * @buf: of TIME_BUF bytes
 *
 * Return: @buf
 */
const char *time_text(char *buf, uint64_t ms)
{
	static const struct {
		const char *big, *small;
		uint64_t big_s, small_s;
	} step[] = {
		{ "d", "h", 86400, 3600 },
		{ "h", "m", 3600, 60 },
		{ "m", "s", 60, 1 },
	};
	uint64_t s = ms / 1000;
	unsigned int i;
	char *to;

	if (ms < 1000 && ms) {
		strcpy(u64_text(buf, ms), "ms");
		return buf;
	}
	for (i = 0; i < ARRAY_SIZE(step); i++) {
		if (s < step[i].big_s)
			continue;
		to = stpcpy(u64_text(buf, s / step[i].big_s), step[i].big);
		s = s % step[i].big_s / step[i].small_s;
		if (s)
			strcpy(u64_text(to, s), step[i].small);
		return buf;
	}
	strcpy(u64_text(buf, s), "s");
	return buf;
}

static char *services[UINT16_MAX + 1];

/* Once for all: a look-up of one port reads all of /etc/services. */
static void services_read(void)
{
	static bool done;
	struct servent *s;
	uint16_t port;

	if (done)
		return;
	done = true;
	setservent(1);
	while ((s = getservent())) {
		port = ntohs(s->s_port);
		if (!strcmp(s->s_proto, "tcp") && !services[port])
			services[port] = xstrdup(s->s_name);
	}
	endservent();
}

/**
 * port_name - a port as its service is called, or its number with -N
 *
 * Return: valid until the next call
 */
const char *port_name(uint16_t port)
{
	static char number[U64_BUF];

	if (!opt.numeric) {
		services_read();
		if (services[port])
			return services[port];
	}
	u64_text(number, port);
	return number;
}

/**
 * quoted_write - writes a word so that a shell, and a batch file, read it back
 */
void quoted_write(FILE *f, const char *s)
{
	const char *p;

	for (p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.:/@%+,=", *p) &&
		    !(*p & 0x80))
			break;
	if (*s && !*p) {
		fputs(s, f);
		return;
	}
	fputc('\'', f);
	for (p = s; *p; p++) {
		if (*p == '\'')
			fputs("'\\''", f);
		else
			fputc(iscntrl((unsigned char)*p) ? '?' : *p, f);
	}
	fputc('\'', f);
}

/**
 * printable - a name without what a terminal would obey
 *
 * Return: @s, or a changed copy, valid until the next call
 */
const char *printable(const char *s)
{
	static char copy[256];
	size_t i;

	for (i = 0; s[i] && i < sizeof(copy) - 1; i++)
		copy[i] = iscntrl((unsigned char)s[i]) ? '?' : s[i];
	copy[i] = '\0';
	return copy;
}
