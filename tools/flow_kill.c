// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "flow.h"
#include "json.h"

static const struct {
	uint16_t attr;
	const char *name;
} results[] = {
	{ TCPKA_A_FLOW_MATCHED, "matched" },
	{ TCPKA_A_FLOW_ENDED, "ended" },
	{ TCPKA_A_FLOW_REFUSED, "refused" },
};

int flow_kill_parse(struct command *cmd, struct args *args)
{
	return rule_parse(&cmd->rule, args, IN_KILL);
}

int flow_probe_parse(struct command *cmd, struct args *args)
{
	return rule_parse(&cmd->rule, args, IN_PROBE);
}

static int answer(const struct nlmsghdr *nlh, void *data)
{
	flow_get(data, nlh);
	return EXIT_SUCCESS;
}

static void show(const struct flow *flow)
{
	json_t *object = opt.json ? js_object() : NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(results); i++) {
		if (!flow_has(flow, results[i].attr))
			continue;
		if (object)
			js_set(object, results[i].name,
			       js_u64(flow->number[results[i].attr]));
		else
			printf("%s%s %" PRIu64, i ? " " : "", results[i].name,
			       flow->number[results[i].attr]);
	}
	if (object)
		js_print(object);
	else
		putchar('\n');
}

static int act(struct command *cmd, uint8_t nl_cmd)
{
	const struct rule *r = &cmd->rule;
	struct flow flow = { 0 };
	struct request rq;
	void *start;
	int ret;

	ret = nl_begin(&rq, nl_cmd, 0, rule_size(r));
	if (ret)
		return ret;
	rule_put_match(&rq, r, TCPKA_A_FLOW_MATCH);
	start = mnl_nlmsg_get_payload_tail(rq.nlh);
	if (rule_has(r, W_ALL)) {
		mnl_attr_put(rq.nlh, TCPKA_A_FLOW_ALL, 0, NULL);
		nl_origin(&rq, start, "all", r);
	}
	start = mnl_nlmsg_get_payload_tail(rq.nlh);
	if (rule_has(r, W_WITH)) {
		mnl_attr_put_u8(rq.nlh, TCPKA_A_FLOW_WITH,
				r->value[W_WITH].lo);
		nl_origin(&rq, start, "with", r);
	}
	ret = nl_talk(&rq, answer, &flow);
	if (ret)
		return ret;
	show(&flow);
	return flow.number[TCPKA_A_FLOW_REFUSED] ? EXIT_KERNEL : EXIT_SUCCESS;
}

int flow_kill_run(struct command *cmd)
{
	return act(cmd, TCPKA_CMD_FLOW_KILL);
}

int flow_probe_run(struct command *cmd)
{
	return act(cmd, TCPKA_CMD_FLOW_PROBE);
}
