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

static void begin(void)
{
	fflush(stdout);
	fputs("tcpkactl: ", stderr);
	if (here.file)
		fprintf(stderr, "%s:%u: ", here.file, here.line);
}

void error(const char *fmt, ...)
{
	va_list ap;

	begin();
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void warning(const char *fmt, ...)
{
	va_list ap;

	begin();
	fputs("warning: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/**
 * wrong - names the word at fault on a command line
 *
 * Return: EXIT_USAGE
 */
int wrong(const char *word, const char *fmt, ...)
{
	va_list ap;

	begin();
	fprintf(stderr, "\"%s\": ", word);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
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
