// SPDX-License-Identifier: GPL-2.0-only
/* Commands on standard input, one a line; see command.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"

/* The wall clock, which is that of captures, too. */
void answer(const char *fmt, ...)
{
	struct timespec now;
	va_list args;

	clock_gettime(CLOCK_REALTIME, &now);
	printf("%lld.%06ld ", (long long)now.tv_sec, now.tv_nsec / 1000);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static int command_run(const struct command *table, char *line)
{
	char *arg[COMMAND_ARGS + 1];
	int n = 0;

	for (char *w = strtok(line, " \t\n"); w && n <= COMMAND_ARGS;
	     w = strtok(NULL, " \t\n"))
		arg[n++] = w;
	if (!n)
		return 0;
	for (; table->name; table++)
		if (!strcmp(table->name, arg[0]))
			break;
	if (!table->name || n - 1 < table->args)
		return -ENOSYS;
	return table->run(arg + 1, n - 1);
}

int command_loop(const struct command *table)
{
	char line[512];
	int err;

	while (fgets(line, sizeof(line), stdin)) {
		err = command_run(table, line);
		if (err)
			answer("%s", strerrorname_np(-err));
	}
	return 0;
}
