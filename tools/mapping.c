// SPDX-License-Identifier: GPL-2.0-only
/*
 * Warns of keepalive times for which nf_conntrack does not wait: this machine
 * then forgets how it translates an idle connection before its ends are
 * probed, and can no longer speak for either.
 */
#include <inttypes.h>
#include <stdio.h>

#include "policy.h"

#define TIMEOUT "nf_conntrack_tcp_timeout_established"

/* In seconds, of this namespace; 0 where nf_conntrack is not loaded. */
static uint64_t timeout_read(void)
{
	FILE *file = fopen("/proc/sys/net/netfilter/" TIMEOUT, "re");
	uint64_t timeout;

	if (!file)
		return 0;
	if (fscanf(file, "%" SCNu64, &timeout) != 1)
		timeout = 0;
	fclose(file);
	return timeout;
}

static void check_one(const struct rule *r, uint64_t timeout)
{
	uint64_t keepalive = r->value[W_KEEPALIVE].lo;
	struct place before;

	if (!rule_has(r, W_KEEPALIVE) || keepalive < timeout * 1000)
		return;
	/* of the host's own connections nothing is translated */
	if (rule_has(r, W_ON) && r->value[W_ON].lo == TCPKA_KIND_LOCAL)
		return;
	before = place_get();
	place_set(r->place);
	warning("policy \"%s\": keepalive is not shorter than " TIMEOUT
		", %" PRIu64 " s: what this machine translates is forgotten first",
		r->name, timeout);
	place_set(before);
}

/**
 * mapping_check - warns of each policy that probes too late for conntrack
 */
void mapping_check(const struct rule_set *set)
{
	uint64_t timeout = timeout_read();
	unsigned int i;

	for (i = 0; timeout && i < set->n; i++)
		check_one(&set->rule[i], timeout);
}
