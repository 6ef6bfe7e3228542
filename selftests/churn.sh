#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: smp
# limit: 600
#
# Namespace removal and rmmod, 100 times, each with traffic, outstanding
# probes, tombstones, an open dump, a monitor and queued work: nothing is left
# behind, nothing hangs. What would leak is the debug kernel's to see.

# shellcheck source=lib_gateway.sh
. "${0%/*}/lib_gateway.sh"

# Races need many rounds; that they end well on another kernel, too, few. A
# debug kernel sees what is left behind in the first of them.
rounds=100
[[ $(uname -r) = 6.1.* ]] || rounds=20
[ -z "${TCPKA_DEBUG:-}" ] || rounds=10

# busy GATEWAY SERVER SOCK: policies and eight connections. Half of them are
# going to be ended, half to be probed; the first carries data.
busy()
{
	local S=$2
	local -i i

	ka "$1" -b - <<-FILE || die "policies refused"
		policy add watch on forward keepalive 1s intvl 1s probes 100
		policy add idle prio 1 on forward dport 8001 idle 1d
	FILE
	ask_ok sv listen 1000 "$S" 8000
	ask_ok sv listen 1001 "$S" 8001
	for ((i = $3; i < $3 + 8; i++)); do
		tell sv accept $((1000 + i % 2)) "$i"
		ask_ok cl connect "$i" "$S" $((8000 + i % 2))
		expect sv ok
	done
	tell cl send "$3" 50000
	hear cl
	ask_ok sv recv "$3" 50000
}

# stir GATEWAY: what is going on when the end comes. The last one queues work.
stir()
{
	local what status

	for what in "kill dport 8001" "probe all"; do
		# shellcheck disable=SC2086 # words
		ka "$1" flow $what >"$work/stir"
		status=$?
		# 2: some were refused, for nobody can speak for their ends
		[ "$status" = 0 ] || [ "$status" = 2 ] ||
			fail "flow $what: $(<"$work/stir")"
	done
	ka "$1" policy replace watch on forward keepalive 2s ||
		fail "policy replace"
}

watchers()
{
	program "dump $1" "$1" "$bin/tcp_dump"
	program "monitor $1" "$1" "$TCPKACTL" -j monitor
	read -r -t 20 -u "${prog_out[dump $1]}" || fail "no dump"
}

servers()
{
	[ "$family" = ipv4 ] && other=10.77.9.2 || other=fd77:9::2
}

# Traffic through the one gateway, silent servers behind the other.
one_round()
{
	local dead=gw2 alive=gw

	(($1 % 2)) || { dead=gw alive=gw2; }
	second_gateway "$family$1"
	load
	busy gw "$S" 100
	busy gw2 "$other" 200
	watchers gw
	watchers gw2
	power_off sv "$dead"
	if [ "$alive" = gw ]; then
		tell cl send 100 3000000
		tell sv recv 100 3000000
	else
		tell cl send 200 3000000
		tell sv recv 200 3000000
	fi
	stir gw
	stir gw2
	ip netns delete "${ns[gw2]}"
	unset "ns[gw2]"
	stop_program "dump gw2" "monitor gw2"
	unload_busy
	stop_program "monitor gw" cl sv
	[ "$dead" = gw2 ] || power_on sv gw
	ends cl:cl sv:sv
}

# An open dump holds the module.
unload_busy()
{
	! rmmod tcpka 2>/dev/null || fail "unloads under an open dump"
	kill -KILL "${prog_pid[dump gw]}"
	busywait 20 rmmod tcpka 2>/dev/null || die "cannot unload"
	loaded=
	stop_program "dump gw"
}

churn()
{
	local -i i

	servers
	for ((i = 0; i < rounds / 2; i++)); do
		one_round "$i"
		[ "$case_failed" = 0 ] || break
	done
}

topology cl gw sv
ends cl:cl sv:sv
for_each_family "$((rounds / 2)) rounds" churn
finish
