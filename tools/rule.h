/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - the words of MATCH, SETTING, FILTER and KEY
 *
 * One table (words.c) says of each word how it is read, sent, received and
 * written, so the command line, batch and restore files, what is listed and
 * what is saved cannot differ.
 */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>
#include <libmnl/libmnl.h>
#include <linux/tcpka.h>

#include "macros.h"

struct args;

/**
 * struct place - where a line stands
 * @file: NULL for the command line itself
 */
struct place {
	const char *file;
	unsigned int line;
};

/* In the order in which they are written. */
enum word_id {
	W_PRIO,
	W_ALL,
	W_ON,
	W_FAMILY,
	W_SRC,
	W_DST,
	W_SPORT,
	W_DPORT,
	W_IIF,
	W_OIF,
	W_MARK,
	W_UID,
	W_CGROUP,
	W_HOST,
	W_PORT,
	W_STATE,
	W_POLICY,
	W_IDLE_GT,
	W_KEEPALIVE,
	W_INTVL,
	W_PROBES,
	W_IDLE,
	W_MAX_AGE,
	W_HALF_OPEN,
	W_HALF_CLOSED,
	W_TIME_WAIT,
	W_ACTION,
	W_DEAD,
	W_OVERRIDE,
	W_WITH,
	W_BY,
	W_TOP,
	W_MAX_FLOWS,
	W_PROBE_RATE,
	W_LINGER,
	W_PICKUP,
	W_FIN_WAIT,
	W_FIN_QUIET,
	W_END
};

/* Where a word may stand. */
enum {
	IN_POLICY = 1 << 0,
	IN_FILTER = 1 << 1,	/* of flow list and count */
	IN_KILL = 1 << 2,
	IN_PROBE = 1 << 3,
	IN_COUNT = 1 << 4,
	IN_CONFIG = 1 << 5,
};

/**
 * struct value - what follows a word
 * @lo: the number, the first of a range, a mark, or milliseconds
 * @hi: the last of a range, or a mask
 * @addr: address of a prefix
 * @addr_len: its bytes, 4 or 16
 * @prefix_len: its bits
 * @str: a name, owned
 */
struct value {
	uint64_t lo;
	uint64_t hi;
	uint8_t addr[16];
	uint8_t addr_len;
	uint8_t prefix_len;
	char *str;
};

struct word;

/**
 * struct type - a kind of value
 * @want: as the help has it, NULL for a word that stands alone
 * @parse: returns an exit status, after saying what is wrong
 * @put: adds the attributes to a message
 * @get: whether the attributes were there
 * @text: writes it as @parse reads it
 */
struct type {
	const char *want;
	int (*parse)(const struct word *w, const char *arg, struct value *v);
	void (*put)(struct nlmsghdr *nlh, const struct word *w,
		    const struct value *v);
	bool (*get)(struct nlattr **tb, const struct word *w, struct value *v);
	void (*text)(FILE *f, const struct word *w, const struct value *v);
	json_t *(*json)(const struct word *w, const struct value *v);
};

/**
 * struct word - a word and its value
 * @name: as it is written
 * @key: in JSON, NULL where it is the name
 * @type: of its value, NULL where this version does not have the word yet
 * @in: where it may stand
 * @match: part of MATCH or FILTER, sent in the match nest
 * @timer: a policy without one of these does nothing
 * @off: "off" may be written for 0
 * @attr: attribute, 0 where the word is not for the kernel; a second one of
 *	the same value is @attr + 1
 * @min: least value, or shortest time other than off
 * @max: largest value
 * @names: of values that are not numbers, by value
 * @n_names: entries of @names
 */
struct word {
	const char *name;
	const char *key;
	const struct type *type;
	unsigned int in;
	bool match;
	bool timer;
	bool off;
	uint16_t attr;
	uint64_t min;
	uint64_t max;
	const char *const *names;
	unsigned int n_names;
};

extern const struct word words[W_END];

/**
 * struct rule - words that were given, with their values
 * @name: of the policy
 * @has: bit mask of enum word_id
 * @value: by enum word_id
 * @flows: connections it rules, as the kernel said
 * @unknown: the kernel told more of it than this program knows
 * @place: where it was written
 */
struct rule {
	char name[TCPKA_NAME_LEN];
	uint64_t has;
	struct value value[W_END];
	uint64_t flows;
	bool unknown;
	struct place place;
};

/**
 * struct rule_set - policies
 */
struct rule_set {
	struct rule *rule;
	unsigned int n;
	unsigned int cap;
};

static inline bool rule_has(const struct rule *r, enum word_id id)
{
	return r->has & (UINT64_C(1) << id);
}

struct request;

/* rule.c */
int rule_parse(struct rule *r, struct args *args, unsigned int in);
int policy_parse(struct rule *r, struct args *args);
int policy_name(struct rule *r, const char *name);
void rule_write(FILE *f, const struct rule *r, const char *sep);
void rule_json(json_t *object, const struct rule *r);
void rule_free(struct rule *r);

/* rule_nl.c */
void rule_put_match(struct request *rq, const struct rule *r, uint16_t attr);
void rule_put_own(struct request *rq, const struct rule *r);
void policy_put(struct request *rq, const struct rule *r);
void policy_get(struct rule *r, const struct nlmsghdr *nlh);
void config_get(struct rule *r, const struct nlmsghdr *nlh);
size_t rule_size(const struct rule *r);

/* rule_set.c */
struct rule *set_find(const struct rule_set *set, const char *name);
void set_add(struct rule_set *set, struct rule *r);
void set_remove(struct rule_set *set, struct rule *r);
void set_free(struct rule_set *set);
int set_read(struct rule_set *set, const char *file);
int set_fetch(struct rule_set *set);
int set_restore(const struct rule_set *set);

#endif
