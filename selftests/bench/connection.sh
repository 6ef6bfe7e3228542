#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 600
#
# Instructions for one connection: its handshake and its close, six segments,
# and what is done later because of it: tcpka's wheel, and memory that RCU frees.
# Conntrack's removal is two minutes later still, and is not counted.

# shellcheck source=lib_bench.sh
. "${0%/*}/lib_bench.sh"

# How long after that something may still be done, in ms.
later=50
count=2000

burnt()
{
	ask_ok c burn "$later"
	NS=${SAID#ok }
}

one_variant()
{
	local i idle sum

	"$1_begin"
	# what goes on anyway
	burnt
	burnt
	idle=$NS
	for ((i = 0; i <= samples; i++)); do
		open_all "$count"
		sum=$SUM
		close_all "$count"
		sum=$((sum + SUM))
		burnt
		sum=$((sum + NS - idle))
		((i == 0)) || sample "connection-$family" "$1" $((sum / count))
		[ "$1" != tcpka ] || flows_are 0
		# or it would be reopened
		[ "$1" != conntrack ] || in_ns gw conntrack -F 2>/dev/null
	done
	record "connection-$family" "$1"
	if [ "$1" = tcpka ]; then
		check_stat segments_invalid 0
		check_stat flows_created $((count * (samples + 1)))
		check_stat flows_closed $((count * (samples + 1)))
	fi
	"$1_end"
}

one_family()
{
	local variant

	bench_family "$1"
	for variant in bare conntrack tcpka; do
		one_variant "$variant"
	done
}

bench_topology
for f in ipv4 ipv6; do
	try "instructions a connection, $f" one_family "$f"
done
finish
