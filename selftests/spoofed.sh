#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Segments that the other end would not take change nothing: a RST that is not
# exact ends nothing, payload out of window keeps nothing alive, and what is
# learned from neither spoils the numbers.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

begin()
{
	meet rc sv 1 "$1" 8001 ts sack iss=100000
	SINCE=${EPOCHREALTIME/./}
	ask_ok rc seg PA len=10
	ask sv recv 1 10
	ask_ok rc wait 1
	ka gw stats reset
}

rst()
{
	begin 4001
	ask_ok rc seg R seq=5
	ask_ok rc seg R seq=-5
	ask_ok rc seg R seq=2000000000
	pass_time 1
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
	take_stats gw
	check_stat segments_invalid 3
	check_stat flows_closed 0
	ask_ok rc seg R
	# the server is asked after 1 s whether it has arrived
	pass_time 2
	take_stats gw
	check_stat flows_closed 1
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
	ask sv recv 1
	check_eq "recv" "$SAID" ECONNRESET
	ask_ok sv close 1
}

payload()
{
	local i

	begin 4002
	for i in 1 2 3; do
		pass_time 20
		ask_ok rc seg PA seq=100000000 len=10
		# acknowledges what was never sent
		ask_ok rc seg PA ack=1000000 seq=1 len=10
	done
	tell sv recv 1
	# somebody has said other numbers: both are asked for theirs first
	ask rc run 101 ack
	check_match "the scripted end" "$SAID" "rst=1"
	check_due "its RST" "$SINCE" "$WHEN" 100
	# by the right number
	expect sv ECONNRESET
	take_stats gw
	check_stat segments_invalid 6
	ask_ok sv close 1
	pass_time 61
}

topology cl gw sv
load
ends sv:sv
scripted rc cl gw
policy gw expire on forward idle 100s
for_each_family "RST" rst
for_each_family "payload" payload
finish
