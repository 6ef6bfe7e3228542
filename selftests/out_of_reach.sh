#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Where all policies name ports of responders, a segment with neither port among
# them is not looked up. Those at the edges are ruled, and each
# family has ports of its own; and what was ruled by a policy that has gone is
# still found.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# ruled YES PORT: whether a connection to it has a flow.
ruled()
{
	join cl sv 1 "$2"
	check_eq "flows to port $2" "$(ka gw -j flow count)" "{\"flows\":$1}"
	ask_ok sv close 1
	ask cl recv 1
	ask_ok cl close 1
	pass_time 1
	check_eq "flows when closed" "$(ka gw -j flow count)" '{"flows":0}'
}

edges()
{
	ka gw policy flush
	policy gw range on forward dport 8001-8003 idle 1d
	policy gw other on forward dport 9001 idle 1d
	ruled 0 8000
	ruled 1 8001
	ruled 1 8003
	ruled 0 8004
	ruled 1 9001
	ruled 0 9002
}

# The one without ports is for the other family.
families()
{
	local other=ipv6

	[ "$family" = ipv4 ] || other=ipv4
	ka gw policy flush
	policy gw any on forward family "$other" idle 1d
	ruled 0 8001
	policy gw mine on forward family "$family" dport 8001 idle 1d
	ruled 1 8001
	ruled 0 8002
}

# Its RST is lost, and the policy goes: the tombstone answers all the same.
tombstone()
{
	local before

	ka gw policy flush
	policy gw old on forward dport 8001 idle 5s
	join cl sv 1 8001
	power_off sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	policy gw new on forward dport 9001 idle 1d
	ka gw policy del old
	pass_time 20
	power_on sv gw
	take_stats gw
	stat rst_sent
	before=$VALUE
	ask_ok sv send 1 5
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	take_stats gw
	check_stat rst_sent $((before + 1))
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 60
}

topology cl gw sv
load
ends cl:cl sv:sv
for_each_family "ports at the edges" edges
for_each_family "ports of a family" families
for_each_family "a tombstone of a policy that has gone" tombstone
finish
