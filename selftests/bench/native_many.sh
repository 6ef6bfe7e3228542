#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: smp
# limit: 3000
#
# Of 1,000,000 flows, or TCPKA_BENCH_FLOWS, which are idle under a timeout of
# 5 min, at the machine's own speed: the part of one core that wheel and workers
# take; the memory of each, all in; and the time to list and to kill each.
#
# They open under a longer timeout, as it takes more than 5 min to open many; then
# each speaks, they get theirs, and each speaks once more. So when the time comes
# that follows from what they said first, each is filed anew, once.

# shellcheck source=lib_many.sh
. "${0%/*}/lib_many.sh"

count=${TCPKA_BENCH_FLOWS:-1000000}
prefix=native-
period=300
# 1 % + 250 ms, and what a second is short of; for so many there is a moment more
late=4
# of open_all: nobody waits long for the other half of a handshake
step=100000

# now: ms since the machine started.
now()
{
	local up

	read -r up _ </proc/uptime
	NOW=$((10#${up/./} * 10))
}

# What the scheduler has of each of the kernel's threads, "PID HUNDREDTHS".
threads()
{
	awk '{ pid = $1; sub(/.*\) /, "") } $2 == 2 { print pid, $13 }' \
		/proc/[0-9]*/stat 2>/dev/null
}

# watch SECONDS: until then, from ms FROM on: WORKS us of the module's works, by
# the clock. What the scheduler has of the kernel's threads tells whether something
# else ran meanwhile.
watch()
{
	local from longest sum

	trace 1
	threads >"$work/threads"
	now
	from=$NOW
	((from < FROM + $1 * 1000)) || fail "it is $((from - FROM)) ms"
	pass_time $(($1 - (from - FROM) / 1000))
	now
	sum=$(threads | awk '
		NR == FNR { had[$1] = $2; next }
		{ sum += $2 - had[$1] }
		END { print sum * 10000 }' "$work/threads" -)
	trace 0
	read -r WORKS longest < <(works)
	trace_end
	say "in $((NOW - from)) ms: works $WORKS us, threads $sum us;" \
		"at most $longest us in one go"
}

# A core's percent, of us in a period.
percent()
{
	awk -v us="$1" -v s="$period" 'BEGIN { printf("%.3f\n", us / s / 1e4) }'
}

# What the machine does without any flows.
nothing()
{
	now
	FROM=$NOW
	watch 20
}

# speak SEQ: each of them, one after the other.
speak()
{
	took c PA 0 "$count" "$1" 1 100
	now
	say "they have spoken at $((NOW - FROM)) ms, $((NS / count)) ns each"
}

# Their time comes 5 min after what they say first. They speak again before that,
# but after what files them under the new policy is over: so what they say then is
# of no account meanwhile.
idle()
{
	local apart=$((late + count / 250000))

	speak 1
	now
	FROM=$NOW
	policy gw every on forward idle 5m
	say "the policy, and then the idle flows:"
	watch "$apart"
	pass_time 9
	speak 101
	watch $((period + apart))
	flows_are "$count"
	policy gw every on forward idle 1d
	pass_time "$apart"
	of_all core tcpka "$(percent "$WORKS")"
}

tcpka_case()
{
	available
	BEFORE=$VALUE
	tcpka_begin
	# an eighth of the memory is not enough for 10,000,000
	echo 16000000 >/sys/module/tcpka/parameters/max_flows_sum
	nothing
	many_open tcpka tcpka_flow
	flows_are "$count"
	check_stat flows_refused 0
	idle
	by_tool
	unload
}

one_family()
{
	bench_family "$1"
	tcpka_case
	# it kills 1,000,000 in four minutes, of either family
	[ "$1" = ipv6 ] || ((count > 1000000)) || conntrack_case
}

[ -n "${TCPKA_NATIVE:-}" ] || skip_all "runs on the kernel uml"
bench_machines
for f in ${TCPKA_BENCH_FAMILY:-ipv4 ipv6}; do
	try "$count flows, $f" one_family "$f"
done
finish
