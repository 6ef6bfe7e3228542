#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 6000
#
# Of 100,000 flows, or TCPKA_BENCH_FLOWS, for each: its memory, all in; and the
# instructions to open it, to list and to kill it, and of the workers when its
# time has come and it is not idle. And how late all end that fall due at once.

# shellcheck source=lib_bench.sh
. "${0%/*}/lib_bench.sh"

count=${TCPKA_BENCH_FLOWS:-100000}
tracing=/sys/kernel/tracing

# figure KEY VARIANT VALUE: there is one of it.
figure()
{
	sample "$1-$family" "$2" "$3"
	record "$1-$family" "$2"
}

# available: VALUE bytes of memory.
available()
{
	local name kib

	# what RCU is about to free, and what a slab then keeps
	pass_time 2
	[ ! -e /sys/kernel/slab/nf_conntrack/shrink ] ||
		echo 1 >/sys/kernel/slab/nf_conntrack/shrink
	while read -r name kib _; do
		[ "$name" != MemAvailable: ] || VALUE=$((kib * 1024))
	done </proc/meminfo
}

# of_slab NAME: bytes that its objects take, whole slabs.
of_slab()
{
	VALUE=$(awk -v name="$1" '$1 == name { print $15 * $6 * 4096 }' \
		/proc/slabinfo)
	[ -n "$VALUE" ] || VALUE=0
}

# many_open VARIANT SLAB: and what they take, since there were BEFORE bytes.
many_open()
{
	open_all "$count"
	figure open "$1" $((SUM / count))
	available
	figure memory "$1" $(((BEFORE - VALUE) / count))
	of_slab "$2"
	figure slab "$1" $((VALUE / count))
}

# timed KEY VARIANT COMMAND...: instructions for each flow.
timed()
{
	local from=${EPOCHREALTIME/./}

	"${@:3}" >/dev/null 2>"$work/err" || fail "${*:3}: $(<"$work/err")"
	figure "$1" "$2" $(((${EPOCHREALTIME/./} - from) * 1000 / count))
}

# trace YES: the runs of the module's works.
trace()
{
	[ "$1" = 0 ] || echo >"$tracing/trace"
	echo "$1" >"$tracing/events/workqueue/workqueue_execute_start/enable"
	echo "$1" >"$tracing/events/workqueue/workqueue_execute_end/enable"
}

# How many us they took in all, and the longest.
works()
{
	awk '{ sub(/:$/, "", $4) }
		/workqueue_execute_start:.*function tcpka_/ { from[$1] = $4 }
		/workqueue_execute_end:/ && $1 in from {
			took = ($4 - from[$1]) * 1000000
			sum += took
			if (took > longest)
				longest = took
			delete from[$1]
		}
		END { printf("%d %d\n", sum, longest) }' "$tracing/trace"
}

# Each flow falls due once, and is filed anew, as it has spoken meanwhile.
idle()
{
	pass_time 150
	took c PA 0 "$count" "$OFFSET" 1 100
	echo mono >"$tracing/trace_clock"
	echo 16384 >"$tracing/buffer_size_kb"
	trace 1
	pass_time 240
	trace 0
	flows_are "$count"
	policy gw every on forward idle 1d
	read -r VALUE LONGEST < <(works)
	say "the longest run of a work: $LONGEST us"
	figure worker tcpka $((VALUE * 1000 / count))
}

# All flows fall due in one moment: under a policy whose clocks begin now.
due()
{
	local from

	ka gw config set probe-rate 1000000 || die "config set"
	from=${EPOCHREALTIME/./}
	policy gw first prio 1 on forward idle 60s action drop
	pass_time 59
	flows_are "$count"
	busywait 120 gone || fail "they do not end"
	figure late tcpka $(((${EPOCHREALTIME/./} - from) / 1000 - 60000))
}

gone()
{
	take_stats gw
	stat flows
	[ "$VALUE" = 0 ]
}

in_gw()
{
	in_ns gw "$@"
}

tcpka_case()
{
	available
	BEFORE=$VALUE
	tcpka_begin
	ka gw policy flush
	policy gw every on forward idle 5m
	many_open tcpka tcpka_flow
	flows_are "$count"
	idle
	timed list tcpka ka gw flow list
	timed list-json tcpka ka gw -j flow list
	if [ "$family" = ipv4 ]; then
		timed kill tcpka ka gw flow kill all with drop
		flows_are 0
	else
		due
	fi
	unload
}

bare_case()
{
	open_all "$count"
	figure open bare $((SUM / count))
}

# Its buckets count, too.
conntrack_case()
{
	need_modules nf_conntrack
	echo 1024 >/sys/module/nf_conntrack/parameters/hashsize
	available
	BEFORE=$VALUE
	conntrack_begin "$count"
	sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=432000
	many_open conntrack nf_conntrack
	timed list conntrack in_gw conntrack -L
	timed list-json conntrack in_gw conntrack -L -o xml
	timed kill conntrack in_gw conntrack -D -p tcp
	conntrack_end
}

one_family()
{
	bench_family "$1"
	bare_case
	tcpka_case
	conntrack_case
}

bench_topology
for f in ${TCPKA_BENCH_FAMILY:-ipv4 ipv6}; do
	try "$count flows, $f" one_family "$f"
done
finish
