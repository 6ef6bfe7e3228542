/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - counters of a namespace or of a policy
 */
#ifndef STATS_H
#define STATS_H

#include <linux/tcpka.h>

#include "tcpkactl.h"

/**
 * struct counter - what is counted
 * @attr: TCPKA_A_STATS_*
 * @name: in text and JSON
 * @help: what it says, one line
 * @gauge: goes down, too
 */
struct counter {
	uint16_t attr;
	const char *name;
	const char *help;
	bool gauge;
};

extern const struct counter counters[];
extern const unsigned int n_counters;

/**
 * struct stats - the counters' values
 * @policy: whose they are, "" for the namespace
 * @has: bit mask of TCPKA_A_STATS_*
 * @value: by TCPKA_A_STATS_*
 */
struct stats {
	char policy[TCPKA_NAME_LEN];
	uint64_t has;
	uint64_t value[TCPKA_A_STATS_MAX + 1];
};

static inline bool stats_has(const struct stats *s, const struct counter *c)
{
	return s->has & (UINT64_C(1) << c->attr);
}

int stats_fetch(struct stats *s, const struct rule *policy, bool quiet);
int openmetrics_run(struct command *cmd);

#endif
