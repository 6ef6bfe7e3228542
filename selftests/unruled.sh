#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A connection that no policy rules costs no memory, not even for a moment: a
# gateway may have few that are ruled among millions, and whoever makes up
# segments would have it allocate for each.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

tracing=/sys/kernel/tracing
[ -d $tracing/events ] || tracing=/sys/kernel/debug/tracing

# How often tcpka took memory while 20 segments passed each way.
allocations()
{
	local i

	echo >"$tracing/trace"
	echo 1 >"$tracing/events/kmem/kmem_cache_alloc/enable"
	for i in {1..20}; do
		carry cl 1 sv 1 10
		carry sv 1 cl 1 10
	done
	echo 0 >"$tracing/events/kmem/kmem_cache_alloc/enable"
	VALUE=$(grep -c 'call_site=tcpka_' "$tracing/trace")
}

unruled()
{
	join cl sv 1 8001
	ka gw stats reset
	allocations
	check_eq "allocations" "$VALUE" 0
	take_stats gw
	check_stat flows 0
	check_stat flows_refused 0
	ask_ok cl close 1
	ask_ok sv close 1
}

# That is how one would be seen: the first payload of one that is ruled. One is
# for the flow, and one for what is kept only while it is in doubt, as is any that
# was not seen from its beginning.
picked_up()
{
	ka gw policy del db
	join cl sv 1 5432
	policy gw db on forward dport 5432 idle 1d
	allocations
	check_eq "allocations" "$VALUE" 2
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
	ask_ok cl close 1
	ask_ok sv close 1
}

topology cl gw sv
load
[ -d $tracing/events/kmem/kmem_cache_alloc ] || skip_all "no tracing"
ends cl:cl sv:sv
policy gw db on forward dport 5432 idle 1d
for_each_family "nothing is allocated without a policy" unruled
for_each_family "two allocations where it is taken up" picked_up
finish
