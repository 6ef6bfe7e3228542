/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - options, errors, and how a command line becomes a command
 *
 * A command is parsed whole before anything is asked of the kernel, so that a
 * wrong command line, or a wrong line of a file, changes nothing. Functions
 * that return int return an exit status, EXIT_SUCCESS if all went well.
 */
#ifndef TCPKACTL_H
#define TCPKACTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "rule.h"

#define EXIT_USAGE	1	/* the command line is wrong */
#define EXIT_KERNEL	2	/* the kernel refused, or it could not be asked */

/**
 * struct options - what stands before OBJECT
 * @json: -j, and -p, which asks for JSON laid out for people
 * @pretty: -p
 * @numeric: -N, no names of services
 * @netns: -n NAME
 * @batch: -b FILE
 */
struct options {
	bool json;
	bool pretty;
	bool numeric;
	const char *netns;
	const char *batch;
};

extern struct options opt;

/**
 * struct args - the words that are still to be read
 */
struct args {
	char **word;
	int n;
};

struct object;
struct verb;

/**
 * struct command - one command, parsed
 * @verb: what to do
 * @place: line of the batch file it came from
 * @rule: MATCH, SETTING, FILTER or KEY words; its name for policy NAME
 * @set: policies that a file gave, for policy restore
 * @file: policy save and restore
 * @help: what help is wanted for, NULL for all
 * @show_flows: monitor, what becomes of connections
 * @show_policies: monitor, changes of policies
 */
struct command {
	const struct verb *verb;
	struct place place;
	struct rule rule;
	struct rule_set set;
	char *file;
	const struct object *help;
	bool show_flows;
	bool show_policies;
};

/**
 * struct verb - one command of an object
 * @name: may be abbreviated, the first in the table that fits is taken
 * @usage: what follows the name
 * @parse: reads @args into the command, or says what is wrong with them
 * @run: does it
 * @change: what @run does to the policies, where it does nothing else, so that
 *	a batch of such commands can be done at once; may take the rule
 * @endless: never returns, so not for a batch
 */
struct verb {
	const char *name;
	const char *usage;
	int (*parse)(struct command *cmd, struct args *args);
	int (*run)(struct command *cmd);
	int (*change)(struct command *cmd, struct rule_set *set);
	bool endless;
};

/**
 * struct object - what commands are about
 * @verbs: ends with a verb without name
 * @otherwise: taken where no command is given
 * @bare: words that are no command are arguments of @otherwise
 */
struct object {
	const char *name;
	const struct verb *verbs;
	const struct verb *otherwise;
	bool bare;
};

extern const struct object policy_object;
extern const struct object flow_object;
extern const struct object stats_object;
extern const struct object monitor_object;
extern const struct object config_object;

/* command.c */
int command_parse(struct command *cmd, struct args *args);
int command_run(struct command *cmd);
void command_free(struct command *cmd);
void usage_all(void);

char *args_next(struct args *args);
bool abbreviates(const char *word, const char *name);
int args_end(struct args *args);
int name_parse(struct rule *r, struct args *args);

/* batch.c */
int batch(const char *file);

/* config.c */
int config_fetch(struct rule *r);

/* error.c */
void place_set(struct place place);
struct place place_get(void);
__printf(1, 2) void error(const char *fmt, ...);
__printf(1, 2) void warning(const char *fmt, ...);
__printf(2, 3) int wrong(const char *word, const char *fmt, ...);
void *xalloc(void *old, size_t n, size_t size);
char *xstrdup(const char *s);

#endif
