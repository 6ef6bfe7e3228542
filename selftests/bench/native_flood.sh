#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: smp
# limit: 1200
# uses: taskset
#
# Segments a second of 1,000 established flows, on one CPU, while 1,000,000 SYNs,
# or TCPKA_BENCH_FLOWS, come that nobody answers, in turn with theirs: of the
# time that these segments took, of what the SYNs took, and of both. The table
# stays in its bound, a tenth of that and these, and so does the memory.

# shellcheck source=lib_native.sh
. "${0%/*}/lib_native.sh"

count=${TCPKA_BENCH_FLOWS:-1000000}
bound=$((1000 + count / 10))
opened=1000
turns=250
# in a turn: of so many SYNs, and a segment of each flow
spells=4
spell=$((count / turns / spells))
declare -A syns			# which have come, by row

# of_slabs: KiB of them all.
of_slabs()
{
	local name kib

	while read -r name kib _; do
		[ "$name" != Slab: ] || KIB=$kib
	done </proc/meminfo
}

settle()
{
	ka "$1" config set max-flows "$bound" || die "config set"
	syns=([1]=0 [2]=0)
	of_slabs
	LEAST=$KIB MOST=$KIB
}

# segments ROW: one of each flow.
segments()
{
	took "c$1" PA 0 1000 "${seq[$1c]}" 1 100
	seq[$1c]=$((seq[$1c] + 100))
	SENT[$1]=$((SENT[$1] + 1000))
}

warm()
{
	segments "$1"
}

acknowledge()
{
	ask_ok "s$1" send A 0 1000 1 "${seq[$1c]}" 0
}

rates()
{
	local -i i data=0 syn=0

	for ((i = 0; i < spells; i++)); do
		took "c$1" S $((1000 + syns[$1])) "$spell" 0 0 0
		syn+=NS
		syns[$1]=$((syns[$1] + spell))
		SENT[$1]=$((SENT[$1] + spell))
		segments "$1"
		data+=NS
	done
	rate[flood-$count]=$((spells * 1000 * 1000000000 / data))
	rate[flood-syn-$count]=$((spells * spell * 1000000000 / syn))
	rate[flood-both-$count]=$((spells * 1000 * 1000000000 / (data + syn)))
	of_slabs
	((KIB <= MOST)) || MOST=$KIB
}

# All slabs of the machine: what is not of flows is there before, or small.
remain()
{
	flows_are "$bound" "$1"
	check_stat flows_refused 0
	check_stat flows_created $((spells * spell * turns + 1000))
	check_eq "still there" "$(ka "$1" -j flow count state established)" \
		'{"flows":1000}'
	sample "native-flood-memory-$count-$family" tcpka \
		$(((MOST - LEAST) * 1024 / bound))
}

summary()
{
	record "native-flood-memory-$count-$family" tcpka
}

native 1 "flood-$count" "flood-syn-$count" "flood-both-$count"
