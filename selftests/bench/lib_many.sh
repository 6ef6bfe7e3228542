# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what this, lib_bench.sh and the scripts share
#
# What the benchmarks with many flows share. Sourced instead of lib_bench.sh. They
# set count, and prefix to what their figures' names begin with.

# shellcheck source=lib_bench.sh
. "${BASH_SOURCE[0]%/*}/lib_bench.sh"

prefix=
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
	figure "$prefix$1-$count" "${@:2}"
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
	[ -e /proc/slabinfo ] || return 0
	of_slab "$2"
	of_all slab "$1" $((VALUE / count))
}

# timed KEY VARIANT COMMAND...: ns for each flow, instructions in virtual time:
# TIMED.
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

# Without functions there is nothing to choose from.
trace_end()
{
	echo nop >"$tracing/current_tracer"
	[ ! -e "$tracing/set_ftrace_filter" ] ||
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

# How many ms after "since" was written into the trace the last of them ended.
last_work()
{
	awk '{ sub(/:$/, "", $4) }
		/tracing_mark_write: since/ { since = $4 }
		/workqueue_execute_start:.*function tcpka_/ { from[$1] = $4 }
		/workqueue_execute_end:/ && $1 in from {
			last = $4
			delete from[$1]
		}
		END { printf("%d\n", (last - since) * 1000) }' "$tracing/trace"
}

# What tcpkactl takes to list them, and to kill them.
by_tool()
{
	timed list tcpka ka gw flow list
	timed list-json tcpka ka gw -j flow list
	timed kill tcpka ka gw flow kill all with drop
	flows_are 0
}

in_gw()
{
	in_ns gw "$@"
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
