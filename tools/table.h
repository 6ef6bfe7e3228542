/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - rows of text in columns as wide as what is in them
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>

#define TABLE_COLUMNS	10
#define TABLE_ROWS	1024

/**
 * struct table - rows that wait until their columns' width is known
 * @head: names of the columns
 * @columns: how many
 * @width: of each so far
 * @cell: of rows that were not written yet
 * @n: cells in @cell
 * @started: the head was written
 */
struct table {
	const char *const *head;
	unsigned int columns;
	int width[TABLE_COLUMNS];
	char *cell[TABLE_ROWS * TABLE_COLUMNS];
	unsigned int n;
	bool started;
};

void table_cell(struct table *t, const char *text);
void table_end(struct table *t);

#endif
