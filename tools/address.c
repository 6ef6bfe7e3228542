// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses as inet_ntop() has them, which goes by way of printf(): in a list
 * of a million connections that is half of the time.
 */
#include <stdbool.h>
#include <sys/socket.h>

#include "value.h"

#define WORDS	8

/**
 * struct run - words of an IPv6 address that are 0
 * @first: of them
 * @n: how many, 0 where none
 */
struct run {
	unsigned int first;
	unsigned int n;
};

static char *ipv4_text(char *to, const uint8_t *addr)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (i)
			*to++ = '.';
		to = u64_text(to, addr[i]);
	}
	return to;
}

static char *word_text(char *to, unsigned int word)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift && !(word >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = digits[word >> shift & 15];
	*to = '\0';
	return to;
}

/* The longest run of two or more, the first of those that are equal. */
static struct run longest_run(const unsigned int *word)
{
	struct run best = { 0 }, here = { 0 };
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		if (word[i]) {
			here.n = 0;
			continue;
		}
		if (!here.n++)
			here.first = i;
		if (here.n > best.n)
			best = here;
	}
	if (best.n < 2)
		best.n = 0;
	return best;
}

/* ::1.2.3.4 and ::ffff:1.2.3.4 */
static bool ends_as_ipv4(const unsigned int *word, const struct run *run)
{
	return run->n && !run->first &&
	       (run->n == 6 || (run->n == 5 && word[5] == 0xffff));
}

static char *ipv6_text(char *to, const uint8_t *addr)
{
	unsigned int word[WORDS];
	struct run run;
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		word[i] = addr[2 * i] << 8 | addr[2 * i + 1];
	run = longest_run(word);
	for (i = 0; i < WORDS; i++) {
		if (run.n && i == run.first) {
			*to++ = ':';
			i += run.n - 1;
			continue;
		}
		if (i)
			*to++ = ':';
		if (i == 6 && ends_as_ipv4(word, &run))
			return ipv4_text(to, addr + 12);
		to = word_text(to, word[i]);
	}
	if (run.n && run.first + run.n == WORDS)
		*to++ = ':';
	*to = '\0';
	return to;
}

/**
 * address_text - an address
 * @buf: of INET6_ADDRSTRLEN bytes
 * @family: AF_INET or AF_INET6
 *
 * Return: its end, where the NUL is
 */
char *address_text(char *buf, int family, const uint8_t *addr)
{
	if (family == AF_INET6)
		return ipv6_text(buf, addr);
	return ipv4_text(buf, addr);
}
