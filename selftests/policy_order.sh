#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Policies are tried by prio, then by name; the first that matches rules. A
# change takes hold of living connections. What was ruled already keeps its
# clocks when its policy is replaced; what was not, begins anew.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# ruled NAME: by which policy the only flow is ruled. The rules are matched
# again by a work of their own.
ruled()
{
	busywait 5 ruled_now "$1" || fail "ruled by $VALUE, expected $1"
}

ruled_now()
{
	json "$(ka gw -j flow list)" policy
	[ "$VALUE" = "$1" ]
}

order()
{
	policy gw bb on forward idle 1h
	join cl sv 1 8001
	ruled bb
	policy gw cc on forward idle 1h
	ruled bb
	policy gw aa on forward idle 1h
	ruled aa
	policy gw zz prio 999 on forward idle 1h
	ruled zz
	policy gw first prio 1 on forward dport 1-7 idle 1h
	ruled zz
	policy gw first prio 1 on forward dport 8001 idle 1h
	ruled first
	policy gw first prio 2000 on forward dport 8001 idle 1h
	ruled zz
	ka gw policy del zz
	ruled aa
	ka gw policy flush
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
	carry cl 1 sv 1
	ask_ok cl close 1
	ask_ok sv close 1
}

# As cron would do it: again and again, and it must fire all the same.
replaced()
{
	local since i

	policy gw expire on forward idle 100s
	join cl sv 1 8001
	since=$SINCE
	for i in 1 2 3 4 5 6 7 8 9; do
		pass_time 10
		policy gw expire on forward idle 100s prio $((100 + i))
	done
	ask cl recv 1
	check_eq recv "$SAID" ECONNRESET
	check_due "it expires" "$since" "$WHEN" 100
	ask_ok cl close 1
	ask_ok sv close 1
	ka gw policy flush
}

# Under a policy of another name its clocks begin anew.
renamed()
{
	local since

	policy gw expire on forward idle 100s
	join cl sv 1 8001
	pass_time 90
	since=${EPOCHREALTIME/./}
	policy gw better prio 5 on forward idle 100s
	ask cl recv 1
	check_eq recv "$SAID" ECONNRESET
	check_due "it expires" "$since" "$WHEN" 100
	ask_ok cl close 1
	ask_ok sv close 1
	ka gw policy flush
}

under_traffic()
{
	local i

	policy gw watch on forward keepalive 60s
	join cl sv 1 8001
	tell cl send 1 20000000
	tell sv recv 1 20000000
	for i in 1 2 3 4 5 6 7 8 9 10; do
		policy gw watch on forward keepalive 60s prio "$i"
		policy gw "other$i" on forward prio 3 idle 1h
	done
	expect cl ok
	expect sv "ok 20000000"
	ka gw policy restore /dev/stdin <<-FILE || fail "policy restore"
		watch on forward keepalive 60s
	FILE
	carry sv 1 cl 1 1000
	take_stats gw policy watch
	check_stat flows_created 1
	ask_ok cl close 1
	ask_ok sv close 1
	ka gw policy flush
}

topology cl gw sv
load
ends cl:cl sv:sv
for_each_family "by prio, then by name" order
for_each_family "a replaced policy keeps its clocks" replaced
for_each_family "another policy begins anew" renamed
for_each_family "replacement under traffic" under_traffic
finish
