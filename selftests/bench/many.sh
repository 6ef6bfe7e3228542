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

# shellcheck source=lib_many.sh
. "${0%/*}/lib_many.sh"

count=${TCPKA_BENCH_FLOWS:-20000}
# of what does not depend on how many there are
few=$((count < 20000 ? count : 20000))

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

# All flows fall due in one moment: under a policy whose clocks begin now. Nobody
# looks meanwhile, as that would take from the time of the one CPU.
due()
{
	ka gw config set probe-rate 1000000 || die "config set"
	trace 1
	echo since >"$tracing/trace_marker"
	policy gw first prio 1 on forward idle 60s action drop
	pass_time 59
	flows_are "$count"
	pass_time 16
	trace 0
	flows_are 0
	of_all late tcpka $(($(last_work) - 60000))
	trace_end
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
	by_tool
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
