#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# The server's accept queue is full: the client's connection is established,
# the server's is not yet. As long as the server tries, nobody is dead; when it
# gives up, its own RST says so.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

queued()
{
	in_ns sv ss -Htan state syn-recv | wc -l
}

# Of a backlog of 2 the queue holds three. Two SYNs come before it fills.
full()
{
	ka gw stats reset
	ask_ok sv listen 1000 "$S" 8001 2
	ask_ok cl connect 1 "$S" 8001
	ask_ok cl connect 2 "$S" 8001
	ask_ok rc open "$CR" 4001 "$S" 8001 iss=100000
	ask_ok late open "$CR" 4002 "$S" 8001 iss=200000
	ask_ok rc seg S
	ask_ok rc wait
	ask_ok late seg S
	ask_ok late wait
	ask_ok rc seg A
	ask_ok late seg A
	check_eq "connections" \
		"$(ka gw -j flow count state established)" '{"flows":4}'
	check_eq "in the server's SYN queue" "$(queued)" 1
	tell rc run 200 ack
	ask late run 25 ack
	check_eq "in the server's SYN queue" "$(queued)" 1
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 0
	check_stat flows 4
	# the server gives up, and says so when it is probed
	ask late run 150 ack
	check_match "the client" "$SAID" "rst=1"
	event '"event":"closed"'
	check_json "$EVENT" reason rst
	check_json "$EVENT" by responder
	expect rc "ok*rst=0"
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 0
	check_stat flows 3
	ask_ok sv close 1000
	ask_ok cl close 1
	ask_ok cl close 2
	pass_time 30
}

need_modules tcp_diag
topology cl gw sv
load
ends cl:cl sv:sv
scripted rc cl gw
scripted late cl gw
policy gw watch on forward keepalive 10s intvl 5s probes 3
monitor gw flow
for_each_family "not dead, and not alive" full
finish
