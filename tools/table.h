/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - rows of text in columns as wide as what is in them
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS	10
#define TABLE_ROWS	1024

/**
 * struct table_cell - a cell that was not written yet
 * @at: where it begins in the table's @text
 * @len: its bytes
 */
struct table_cell {
	size_t at;
	size_t len;
};

/**
 * struct table - rows that wait until their columns' width is known
 * @head: names of the columns
 * @columns: how many
 * @width: of each so far
 * @cell: of rows that were not written yet
 * @n: cells in @cell
 * @text: what is in them, one after another
 * @used: bytes of @text
 * @size: of @text
 * @started: the head was written
 */
struct table {
	const char *const *head;
	unsigned int columns;
	size_t width[TABLE_COLUMNS];
	struct table_cell cell[TABLE_ROWS * TABLE_COLUMNS];
	unsigned int n;
	char *text;
	size_t used;
	size_t size;
	bool started;
};

void table_cell(struct table *t, const char *text);
void table_end(struct table *t);

#endif
