#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# What TCP costs a local program with a policy on every socket: bulk and requests
# over loopback take as many instructions as without the module, within 0.5 %,
# also where the policy is for routed connections, too, and none has been spoken
# for.
# In virtual time an instruction takes a nanosecond, and the program never waits.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=lib_cost.sh
. "${0%/*}/lib_cost.sh"

rounds=5 requests=2000 chunks=200
# There computing takes no time at all: only that it works is to be seen.
[ -z "${TCPKA_DEBUG:-}" ] || rounds=2

# figures FILE: from LEAST to MOST, with MEDIAN.
figures()
{
	local -a all

	mapfile -t all < <(sort -n "$1")
	LEAST=${all[0]} MEDIAN=${all[${#all[@]} / 2]} MOST=${all[-1]}
	say "${1##*/}: $((MEDIAN / 1000)) ns," \
		"from $((LEAST / 1000)) to $((MOST / 1000))"
}

# apart WHAT STATE: APART from what it takes WITHOUT the module.
apart()
{
	figures "$work/$1.without"
	WITHOUT=$MEDIAN
	figures "$work/$1.$2"
	APART=$((MEDIAN - WITHOUT))
	[ "$WITHOUT" = 0 ] ||
		say "$1 $2: $((APART * 1000000 / WITHOUT)) ppm more"
}

# same WHAT STATE
same()
{
	apart "$1" "$2"
	[ -z "${TCPKA_DEBUG:-}" ] || return
	[ "$WITHOUT" -gt 1000000 ] || fail "it takes no time: $WITHOUT ps"
	((${APART#-} * 1000 <= WITHOUT * 5)) || fail "$1: more than 0.5 % apart"
}

cost()
{
	local address=127.0.0.1

	[ "$family" = ipv4 ] || address=::1
	ask_ok b pairs "$address" 8000 20 1
	cost_measure
	ask_ok b reset
}

[ "${TCPKA_LANE:-}" = virtual ] || skip_all "counts instructions"
topology cl sv
program b cl "$bin/tcp_cost"
for f in ipv4 ipv6; do
	use_family "$f"
	try "every socket is ruled, $f" cost
	for state in on-local both; do
		try "requests, $state, $f" same request "$state"
		try "bulk, $state, $f" same chunk "$state"
	done
	rm -f "$work"/{request,chunk}.*
done
finish
