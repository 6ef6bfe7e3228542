#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Network namespaces of users share half of what the machine tracks: one that
# fills it takes nothing from the machine's own connections. What was refused
# is not asked for again before there is room, and then it is.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

sum=/sys/module/tcpka/parameters/max_flows_sum

other_ns()
{
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/$$/ns/net)" ]
}

# A machine "usr" that root of a user namespace has made.
user_machine()
{
	unshare -Urn sleep 100000 &
	prog_pid[holder]=$!
	busywait 10 other_ns "$!" || die "no user namespace"
	ns[usr]=$row_name-usr
	ip netns attach "${ns[usr]}" "$!" || die "cannot attach to it"
	ip -n "${ns[usr]}" link set lo up
}

# flows NODE N REFUSED: soon.
flows()
{
	busywait 15 flows_now "$@" ||
		fail "$1: $STATS, expected $2 flows, $3 refused"
}

flows_now()
{
	take_stats "$1"
	stat flows
	[ "$VALUE" = "$2" ] || return 1
	stat flows_refused
	[ "$VALUE" = "$3" ]
}

# On the loopback device each connection is two sockets.
full()
{
	local i

	echo 8 >"$sum"
	S=127.0.0.1
	for i in 1 2 3; do
		join u1 u2 "$i" 8001
	done
	flows usr 4 2
	use_family ipv4
	for i in 1 2 3 4; do
		join cl sv "$i" 8001
	done
	flows cl 4 0
	join cl sv 5 8001
	flows cl 4 1
}

# Looked for every 10 s; so is whether there is room.
refused_once()
{
	pass_time 25
	flows usr 4 2
	flows cl 4 1
}

room()
{
	echo 0 >"$sum"
	flows usr 6 2
	flows cl 5 1
}

topology cl sv
user_machine
load
ends u1:usr u2:usr cl:cl sv:sv
policy usr watch on local keepalive 60s
policy cl watch on local keepalive 60s
use_family ipv4
# what is refused by the looks that these policies have begun counts, too
pass_time 2
try "users fill their half, the machine has the other" full
try "what was refused is not asked for again in vain" refused_once
try "it is tracked as soon as there is room" room
finish
