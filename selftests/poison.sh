#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 300
#
# 100,000 segments in the names of both ends, of all flags, half of them within
# two windows of the edges, none of them one that the other end would take:
# they do not move the numbers, refresh no clock and do not end the flow. It is
# then expired with RSTs that both ends take.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# In the name of each end. The debug kernel looks for other things.
count=50000
[ -z "${TCPKA_DEBUG:-}" ] || count=5000

attacked()
{
	local win abs before last_seen

	meet rc sv 1 4001 8001 iss=100000
	SINCE=${EPOCHREALTIME/./}
	ask_ok rc seg PA len=10
	ask sv recv 1 10
	ask rc wait 1
	[[ $SAID =~ win=([0-9]+) ]] && win=${BASH_REMATCH[1]}
	[[ $SAID =~ abs=([0-9]+) ]] && abs=${BASH_REMATCH[1]}
	ask_ok rs open "$S" 8001 "$CR" 4001 "iss=$abs" rcv=100011
	tell sv recv 1
	pass_time 50
	before=$(seen_ago gw 1)
	ka gw stats reset
	ask_ok rc poison "$count" "$win"
	ask_ok rs poison "$count" 8192
	last_seen=$(seen_ago gw 1)
	[ "${last_seen:-0}" -ge "$before" ] ||
		fail "the client was heard $last_seen ms ago, not $before"
	check_eq "connections" \
		"$(ka gw -j flow count state established)" '{"flows":1}'
	take_stats gw
	check_stat flows_closed 0
	stat segments_invalid
	[ "$VALUE" -ge "$count" ] || fail "invalid segments: $VALUE"
	ask_ok rc drain
	ask rc run 100 ack
	check_match "the scripted end" "$SAID" "rst=1"
	check_due "its RST" "$SINCE" "$WHEN" 100
	expect sv ECONNRESET
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 2
	check_stat relearned 0
	ask_ok sv close 1
	pass_time 61
}

topology cl gw sv
load
ends sv:sv
scripted rc cl gw
scripted rs sv gw
policy gw expire on forward idle 100s
for_each_family "100,000 hostile segments" attacked
finish
