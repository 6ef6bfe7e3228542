#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Each decision is told: an event with all its keys to who listens, and a
# tracepoint.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

tracing=/sys/kernel/tracing
[ -d $tracing/events ] || tracing=/sys/kernel/debug/tracing

# check_keys: what every event of a flow has.
check_keys()
{
	check_json "$EVENT" kind forward
	check_json "$EVENT" family "$family"
	check_json "$EVENT" src "$C"
	check_json "$EVENT" dst "$S"
	check_json "$EVENT" dport "$1"
	check_json "$EVENT" policy "$2"
	json "$EVENT" time
	[ "$VALUE" != absent ] || fail "no time"
	json "$EVENT" ends
	[ "$VALUE" != absent ] || fail "no ends"
}

# told EVENT REASON BY DPORT POLICY
told()
{
	event "\"event\":\"$1\"" 200 || return
	check_json "$EVENT" reason "$2"
	check_json "$EVENT" by "$3"
	check_keys "$4" "$5"
}

events()
{
	local i

	for i in 1 2 3 4 5 6 7; do
		join cl sv "$i" "800$i"
		# what falls due in one tick is told in any order
		pass_time 0.1
	done
	ka gw flow kill dport 8001 >/dev/null
	told killed user tcpka 8001 watch
	ask_ok cl close 2
	ask_ok sv close 2
	told closed fin initiator 8002 watch
	ask_ok sv reset 3
	told closed rst responder 8003 watch
	told expired idle tcpka 8004 idle
	told expired max-age tcpka 8005 age
	power_off sv gw
	told dead keepalive responder 8006 watch
	told dead keepalive responder 8007 watch
	power_on sv gw
	for i in 1 3 4 5 6 7; do
		ask cl vanish "$i"
		ask sv vanish "$i"
	done
}

# both_silent, and what a probe's answer that is late corrects.
both_silent()
{
	join cl sv 1 8001
	power_off sv gw
	power_off cl gw
	told dead both-silent tcpka 8001 watch
	power_on sv gw
	power_on cl gw
	ask cl vanish 1
	ask sv vanish 1
}

policies()
{
	ka gw policy add x all idle 1d
	event '"event":"policy"'
	check_json "$EVENT" reason added
	check_json "$EVENT" policy x
	ka gw policy replace x all idle 2d
	event '"event":"policy"'
	check_json "$EVENT" reason replaced
	ka gw policy del x
	event '"event":"policy"'
	check_json "$EVENT" reason deleted
	check_json "$EVENT" policy x
	ka gw policy restore /dev/stdin </dev/null
	event '"event":"policy"'
	check_json "$EVENT" reason restored
	ka gw policy flush
	event '"event":"policy"'
	check_json "$EVENT" reason flushed
}

tracepoints()
{
	local name

	for name in created removed probed answered dead both_silent expired \
		ended segment_sent segment_failed relearned refused; do
		[ -d "$tracing/events/tcpka/tcpka_$name" ] ||
			fail "no tracepoint tcpka_$name"
	done
	for name in created removed probed answered dead both_silent expired \
		ended segment_sent; do
		grep -q " tcpka_$name: " "$work/trace" ||
			fail "tcpka_$name did not fire"
	done
}

need_modules tcp_diag
topology cl gw sv
load
[ -d "$tracing/events" ] || skip_all "no tracing"
ends cl:cl sv:sv
echo 1 >$tracing/events/tcpka/enable
policy gw watch on forward keepalive 60s intvl 5s probes 4
policy gw idle prio 1 on forward dport 8004 idle 20s
policy gw age prio 1 on forward dport 8005 max-age 40s
monitor gw
for_each_family "events of flows" events
for_each_family "both ends silent" both_silent
try "events of policies" policies
echo 0 >$tracing/events/tcpka/enable
cat $tracing/trace >"$work/trace"
try "tracepoints" tracepoints
finish
