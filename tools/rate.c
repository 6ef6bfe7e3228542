// SPDX-License-Identifier: GPL-2.0-only
/*
 * Warns of keepalive times that probe-rate cannot keep: each connection has
 * two ends to be probed.
 */
#include <inttypes.h>
#include <string.h>

#include "policy.h"
#include "stats.h"

static uint64_t probes_per_s(uint64_t flows, const struct rule *r)
{
	return flows * 2000 / r->value[W_KEEPALIVE].lo;
}

static void check_one(const struct rule *r, uint64_t flows, uint64_t rate)
{
	uint64_t rules, would_expire;
	struct place before;

	if (!rule_has(r, W_KEEPALIVE) || !r->value[W_KEEPALIVE].lo ||
	    probes_per_s(flows, r) <= rate)
		return;
	/* it may rule only some of them, which takes longer to find out */
	if (!policy_test(r, &rules, &would_expire, true) && rules < flows)
		flows = rules;
	if (probes_per_s(flows, r) <= rate)
		return;
	before = place_get();
	place_set(r->place);
	warning("policy \"%s\": %" PRIu64 " connections take %" PRIu64
		" probes a second, more than probe-rate %" PRIu64
		": probes will be late", r->name, flows, probes_per_s(flows, r),
		rate);
	place_set(before);
}

/**
 * rate_check - warns of each policy that asks for too many probes
 */
void rate_check(const struct rule_set *set)
{
	struct rule none = { 0 };
	struct rule config;
	const struct counter *flows = &counters[0];
	struct stats s;
	unsigned int i;

	if (stats_fetch(&s, &none, true) || !stats_has(&s, flows) ||
	    config_fetch(&config) || !rule_has(&config, W_PROBE_RATE))
		return;
	for (i = 0; i < set->n; i++)
		check_one(&set->rule[i], s.value[flows->attr],
			  config.value[W_PROBE_RATE].lo);
}
