// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was decided, as it happens, one line each. Nothing is written before
 * the events are joined; whoever must know can see that in /proc/net/netlink.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "flow.h"
#include "json.h"
#include "value.h"

static const char *const events[] = {
	[TCPKA_EVENT_EXPIRED] = "expired",
	[TCPKA_EVENT_DEAD] = "dead",
	[TCPKA_EVENT_KILLED] = "killed",
	[TCPKA_EVENT_CLOSED] = "closed",
	[TCPKA_EVENT_POLICY] = "policy",
};

static const char *const reasons[] = {
	[TCPKA_REASON_IDLE] = "idle",
	[TCPKA_REASON_MAX_AGE] = "max-age",
	[TCPKA_REASON_HALF_OPEN] = "half-open",
	[TCPKA_REASON_HALF_CLOSED] = "half-closed",
	[TCPKA_REASON_TIME_WAIT] = "time-wait",
	[TCPKA_REASON_KEEPALIVE] = "keepalive",
	[TCPKA_REASON_BOTH_SILENT] = "both-silent",
	[TCPKA_REASON_FIN] = "fin",
	[TCPKA_REASON_RST] = "rst",
	[TCPKA_REASON_USER] = "user",
	[TCPKA_REASON_ADDED] = "added",
	[TCPKA_REASON_REPLACED] = "replaced",
	[TCPKA_REASON_DELETED] = "deleted",
	[TCPKA_REASON_FLUSHED] = "flushed",
	[TCPKA_REASON_RESTORED] = "restored",
};

static const char *const roles[] = {
	[TCPKA_ROLE_INITIATOR] = "initiator",
	[TCPKA_ROLE_RESPONDER] = "responder",
	[TCPKA_ROLE_TCPKA] = "tcpka",
};

/**
 * struct event - what a notification says
 * @time: ns since 1970
 * @event: NULL where it is none that this program knows
 * @reason: or NULL
 * @by: or NULL
 * @policy: that was changed, or NULL
 * @flow: if @has_flow
 */
struct event {
	uint64_t time;
	const char *event;
	const char *reason;
	const char *by;
	const char *policy;
	bool has_flow;
	struct flow flow;
};

static const char *name_of(const struct nlattr *attr, const char *const *names,
			   unsigned int n)
{
	unsigned int value = attr ? mnl_attr_get_u8(attr) : 0;

	return value < n ? names[value] : NULL;
}

static void event_get(struct event *e, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[TCPKA_A_EVENT_MAX + 1];

	nl_parse(tb, TCPKA_A_EVENT_MAX, nlh);
	e->time = 0;
	if (tb[TCPKA_A_EVENT_TIME])
		e->time = mnl_attr_get_u64(tb[TCPKA_A_EVENT_TIME]);
	e->event = name_of(tb[TCPKA_A_EVENT_EVENT], events, ARRAY_SIZE(events));
	e->reason = name_of(tb[TCPKA_A_EVENT_REASON], reasons,
			    ARRAY_SIZE(reasons));
	e->by = name_of(tb[TCPKA_A_EVENT_BY], roles, ARRAY_SIZE(roles));
	e->policy = NULL;
	if (tb[TCPKA_A_EVENT_POLICY])
		e->policy = mnl_attr_get_str(tb[TCPKA_A_EVENT_POLICY]);
	e->has_flow = tb[TCPKA_A_EVENT_FLOW];
	if (e->has_flow)
		flow_get_nest(&e->flow, tb[TCPKA_A_EVENT_FLOW]);
}

static void value_put(const char *key, json_t *value)
{
	char *text = js_encoded(value);

	js_put_encoded(key, text);
	free(text);
}

static void show_json(const struct event *e)
{
	js_begin(false);
	value_put("time", json_real(e->time / 1e9));
	js_put_word("event", e->event);
	if (e->reason)
		js_put_word("reason", e->reason);
	if (e->by)
		js_put_word("by", e->by);
	if (e->has_flow)
		flow_json(&e->flow);
	if (e->policy)
		value_put("policy", js_str(e->policy));
	js_end();
}

static void time_write(uint64_t ns)
{
	time_t s = ns / 1000000000;
	char text[40];
	struct tm tm;

	/* RFC 3339 */
	if (!gmtime_r(&s, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		text[0] = '\0';
	printf("%s.%06" PRIu64 "Z", text, ns % 1000000000 / 1000);
}

static void flow_write(const struct flow *flow)
{
	char src[FLOW_ADDR_BUF], dst[FLOW_ADDR_BUF], buf[TIME_BUF];

	printf(" %s %s %s > %s", flow_kind(flow), flow_state(flow),
	       flow_addr_port(flow, 0, src), flow_addr_port(flow, 1, dst));
	if (flow->policy)
		printf(" policy %s", printable(flow->policy));
	if (flow_has(flow, TCPKA_A_FLOW_AGE))
		printf(" age %s",
		       time_text(buf, flow->number[TCPKA_A_FLOW_AGE]));
	if (flow_has(flow, TCPKA_A_FLOW_DATA_IDLE))
		printf(" data-idle %s",
		       time_text(buf, flow->number[TCPKA_A_FLOW_DATA_IDLE]));
	if (flow_obstacle(flow))
		printf(" obstacle %s", flow_obstacle(flow));
}

static void show_text(const struct event *e)
{
	time_write(e->time);
	printf(" %s", e->event);
	if (e->reason)
		printf(" %s", e->reason);
	if (e->by)
		printf(" by %s", e->by);
	if (e->has_flow)
		flow_write(&e->flow);
	if (e->policy)
		printf(" policy %s", printable(e->policy));
	putchar('\n');
}

static int answer(const struct nlmsghdr *nlh, void *data)
{
	const struct command *cmd = data;
	struct event e;
	bool policy;

	event_get(&e, nlh);
	if (!e.event)
		return EXIT_SUCCESS;
	policy = e.event == events[TCPKA_EVENT_POLICY];
	if ((policy && !cmd->show_policies) || (!policy && !cmd->show_flows))
		return EXIT_SUCCESS;
	if (opt.json)
		show_json(&e);
	else
		show_text(&e);
	/* nobody reads any more, and no signal said so */
	return fflush(stdout) ? EXIT_KERNEL : EXIT_SUCCESS;
}

static int parse(struct command *cmd, struct args *args)
{
	const char *word = args_next(args);

	cmd->show_flows = !word || abbreviates(word, "flow");
	cmd->show_policies = !word || abbreviates(word, "policy");
	if (!cmd->show_flows && !cmd->show_policies)
		return wrong(word, "unknown word, want flow or policy");
	return args_end(args);
}

static int run(struct command *cmd)
{
	return nl_events(answer, cmd);
}

static const struct verb verbs[] = {
	{
		.name = "",
		.usage = "[ flow | policy ]",
		.parse = parse,
		.run = run,
		.endless = true,
	},
	{ 0 }
};

const struct object monitor_object = {
	.name = "monitor",
	.verbs = verbs,
	.otherwise = &verbs[0],
	.bare = true,
};
