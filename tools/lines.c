// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words are set apart by blanks; '...', "..." and \ work as in a shell, and a
 * # that begins a word begins a comment.
 */
#include <errno.h>
#include <string.h>

#include "lines.h"

/**
 * lines_open - opens a file, "-" for standard input
 * @file: must outlive what is read, which goes by its name
 *
 * Errors are placed in the file from then on, until lines_close().
 */
int lines_open(struct lines *l, const char *file)
{
	bool std = !strcmp(file, "-");

	memset(l, 0, sizeof(*l));
	l->f = std ? stdin : fopen(file, "re");
	if (!l->f)
		return wrong(file, "%s", strerror(errno));
	if (std && feof(stdin))
		return wrong(file, "standard input was read already");
	l->place.file = std ? "standard input" : file;
	return EXIT_SUCCESS;
}

void lines_close(struct lines *l)
{
	static const struct place none;

	if (l->f && l->f != stdin)
		fclose(l->f);
	free(l->buf);
	free(l->word);
	place_set(none);
}

/* Takes one piece of a word, plain or quoted, and moves it left to *@to. */
static int piece(char **from, char **to)
{
	char quote = **from;

	if (quote != '\'' && quote != '"') {
		if (quote == '\\' && !*++*from)
			return wrong("\\", "at the end of the line");
		*(*to)++ = *(*from)++;
		return EXIT_SUCCESS;
	}
	for (++*from; **from != quote; ++*from) {
		if (quote == '"' && **from == '\\' &&
		    ((*from)[1] == '"' || (*from)[1] == '\\'))
			++*from;
		if (!**from)
			return wrong(quote == '"' ? "\\\"" : "'",
				     "quote is not closed");
		*(*to)++ = **from;
	}
	++*from;
	return EXIT_SUCCESS;
}

static void word_add(struct lines *l, char *word)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 32;
		l->word = xalloc(l->word, l->cap, sizeof(*l->word));
	}
	l->word[l->n++] = word;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static int split(struct lines *l)
{
	char *from = l->buf, *to = l->buf;
	int ret;

	l->n = 0;
	for (;;) {
		while (blank(*from))
			from++;
		if (!*from || *from == '#')
			return EXIT_SUCCESS;
		word_add(l, to);
		while (*from && !blank(*from)) {
			ret = piece(&from, &to);
			if (ret)
				return ret;
		}
		/* a word is never longer than its text, but may be as long */
		if (*from)
			from++;
		*to++ = '\0';
	}
}

/**
 * lines_next - reads the next line that has words
 * @args: its words, valid until the next call; none at the end of the file
 */
int lines_next(struct lines *l, struct args *args)
{
	ssize_t len;
	int ret;

	args->n = 0;
	while ((len = getline(&l->buf, &l->size, l->f)) >= 0) {
		l->place.line++;
		place_set(l->place);
		if (strlen(l->buf) != (size_t)len) {
			error("NUL byte");
			return EXIT_USAGE;
		}
		l->buf[strcspn(l->buf, "\r\n")] = '\0';
		ret = split(l);
		if (ret)
			return ret;
		if (l->n) {
			args->word = l->word;
			args->n = l->n;
			return EXIT_SUCCESS;
		}
	}
	if (!ferror(l->f))
		return EXIT_SUCCESS;
	error("%s: %s", l->place.file, strerror(errno));
	return EXIT_USAGE;
}
