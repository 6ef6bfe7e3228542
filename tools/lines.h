/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - files of one command, or one policy, a line
 */
#ifndef LINES_H
#define LINES_H

#include <stdio.h>

#include "tcpkactl.h"

/**
 * struct lines - a file that is being read
 * @f: the file
 * @place: the line read last
 * @buf: its text, taken apart
 * @size: of @buf
 * @word: its words
 * @n: how many
 * @cap: room in @word
 */
struct lines {
	FILE *f;
	struct place place;
	char *buf;
	size_t size;
	char **word;
	int n;
	int cap;
};

int lines_open(struct lines *l, const char *file);
int lines_next(struct lines *l, struct args *args);
void lines_close(struct lines *l);

#endif
