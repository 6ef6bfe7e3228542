#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 3000
#
# Instructions for a segment of 1,000 established flows while 100,000 SYNs, or
# TCPKA_BENCH_FLOWS, come that nobody answers, in turn with theirs; and for one
# of these SYNs. The table stays in its bound, a tenth of that and these, and so
# does the memory.

# shellcheck source=lib_bench.sh
. "${0%/*}/lib_bench.sh"

count=${TCPKA_BENCH_FLOWS:-100000}
bound=$((1000 + count / 10))
rounds=20

# so_many ATTACKERS: SYNs of as many of them, and a segment of each flow.
so_many()
{
	took c S "$1" $((count / rounds)) 0 0 0
	SYNS=$((SYNS + NS))
	took c PA 0 1000 "$OFFSET" 1 100
	OFFSET=$((OFFSET + 100))
	DATA=$((DATA + NS))
}

# What flows take, whole slabs.
of_flows()
{
	BYTES=$(awk '$1 == "tcpka_flow" { print $15 * $6 * 4096 }' \
		/proc/slabinfo)
}

# flood VARIANT
flood()
{
	local i most=0

	SYNS=0 DATA=0 BYTES=0
	"$1_begin"
	[ "$1" != tcpka ] || ka gw config set max-flows "$bound" ||
		die "config set"
	open_all 1000
	# files flows anew
	took c PA 0 1000 "$OFFSET" 1 100
	OFFSET=$((OFFSET + 100))
	for ((i = 0; i < rounds; i++)); do
		so_many $((1000 + i * count / rounds))
		[ "$1" != tcpka ] || of_flows
		((BYTES <= most)) || most=$BYTES
	done
	sample "flood-$count-$family" "$1" $((DATA / rounds / 1000))
	sample "flood-syn-$count-$family" "$1" $((SYNS / count))
	record "flood-$count-$family" "$1"
	record "flood-syn-$count-$family" "$1"
	[ "$1" != tcpka ] || bounded "$most"
	"$1_end"
}

# bounded BYTES: the most that flows took.
bounded()
{
	flows_are "$bound"
	check_stat segments_invalid 0
	check_stat flows_refused 0
	check_stat flows_created $((count + 1000))
	check_eq "still there" "$(ka gw -j flow count state established)" \
		'{"flows":1000}'
	sample "flood-memory-$count-$family" tcpka $(($1 / bound))
	record "flood-memory-$count-$family" tcpka
}

one_family()
{
	bench_family "$1"
	flood bare
	flood tcpka
}

bench_topology
for f in ${TCPKA_BENCH_FAMILY:-ipv4 ipv6}; do
	try "a flood of $count SYNs, $f" one_family "$f"
done
finish
