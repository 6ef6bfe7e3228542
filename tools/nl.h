/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - asking the kernel
 */
#ifndef NL_H
#define NL_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>
#include <linux/tcpka.h>

#include "rule.h"

struct origin;

/**
 * struct request - a message, and where each part of it was written
 * @nlh: the message
 * @origin: words that attributes came from, in the order of the message
 * @n_origins: how many
 * @quiet: say nothing if the kernel refuses
 * @interrupted: what was listed changed meanwhile, set by nl_talk()
 */
struct request {
	struct nlmsghdr *nlh;
	struct origin *origin;
	unsigned int n_origins;
	bool quiet;
	bool interrupted;
};

/* Takes one message of an answer; what it returns but 0 ends the request. */
typedef int (*nl_answer_t)(const struct nlmsghdr *nlh, void *data);

int nl_open(void);
void nl_close(void);
int nl_begin(struct request *rq, uint8_t cmd, uint16_t flags, size_t payload);
void nl_origin(struct request *rq, const void *start, const char *word,
	       const struct rule *r);
int nl_talk(struct request *rq, nl_answer_t answer, void *data);
int nl_events(nl_answer_t answer, void *data);
void nl_parse(struct nlattr **tb, uint16_t max, const struct nlmsghdr *nlh);
void nl_parse_nest(struct nlattr **tb, uint16_t max, const struct nlattr *nest);

#endif
