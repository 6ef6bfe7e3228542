// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists may be longer than memory, so rows are written by the thousand; a
 * column that has to grow later does.
 */
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "tcpkactl.h"

static void widen(struct table *t, unsigned int column, const char *text)
{
	int len = strlen(text);

	if (len > t->width[column])
		t->width[column] = len;
}

static void row_write(const struct table *t, char *const *cell)
{
	unsigned int i;

	for (i = 0; i + 1 < t->columns; i++)
		printf("%-*s ", t->width[i], cell[i]);
	puts(cell[i]);
}

static void rows_write(struct table *t)
{
	unsigned int i;

	if (!t->started) {
		for (i = 0; i < t->columns; i++)
			widen(t, i, t->head[i]);
		row_write(t, (char *const *)t->head);
		t->started = true;
	}
	for (i = 0; i < t->n; i += t->columns)
		row_write(t, &t->cell[i]);
	while (t->n)
		free(t->cell[--t->n]);
}

/**
 * table_cell - adds the next cell, from left to right and row by row
 */
void table_cell(struct table *t, const char *text)
{
	if (t->n == TABLE_ROWS * t->columns)
		rows_write(t);
	widen(t, t->n % t->columns, text);
	t->cell[t->n++] = xstrdup(text);
}

/**
 * table_end - writes what is left, the head at least
 */
void table_end(struct table *t)
{
	rows_write(t);
}
