// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "flow.h"
#include "json.h"
#include "table.h"
#include "value.h"

static const char *const head[] = {
	"State", "Kind", "Src:port", "Dst:port", "Idle", "Data-idle",
	"Expires", "Policy", "Probes",
};

int flow_list_parse(struct command *cmd, struct args *args)
{
	return rule_parse(&cmd->rule, args, IN_FILTER);
}

static void time_cell(struct table *t, const struct flow *flow,
		      unsigned int attr)
{
	char buf[TIME_BUF];

	if (flow_has(flow, attr))
		table_cell(t, time_text(buf, flow->number[attr]));
	else
		table_cell(t, "-");
}

/* Probes are those sent, and after the slash those that wait for an answer. */
static void probes_cell(struct table *t, const struct flow *flow)
{
	char buf[2 * U64_BUF + 1];
	char *to;

	if (!flow_has(flow, TCPKA_A_FLOW_PROBES_SENT)) {
		table_cell(t, "-");
		return;
	}
	to = u64_text(buf, flow->number[TCPKA_A_FLOW_PROBES_SENT]);
	*to++ = '/';
	u64_text(to, flow->number[TCPKA_A_FLOW_PROBES_UNANSWERED]);
	table_cell(t, buf);
}

static int text_answer(const struct nlmsghdr *nlh, void *data)
{
	char addr[FLOW_ADDR_BUF];
	struct table *t = data;
	struct flow flow;

	flow_get(&flow, nlh);
	table_cell(t, flow_state(&flow));
	table_cell(t, flow_kind(&flow));
	table_cell(t, flow_addr_port(&flow, 0, addr));
	table_cell(t, flow_addr_port(&flow, 1, addr));
	time_cell(t, &flow, TCPKA_A_FLOW_IDLE);
	time_cell(t, &flow, TCPKA_A_FLOW_DATA_IDLE);
	time_cell(t, &flow, TCPKA_A_FLOW_EXPIRES);
	table_cell(t, flow.policy ? printable(flow.policy) : "-");
	probes_cell(t, &flow);
	return EXIT_SUCCESS;
}

static int json_answer(const struct nlmsghdr *nlh, void *data)
{
	struct flow flow;

	(void)data;
	flow_get(&flow, nlh);
	js_begin(true);
	flow_json(&flow);
	js_end();
	return EXIT_SUCCESS;
}

int flow_list_run(struct command *cmd)
{
	static struct table t;
	int ret;

	if (opt.json) {
		js_array_begin();
		ret = flow_dump(&cmd->rule, json_answer, NULL);
		js_array_end(ret);
		return ret;
	}
	t.head = head;
	t.columns = ARRAY_SIZE(head);
	t.started = false;
	ret = flow_dump(&cmd->rule, text_answer, &t);
	if (!ret || t.n)
		table_end(&t);
	return ret;
}
