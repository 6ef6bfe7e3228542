// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes wrong is told in one line, with the file and line it stands in.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tcpkactl.h"

static struct place here;

void place_set(struct place place)
{
	here = place;
}

struct place place_get(void)
{
	return here;
}

static const char *const kinds[] = { "", "warning: " };

static void tell(bool warns, const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("tcpkactl: ", stderr);
	if (here.file)
		fprintf(stderr, "%s:%u: ", here.file, here.line);
	fputs(kinds[warns], stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(false, fmt, ap);
	va_end(ap);
}

void warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(true, fmt, ap);
	va_end(ap);
}

/**
 * wrong - names the word at fault
 *
 * Return: EXIT_USAGE
 */
int wrong(const char *word, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error("\"%s\": %s", word, text);
	return EXIT_USAGE;
}

void *xalloc(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n ? n : 1, size);

	if (!p) {
		error("out of memory");
		exit(EXIT_KERNEL);
	}
	return p;
}

char *xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xalloc(NULL, n, 1), s, n);
}
