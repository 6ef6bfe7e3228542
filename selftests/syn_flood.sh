#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 600
#
# A flood of SYNs from addresses by chance, which nobody answers, while there
# are connections and more are made: the table stays in its bound, no connection
# is evicted or refused, each is ended on time, and once the handshakes are over
# the memory is free again.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# max-flows.
bound=20000
[ -z "${TCPKA_DEBUG:-}" ] || bound=5000

# A connection that carries a byte.
meet_one()
{
	tell sv accept 1023 "$1"
	ask_ok cl connect "$1" "$S" 8001
	expect sv ok
	carry cl "$1" sv "$1"
	since[$1]=$SINCE
}

# Flows that the allocator has given out, or cannot say that it has not: it
# looks first. (KASAN keeps what is freed for a while.)
in_use()
{
	[ ! -e /sys/kernel/slab/tcpka_flow/shrink ] ||
		echo 1 >/sys/kernel/slab/tcpka_flow/shrink
	VALUE=$(awk '$1 == "tcpka_flow" { print $2 }' /proc/slabinfo)
}

established()
{
	VALUE=$(ka gw -j flow count state established)
}

check_bound()
{
	take_stats gw
	stat flows
	[ "$VALUE" -le "$bound" ] || fail "flows: $VALUE, bound $bound"
	[ "$VALUE" -gt "$most" ] && most=$VALUE
}

# flood SYNS LEGITIMATE: so many SYNs, and connections made meanwhile.
flood()
{
	local -a since
	local i from before most=0 peak=0 syns=$1 legitimate=$2

	ka gw stats reset
	ask_ok fl to "$SR" 80
	ask_ok sv listen 1023 "$S" 8001
	in_use
	before=$VALUE
	for i in 1 2 3 4 5 6 7 8 9 10; do
		meet_one "$i"
	done
	from=${EPOCHREALTIME/./}
	for ((i = 11; i <= legitimate + 10; i++)); do
		ask_ok fl flood $((syns / legitimate))
		meet_one "$i"
		((i % 50)) || check_bound
	done
	say "$syns SYNs in $(((${EPOCHREALTIME/./} - from) / 1000)) ms"
	in_use
	peak=$VALUE
	check_bound
	established
	check_eq "connections" "$VALUE" "{\"flows\":$((legitimate + 10))}"
	check_stat flows_refused 0
	# every SYN has had its turn
	check_stat flows_created $((syns + legitimate + 10))
	stat flows_evicted
	say "at most $most flows, $peak objects; $VALUE evicted"
	[ "$VALUE" -gt 0 ] || fail "the table was never full"
	ended "$legitimate"
	# linger, and what RCU has yet to free
	pass_time 70
	take_stats gw
	check_stat expired_idle $((legitimate + 10))
	check_stat flows 0
	check_stat flows_refused 0
	in_use
	[ -n "${TCPKA_DEBUG:-}" ] || [ "$VALUE" -le $((before + 100)) ] ||
		fail "objects in use: $VALUE, before the flood $before"
	ask_ok sv close 1023
}

# ended LEGITIMATE: all of them, in the order in which they were used last.
ended()
{
	local i

	for ((i = 1; i <= $1 + 10; i++)); do
		ask cl recv "$i"
		check_eq "recv of $i" "$SAID" ECONNRESET
		check_due "the end of $i" "${since[i]}" "$WHEN" 300
		ask sv recv "$i"
		check_eq "the server's recv of $i" "$SAID" ECONNRESET
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
}

ulimit -n 4096
topology cl gw sv
load
ends cl:cl sv:sv
program fl cl "$bin/tcp_flood" gw 02:00:00:00:00:02
policy gw watch on forward idle 300s half-open 20s
ka gw config set max-flows "$bound" || die "config set"
# A million takes minutes, and is the same on any kernel.
if [ -n "${TCPKA_DEBUG:-}" ] || [[ $(uname -r) != 6.1.* ]]; then
	for_each_family "50,000 SYNs" flood 50000 100
else
	use_family ipv4
	try "1,000,000 SYNs, ipv4" flood 1000000 1000
	use_family ipv6
	try "100,000 SYNs, ipv6" flood 100000 500
fi
finish
