// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "json.h"
#include "nl.h"
#include "policy.h"

int policy_test_parse(struct command *cmd, struct args *args)
{
	return policy_parse(&cmd->rule, args);
}

static int answer(const struct nlmsghdr *nlh, void *data)
{
	struct nlattr *tb[TCPKA_A_POLICY_MAX + 1];
	uint64_t *would = data;

	nl_parse(tb, TCPKA_A_POLICY_MAX, nlh);
	if (tb[TCPKA_A_POLICY_WOULD_RULE])
		would[0] = mnl_attr_get_u64(tb[TCPKA_A_POLICY_WOULD_RULE]);
	if (tb[TCPKA_A_POLICY_WOULD_EXPIRE])
		would[1] = mnl_attr_get_u64(tb[TCPKA_A_POLICY_WOULD_EXPIRE]);
	return EXIT_SUCCESS;
}

/**
 * policy_test - asks what a policy would do
 * @would_rule: known connections that it would rule
 * @would_expire: those of them that are idle or old for longer than it allows
 * @quiet: say nothing if the kernel refuses
 */
int policy_test(const struct rule *r, uint64_t *would_rule,
		uint64_t *would_expire, bool quiet)
{
	uint64_t would[2] = { 0 };
	struct request rq;
	int ret;

	ret = nl_begin(&rq, TCPKA_CMD_POLICY_TEST, 0, rule_size(r));
	if (ret)
		return ret;
	rq.quiet = quiet;
	policy_put(&rq, r);
	ret = nl_talk(&rq, answer, would);
	*would_rule = would[0];
	*would_expire = would[1];
	return ret;
}

int policy_test_run(struct command *cmd)
{
	uint64_t would_rule, would_expire;
	json_t *object;
	int ret;

	ret = policy_test(&cmd->rule, &would_rule, &would_expire, false);
	if (ret)
		return ret;
	if (opt.json) {
		object = js_object();
		js_set(object, "would_rule", js_u64(would_rule));
		js_set(object, "would_expire", js_u64(would_expire));
		js_print(object);
		return EXIT_SUCCESS;
	}
	printf("would rule    %" PRIu64 "\nwould expire  %" PRIu64 "\n",
	       would_rule, would_expire);
	return EXIT_SUCCESS;
}
