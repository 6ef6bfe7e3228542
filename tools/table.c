// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists may be longer than memory, so rows are written by the thousand; a
 * column that has to grow later does. A list may have a million rows: no cell
 * is allocated, and no row is written by printf().
 */
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "tcpkactl.h"

/* Room for as many bytes after those that wait. */
static char *room(struct table *t, size_t bytes)
{
	if (t->size - t->used < bytes) {
		t->size = 2 * (t->used + bytes);
		t->text = xalloc(t->text, t->size, 1);
	}
	return t->text + t->used;
}

static void widen(struct table *t, unsigned int column, size_t len)
{
	if (len > t->width[column])
		t->width[column] = len;
}

/* A cell is as wide as its column, but for the last one. */
static void row_write(struct table *t, const struct table_cell *cell)
{
	size_t most = 0, pad;
	unsigned int i;
	char *line, *to;

	for (i = 0; i < t->columns; i++)
		most += t->width[i] + 1;
	line = room(t, most);
	to = line;
	for (i = 0; i < t->columns; i++) {
		memcpy(to, t->text + cell[i].at, cell[i].len);
		to += cell[i].len;
		if (i + 1 == t->columns)
			break;
		pad = t->width[i] + 1 - cell[i].len;
		memset(to, ' ', pad);
		to += pad;
	}
	*to++ = '\n';
	fwrite(line, 1, to - line, stdout);
}

static void cell_put(struct table *t, struct table_cell *cell,
		     unsigned int column, const char *text)
{
	size_t len = strlen(text);

	memcpy(room(t, len), text, len);
	cell->at = t->used;
	cell->len = len;
	t->used += len;
	widen(t, column, len);
}

static void head_write(struct table *t)
{
	struct table_cell head[TABLE_COLUMNS];
	unsigned int i;

	for (i = 0; i < t->columns; i++)
		cell_put(t, &head[i], i, t->head[i]);
	row_write(t, head);
	t->started = true;
}

static void rows_write(struct table *t)
{
	unsigned int i;

	if (!t->started)
		head_write(t);
	for (i = 0; i < t->n; i += t->columns)
		row_write(t, &t->cell[i]);
	t->n = 0;
	t->used = 0;
}

/**
 * table_cell - adds the next cell, from left to right and row by row
 */
void table_cell(struct table *t, const char *text)
{
	if (t->n == TABLE_ROWS * t->columns)
		rows_write(t);
	cell_put(t, &t->cell[t->n], t->n % t->columns, text);
	t->n++;
}

/**
 * table_end - writes what is left, the head at least
 */
void table_end(struct table *t)
{
	rows_write(t);
	free(t->text);
	t->text = NULL;
	t->size = 0;
}
