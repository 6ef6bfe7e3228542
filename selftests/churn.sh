#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: smp
# limit: 600
#
# Namespace removal and rmmod, 100 times, each with traffic, outstanding
# probes, tombstones, an open dump, a monitor and queued work: nothing is left
# behind, nothing hangs. What would leak is the debug kernel's to see.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

rounds=100
# A debug kernel sees what is left behind in the first of them.
[ -z "${TCPKA_DEBUG:-}" ] || rounds=10

# A second gateway between the same ends, one that will go with its namespace.
# Its links are numbered 8 and 9, where it is side 1. Neighbours are permanent:
# a router without a link-local address cannot ask for them.
second_gateway()
{
	local k side

	busywait 20 no_links || die "the last second gateway is still there"
	ns[gw2]=$row_name-gw2-$1
	{
		echo "netns add ${ns[gw2]}"
		for k in 8 9; do
			side=$(far_side "$k")
			echo "link add gw2 netns ${ns[$side]}" \
				"address 02:00:00:00:0$k:02 type veth" \
				"peer name $side netns ${ns[gw2]}" \
				"address 02:00:00:00:0$k:01"
		done
	} | ip -batch - || die "no second gateway"
	for k in 8 9; do
		side=$(far_side "$k")
		{
			link_config "$k" 2 gw2
			echo "route add 10.77.$((17 - k)).0/24 via 10.77.$k.1"
			echo "route add fd77:$((17 - k))::/64 via fd77:$k::1"
		} | ip -n "${ns[$side]}" -batch - ||
			die "no link to the second gateway"
		link_config "$k" 1 "$side"
	done | ip -n "${ns[gw2]}" -batch - || die "no second gateway"
	in_ns gw2 sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
	busywait 20 settled || die "the second gateway's links are not ready"
}

# The links go some time after their namespace.
no_links()
{
	! ip -n "${ns[cl]}" link show gw2 && ! ip -n "${ns[sv]}" link show gw2
} >/dev/null 2>&1

far_side()
{
	[ "$1" = 8 ] && echo cl || echo sv
}

# An IPv6 address is of no use before its link is ready, nodad or not.
settled()
{
	local node

	for node in cl sv gw2; do
		[ -z "$(ip -n "${ns[$node]}" -6 addr show tentative)" ] ||
			return
	done
}

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
	kill "${prog_pid[dump gw]}"
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
