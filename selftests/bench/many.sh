#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 12000
#
# Of 20,000 flows, or TCPKA_BENCH_FLOWS, for each: its memory, all in; and the
# instructions to open it, to list and to kill it, and of the workers when its
# time has come and it is not idle. How late all end that fall due at once. And
# how long, when that is by RST, the worker computes without a pause, and holds
# a lock.

# shellcheck source=lib_bench.sh
. "${0%/*}/lib_bench.sh"

count=${TCPKA_BENCH_FLOWS:-20000}
# of what does not depend on how many there are
few=$((count < 20000 ? count : 20000))
tracing=/sys/kernel/tracing

# figure KEY VARIANT VALUE: there is one of it.
figure()
{
	sample "$1-$family" "$2" "$3"
	record "$1-$family" "$2"
}

# of_all KEY VARIANT VALUE: the same, with so many flows.
of_all()
{
	figure "$1-$count" "${@:2}"
}

# available: VALUE bytes of memory. What a CPU keeps of free pages for itself is
# not in MemAvailable.
available()
{
	local pages name kib

	# what RCU is about to free, and what a slab then keeps
	pass_time 2
	[ ! -e /sys/kernel/slab/nf_conntrack/shrink ] ||
		echo 1 >/sys/kernel/slab/nf_conntrack/shrink
	pages=$(awk '$1 == "count:" { sum += $2 } END { print sum }' \
		/proc/zoneinfo)
	while read -r name kib _; do
		[ "$name" != MemAvailable: ] ||
			VALUE=$((kib * 1024 + pages * 4096))
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
	of_all open "$1" $((SUM / count))
	available
	of_all memory "$1" $(((BEFORE - VALUE) / count))
	of_slab "$2"
	of_all slab "$1" $((VALUE / count))
}

# timed KEY VARIANT COMMAND...: instructions for each flow: TIMED.
timed()
{
	local from=${EPOCHREALTIME/./}

	"${@:3}" >/dev/null 2>"$work/err" || fail "${*:3}: $(<"$work/err")"
	TIMED=$(((${EPOCHREALTIME/./} - from) * 1000 / count))
	of_all "$1" "$2" "$TIMED"
}

# trace YES: the runs of the module's works.
trace()
{
	if [ "$1" = 1 ]; then
		# either empties it
		echo 65536 >"$tracing/buffer_size_kb"
		echo mono >"$tracing/trace_clock"
	fi
	echo "$1" >"$tracing/events/workqueue/workqueue_execute_start/enable"
	echo "$1" >"$tracing/events/workqueue/workqueue_execute_end/enable"
}

# trace_calls YES: and where they pause, and lock.
trace_calls()
{
	if [ "$1" = 1 ]; then
		printf '%s\n' __cond_resched _raw_spin_lock _raw_spin_unlock \
			_raw_spin_lock_bh _raw_spin_unlock_bh \
			>"$tracing/set_ftrace_filter"
		echo function >"$tracing/current_tracer"
		trace 1
	else
		trace 0
		echo 0 >"$tracing/tracing_on"
	fi
}

trace_end()
{
	echo nop >"$tracing/current_tracer"
	echo >"$tracing/set_ftrace_filter"
	echo 1 >"$tracing/tracing_on"
	echo 16 >"$tracing/buffer_size_kb"
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

# The longest time without a pause of the works, and with a lock held, in ns.
# Each call that is traced takes some hundred more. Of locks only ours: the kernel
# unlocks some, as __run_timers() does, by what is not traced.
stretches()
{
	awk '{ now = $4 * 1000000 }
		/workqueue_execute_start:.*function tcpka_/ {
			worker = $1
			from = now
			depth = 0
		}
		$1 != worker { next }
		/__cond_resched|workqueue_execute_end/ {
			if (now - from > stretch)
				stretch = now - from
			from = now
		}
		/: _raw_spin_lock.*<-tcpka_/ { at[depth++] = now }
		/: _raw_spin_unlock.*<-tcpka_/ && depth {
			if (now - at[--depth] > hold)
				hold = now - at[depth]
		}
		/workqueue_execute_end/ { worker = "" }
		END { printf("%d %d\n", stretch * 1000, hold * 1000) }' \
		"$tracing/trace"
}

# Each flow falls due once, and is filed anew, as it has spoken meanwhile.
idle()
{
	pass_time 150
	took c PA 0 "$count" "$OFFSET" 1 100
	trace 1
	pass_time 240
	trace 0
	flows_are "$count"
	policy gw every on forward idle 1d
	read -r VALUE LONGEST < <(works)
	trace_end
	say "the longest run of a work: $LONGEST us"
	of_all worker tcpka $((VALUE * 1000 / count))
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
	of_all late tcpka $(((${EPOCHREALTIME/./} - from) / 1000 - 60000))
}

gone()
{
	take_stats gw
	stat flows
	[ "$VALUE" = 0 ]
}

# All fall due in one moment, and are told.
told()
{
	local stretch hold

	ka gw policy flush
	policy gw every on forward max-age 60s action rst
	open_all "$few"
	pass_time 55
	flows_are "$few"
	trace_calls 1
	pass_time 6
	trace_calls 0
	take_stats gw
	check_stat rst_sent $((2 * few))
	read -r stretch hold < <(stretches)
	trace_end
	figure stretch tcpka "$stretch"
	figure hold tcpka "$hold"
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
	timed kill tcpka ka gw flow kill all with drop
	flows_are 0
	unload
}

# With many flows this takes long, so it comes last.
due_case()
{
	tcpka_begin
	open_all "$count"
	flows_are "$count"
	due
	told
	unload
}

bare_case()
{
	open_all "$few"
	of_all open bare $((SUM / few))
}

# Its buckets count, too. It has no JSON, and its XML takes half as much again as
# its text: the text is what JSON is held against.
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
	of_all list-json conntrack "$TIMED"
	timed kill conntrack in_gw conntrack -D -p tcp
	conntrack_end
}

one_family()
{
	bench_family "$1"
	bare_case
	tcpka_case
	conntrack_case
	due_case
}

bench_topology
for f in ${TCPKA_BENCH_FAMILY:-ipv4 ipv6}; do
	try "$count flows, $f" one_family "$f"
done
finish
