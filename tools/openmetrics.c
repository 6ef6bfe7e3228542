// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters in the text format of OpenMetrics 1.0.
 *
 * Those of policies are metrics of their own: were they samples of the
 * namespace's, a sum over all samples would count everything twice.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stats.h"

static void label_write(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '"')
			putchar('\\');
		putchar(iscntrl((unsigned char)*s) ? '?' : *s);
	}
}

static void sample_write(const struct stats *s, const struct counter *c)
{
	printf("tcpka_%s%s%s", *s->policy ? "policy_" : "", c->name,
	       c->gauge ? "" : "_total");
	if (*s->policy) {
		fputs("{policy=\"", stdout);
		label_write(s->policy);
		fputs("\"}", stdout);
	}
	printf(" %" PRIu64 "\n", s->value[c->attr]);
}

/* All samples of a metric stand together, behind what it is. */
static void metric_write(const struct stats *stats, unsigned int n,
			 const struct counter *c)
{
	const char *of;
	bool any = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!stats_has(&stats[i], c))
			continue;
		of = *stats[i].policy ? "policy_" : "";
		if (!any) {
			printf("# TYPE tcpka_%s%s %s\n", of, c->name,
			       c->gauge ? "gauge" : "counter");
			printf("# HELP tcpka_%s%s %s\n", of, c->name, c->help);
		}
		any = true;
		sample_write(&stats[i], c);
	}
}

static void metrics_write(const struct stats *stats, unsigned int n)
{
	const struct counter *c;

	for (c = counters; c < counters + n_counters; c++)
		metric_write(stats, n, c);
}

static int all_policies(struct stats **stats, unsigned int *n)
{
	struct rule_set set = { 0 };
	unsigned int i;
	int ret;

	*n = 0;
	ret = set_fetch(&set);
	*stats = xalloc(NULL, set.n, sizeof(**stats));
	/* one that was deleted meanwhile is left out */
	for (i = 0; !ret && i < set.n; i++)
		if (!stats_fetch(&(*stats)[*n], &set.rule[i], true))
			++*n;
	set_free(&set);
	return ret;
}

int openmetrics_run(struct command *cmd)
{
	struct stats *policies = NULL;
	unsigned int n = 0;
	struct stats s;
	int ret;

	ret = stats_fetch(&s, &cmd->rule, false);
	if (!ret && !*cmd->rule.name)
		ret = all_policies(&policies, &n);
	if (!ret) {
		metrics_write(&s, 1);
		metrics_write(policies, n);
		puts("# EOF");
	}
	free(policies);
	return ret;
}
