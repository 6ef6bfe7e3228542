// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "nl.h"
#include "stats.h"

#define COUNTER(_attr, _name, _help, ...)				\
	{ .attr = TCPKA_A_STATS_##_attr, .name = _name, .help = _help,	\
	  ##__VA_ARGS__ }

const struct counter counters[] = {
	COUNTER(FLOWS, "flows", "Connections known now.", .gauge = true),
	COUNTER(FLOWS_CREATED, "flows_created",
		"Connections that became known."),
	COUNTER(FLOWS_CLOSED, "flows_closed",
		"Connections closed by their ends."),
	COUNTER(FLOWS_EVICTED, "flows_evicted",
		"Connections that gave way to others at max-flows."),
	COUNTER(FLOWS_REFUSED, "flows_refused",
		"Connections not tracked, at max-flows or without memory."),
	COUNTER(PROBES_SENT, "probes_sent", "Keepalive probes sent."),
	COUNTER(PROBES_ANSWERED, "probes_answered",
		"Probes that were answered."),
	COUNTER(PEERS_DEAD, "peers_dead",
		"Ends that answered no probe and were given up."),
	COUNTER(EXPIRED_IDLE, "expired_idle",
		"Connections without payload for the time idle."),
	COUNTER(EXPIRED_MAX_AGE, "expired_max_age",
		"Connections that reached max-age."),
	COUNTER(EXPIRED_HALF_OPEN, "expired_half_open",
		"Handshakes not completed within half-open."),
	COUNTER(EXPIRED_HALF_CLOSED, "expired_half_closed",
		"Connections that one end left open for half-closed."),
	COUNTER(EXPIRED_TIME_WAIT, "expired_time_wait",
		"Sockets that were in TIME_WAIT for time-wait, and are no more."),
	COUNTER(RST_SENT, "rst_sent", "RST segments sent."),
	COUNTER(FIN_SENT, "fin_sent", "FIN segments sent."),
	COUNTER(FIN_COMPLETED, "fin_completed",
		"Connections both of whose ends were closed by FIN."),
	COUNTER(FIN_FELL_BACK, "fin_fell_back",
		"Connections that were to be closed by FIN and got a RST."),
	COUNTER(BOTH_SILENT, "both_silent",
		"Connections forgotten because neither end answered any more."),
	COUNTER(RELEARNED, "relearned",
		"Sequence numbers corrected by the answer of an end."),
	COUNTER(UNFORGEABLE, "unforgeable",
		"Actions not taken because nobody can speak for the ends."),
	COUNTER(KILLED, "killed", "Connections ended by flow kill."),
	COUNTER(REPLIES_ABSORBED, "replies_absorbed",
		"Answers to probes, and ICMP errors about our segments, not passed on."),
	COUNTER(SEGMENTS_INVALID, "segments_invalid",
		"Segments malformed or out of window, passed and not learned from."),
	COUNTER(SEND_ERRORS, "send_errors",
		"Segments that could not be sent."),
	COUNTER(TIME_WAIT_KEPT, "time_wait_kept",
		"Sockets that stay in TIME_WAIT: not opened here, or without timestamps."),
};

const unsigned int n_counters = ARRAY_SIZE(counters);

/* [ policy NAME ] */
static int parse(struct command *cmd, struct args *args)
{
	int ret;

	if (!args->n)
		return EXIT_SUCCESS;
	if (strcmp(*args->word, "policy"))
		return wrong(*args->word, "want show, reset, openmetrics or policy NAME");
	args_next(args);
	ret = name_parse(&cmd->rule, args);
	return ret ? ret : args_end(args);
}

static int begin(struct request *rq, uint8_t nl_cmd, const struct rule *policy)
{
	void *start;
	int ret;

	ret = nl_begin(rq, nl_cmd, 0, 64);
	if (ret || !*policy->name)
		return ret;
	start = mnl_nlmsg_get_payload_tail(rq->nlh);
	mnl_attr_put_strz(rq->nlh, TCPKA_A_STATS_POLICY, policy->name);
	nl_origin(rq, start, policy->name, policy);
	return EXIT_SUCCESS;
}

static int answer(const struct nlmsghdr *nlh, void *data)
{
	struct nlattr *tb[TCPKA_A_STATS_MAX + 1];
	const struct counter *c;
	struct stats *s = data;

	nl_parse(tb, TCPKA_A_STATS_MAX, nlh);
	for (c = counters; c < counters + n_counters; c++) {
		if (!tb[c->attr])
			continue;
		s->value[c->attr] = mnl_attr_get_u64(tb[c->attr]);
		s->has |= UINT64_C(1) << c->attr;
	}
	return EXIT_SUCCESS;
}

/**
 * stats_fetch - reads the counters
 * @policy: whose name counts; none for those of the namespace
 * @quiet: say nothing if the kernel refuses
 */
int stats_fetch(struct stats *s, const struct rule *policy, bool quiet)
{
	struct request rq;
	int ret;

	memset(s, 0, sizeof(*s));
	strcpy(s->policy, policy->name);
	ret = begin(&rq, TCPKA_CMD_STATS_GET, policy);
	if (ret)
		return ret;
	rq.quiet = quiet;
	return nl_talk(&rq, answer, s);
}

static void show_json(const struct stats *s)
{
	json_t *object = js_object();
	const struct counter *c;

	for (c = counters; c < counters + n_counters; c++)
		if (stats_has(s, c))
			js_set(object, c->name, js_u64(s->value[c->attr]));
	js_print(object);
}

static void show_text(const struct stats *s)
{
	int name_width = 0, width = 0, len;
	const struct counter *c;

	for (c = counters; c < counters + n_counters; c++) {
		if (!stats_has(s, c))
			continue;
		len = strlen(c->name);
		if (len > name_width)
			name_width = len;
		len = snprintf(NULL, 0, "%" PRIu64, s->value[c->attr]);
		if (len > width)
			width = len;
	}
	for (c = counters; c < counters + n_counters; c++)
		if (stats_has(s, c))
			printf("%-*s %*" PRIu64 "\n", name_width, c->name,
			       width, s->value[c->attr]);
}

static int show_run(struct command *cmd)
{
	struct stats s;
	int ret;

	ret = stats_fetch(&s, &cmd->rule, false);
	if (ret)
		return ret;
	if (opt.json)
		show_json(&s);
	else
		show_text(&s);
	return EXIT_SUCCESS;
}

static int reset_run(struct command *cmd)
{
	struct request rq;
	int ret;

	ret = begin(&rq, TCPKA_CMD_STATS_RESET, &cmd->rule);
	return ret ? ret : nl_talk(&rq, NULL, NULL);
}

static const struct verb verbs[] = {
	{
		.name = "show",
		.usage = "[ policy NAME ]",
		.parse = parse,
		.run = show_run,
	}, {
		.name = "reset",
		.usage = "[ policy NAME ]",
		.parse = parse,
		.run = reset_run,
	}, {
		.name = "openmetrics",
		.usage = "[ policy NAME ]",
		.parse = parse,
		.run = openmetrics_run,
	},
	{ 0 }
};

const struct object stats_object = {
	.name = "stats",
	.verbs = verbs,
	.otherwise = &verbs[0],
	.bare = true,
};
