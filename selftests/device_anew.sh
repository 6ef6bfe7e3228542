#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# The device through which an end's segments came is made anew (a tunnel, a
# PPP link), while the connection is idle: all that the end says are answers to
# our probes, and these tell the way that probes in its name have to take.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# The link between client and gateway.
link_anew()
{
	ip -n "${ns[gw]}" link del cl
	ip link add gw netns "${ns[cl]}" address 02:00:00:00:00:01 type veth \
		peer name cl netns "${ns[gw]}" address 02:00:00:00:00:02
	{
		link_config 0 1 gw
		echo "route add default via 10.77.0.2"
		echo "route add default via fd77:0::2"
	} >"$work/link"
	ip -n "${ns[cl]}" -batch "$work/link" || fail "the client's device"
	link_config 0 2 cl >"$work/link"
	ip -n "${ns[gw]}" -batch "$work/link" || fail "the gateway's device"
}

held()
{
	ka gw stats reset
	join cl sv 1 8001
	link_anew
	pass_time 320
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 0
	# one may be sent in the client's name before it has answered
	stat send_errors
	[ "$VALUE" -le 1 ] || fail "send_errors: $VALUE"
	stat probes_answered
	[ "$VALUE" -ge 18 ] || fail "answered: $VALUE"
	stat replies_absorbed
	[ "$VALUE" -ge 18 ] || fail "absorbed: $VALUE"
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	ask_ok cl close 1
	ask_ok sv close 1
}

topology cl gw sv
load
ends cl:cl sv:sv
policy gw hold on forward keepalive 30s intvl 5s probes 3
for_each_family "both ends are probed on" held
finish
