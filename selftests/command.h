/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands on standard input, one a line; one line of answer each, after the
 * time at which it came about: "1700000000.123456 ok ..." or an errno's name.
 */
#ifndef TCPKA_SELFTEST_COMMAND_H
#define TCPKA_SELFTEST_COMMAND_H

#define COMMAND_ARGS	16

/**
 * struct command - one word of the program
 * @name: the word
 * @args: how many words must follow at least
 * @run: does it; arg[0] is the first of @n words after the name. Returns 0, if
 *	it has answered, or a negative errno
 */
struct command {
	const char *name;
	int args;
	int (*run)(char **arg, int n);
};

int command_loop(const struct command *table);
void answer(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
