#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# br_netfilter shows bridged frames to FORWARD: nothing can be sent to their
# ends from here, so they are left alone, and counted. What comes in through a
# bridge and is routed is not bridged.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# addresses DEVICE HOST
addresses()
{
	echo "link set $1 up"
	echo "addr add 10.78.0.$2/24 dev $1"
	echo "addr add fd78::$2/64 dev $1 nodad"
}

# The gateway's other job: a bridge from the client to the server.
bridge()
{
	local side

	{
		echo "link add br0 netns ${ns[gw]} type bridge"
		for side in cl sv; do
			echo "link add br0 netns ${ns[$side]} type veth" \
				"peer name b$side netns ${ns[gw]}"
		done
	} | ip -batch - || die "no bridge"
	{
		for side in bcl bsv; do
			echo "link set $side master br0"
			echo "link set $side up"
		done
		addresses br0 3
	} | ip -n "${ns[gw]}" -batch - || die "no bridge"
	addresses br0 1 | ip -n "${ns[cl]}" -batch - || die "no port"
	addresses br0 2 | ip -n "${ns[sv]}" -batch - || die "no port"
	in_ns gw sysctl -qw net.bridge.bridge-nf-call-iptables=1 \
		net.bridge.bridge-nf-call-ip6tables=1
	for side in 10.78.0.2 fd78::2 10.78.0.3 fd78::3; do
		busywait 60 reaches "$side" ||
			die "the bridge does not lead to $side"
	done
}

# Nobody listens there, and says so.
reaches()
{
	in_ns cl timeout 2 bash -c "exec 3<>/dev/tcp/$1/9" 2>&1 |
		grep -q refused
}

bridged()
{
	local S=10.78.0.2

	[ "$family" = ipv4 ] || S=fd78::2
	ka gw stats reset
	join cl sv 1 8001
	take_stats gw
	check_stat flows 0
	check_stat flows_refused 1
	pass_time 60
	carry cl 1 sv 1 5
	ask_ok cl close 1
	ask_ok sv close 1
	take_stats gw
	check_stat probes_sent 0
}

# By way of the bridge to the gateway, which routes it.
routed()
{
	local net=10.77.1.0/24 via=10.78.0.3

	[ "$family" = ipv4 ] || { net=fd77:1::/64 via=fd78::3; }
	# the answers come by the other link
	ip -n "${ns[cl]}" route replace "$net" via "$via" src "$C" ||
		die "no route"
	ka gw stats reset
	join cl sv 1 8001
	take_stats gw
	check_stat flows_refused 0
	check_stat flows 1
	check_eq "connections" \
		"$(ka gw -j flow count state established)" '{"flows":1}'
	ask_ok cl close 1
	ask_ok sv close 1
}

need_modules bridge br_netfilter
topology cl gw sv
ends cl:cl sv:sv
bridge
load
policy gw watch on forward keepalive 5s intvl 1s probes 3
for_each_family "bridged: left alone" bridged
for_each_family "in through a bridge, and routed" routed
finish
