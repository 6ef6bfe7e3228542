#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Asymmetric routes from the SYN on: of a connection whose SYN has passed here
# the server's segments go past. It is open all the same: half-open does not end
# it, not even where the client has nothing to say, and its clocks run as those
# of any other of which one direction passes.

# shellcheck source=lib_gateway.sh
. "${0%/*}/lib_gateway.sh"

# The server speaks first, so a RST would have the number it expects.
begin()
{
	ka gw policy flush
	policy gw watch on forward "$@"
	ka gw stats reset
	ask_ok sv listen 1000 "$S" 8001
	tell sv accept 1000 1
	ask_ok cl connect 1 "$S" 8001
	expect sv "ok*"
	ask_ok sv close 1000
	carry sv 1 cl 1 100
}

over()
{
	ask_ok cl close 1
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	ask_ok sv close 1
}

not_half_open()
{
	go_back gw2
	begin half-open 20s
	pass_time 30
	carry sv 1 cl 1 10
	carry cl 1 sv 1 10
	take_stats gw
	check_stat expired_half_open 0
	check_stat rst_sent 0
	over
	go_back gw
}

idle()
{
	go_back gw2
	begin half-open 20s idle 200s
	carry cl 1 sv 1 10
	SINCE=${EPOCHREALTIME/./}
	FLOW=$(ka gw -j flow list)
	check_json "$FLOW" state established
	check_json "$FLOW" obstacle one-way
	event '"event":"expired"' 300
	check_due "the event" "$SINCE" "${EPOCHREALTIME/./}" 200
	check_json "$EVENT" reason idle
	check_json "$EVENT" obstacle one-way
	take_stats gw
	check_stat unforgeable 1
	check_stat rst_sent 0
	carry sv 1 cl 1 10
	over
	go_back gw
}

topology cl gw sv
second_gateway one_way
load
ends cl:cl sv:sv
monitor gw flow
for_each_family "open: not ended as half-open" not_half_open
for_each_family "open: idle, and the obstacle is named" idle
finish
