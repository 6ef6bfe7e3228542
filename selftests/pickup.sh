#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Connections that were open before the policy, or before the gateway was
# started, are taken up by their next payload, and their ends are asked for
# their numbers before they are told anything.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# What was sent to PORT's and from PORT's end since TIME: flags, in order.
sent()
{
	find_segments "$1" "$2" "$3" "time > $4 && len == 0"
	printf '%s\n' "${FOUND[@]}" | awk '{ print $4 }' | xargs
}

open_before()
{
	ka gw policy flush
	join cl sv 1 8001 40001
	policy gw late on forward idle 100s keepalive 30s
	pass_time 5
	check_eq "flows before payload" "$(ka gw -j flow count)" '{"flows":0}'
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
}

# ended SECONDS: both programs are told in time. Each end was asked before, told,
# and asked whether it has heard.
ended()
{
	local since=$SINCE

	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" "$1"
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	pass_time 10
	capture_stop "c$family" "s$family"
	check_eq "towards the client" \
		"$(sent "c$family" "$S.8001" any $((since + $1 * 1000000)))" \
		". R. ."
	check_eq "towards the server" \
		"$(sent "s$family" any "$S.8001" $((since + $1 * 1000000)))" \
		". R. ."
	ask_ok cl close 1
	ask_ok sv close 1
}

adopted()
{
	local guessed

	ka gw stats reset
	open_before
	capture "c$family" gw cl
	capture "s$family" gw sv
	guessed=$(ka gw -j flow list)
	json "$guessed" dport
	check_eq "dport" "$VALUE" 8001
	check_match "who opened" "$guessed" '"guessed": *true'
	ended 100
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 2
	check_stat segments_invalid 0
}

rebooted()
{
	join cl sv 1 8001 40002
	unload
	load
	policy gw late on forward idle 100s keepalive 30s
	carry sv 1 cl 1 5
	carry cl 1 sv 1 5
	capture "c$family" gw cl
	capture "s$family" gw sv
	ended 100
}

# Payload from one side only: nothing is sent in the name of who never spoke.
one_direction()
{
	ka gw policy flush
	policy gw late on forward idle 100s keepalive 30s
	ka gw stats reset
	ask_ok rc open "$CR" 5001 "$SR" 80 iss=1000
	ask_ok rc seg PA len=10
	pass_time 150
	take_stats gw
	check_stat flows_created 1
	check_stat probes_sent 0
	check_stat rst_sent 0
	check_stat expired_idle 1
	check_stat unforgeable 1
	check_stat flows 0
}

# Both directions made up: nobody answers, and nobody is told.
invented()
{
	ka gw stats reset
	policy gw late on forward idle 100s
	ask_ok rc open "$CR" 5002 "$SR" 80 iss=1000
	ask_ok rs open "$SR" 80 "$CR" 5002 iss=5000
	ask_ok rc seg PA len=10 ack=5000
	ask_ok rs seg PA len=10 ack=1010
	pass_time 150
	take_stats gw
	check_stat flows_created 1
	check_stat rst_sent 0
	check_stat expired_idle 1
	check_stat unforgeable 1
	check_stat flows 0
}

# The same from one side: two segments must not have the other end probed.
from_one_side()
{
	ka gw policy flush
	policy gw late on forward keepalive 30s
	ka gw stats reset
	ask_ok rc open "$CR" 5003 "$SR" 80 iss=1000
	ask_ok beside open "$SR" 80 "$CR" 5003 iss=5000
	ask_ok rc seg PA len=10 ack=5000
	ask_ok beside seg PA len=10 ack=1010
	pass_time 310
	take_stats gw
	check_stat flows_created 1
	check_stat segments_invalid 1
	check_stat probes_sent 0
	check_stat flows 0
}

# The other end speaks only when the first has been filed: both are probed in time.
far_away()
{
	ka gw policy flush
	policy gw late on forward keepalive 30s intvl 5s probes 3 idle 1d
	ka gw stats reset
	ask_ok rc open "$CR" 5004 "$SR" 80 iss=1000
	ask_ok rs open "$SR" 80 "$CR" 5004 iss=5000
	ask_ok rc seg PA len=10 ack=5000
	pass_time 0.2
	ask_ok rs seg PA len=10 ack=1010
	SINCE=${EPOCHREALTIME/./}
	ask_ok rs drain
	ask rs wait 40
	check_match "the probe" "$SAID" "^ok A "
	check_due "the probe" "$SINCE" "$WHEN" 30
	event '"event":"dead"' 60
	pass_time 310
}

switched_off()
{
	ka gw policy flush
	join cl sv 1 8001
	ka gw config set pickup no || fail "config set"
	policy gw late on forward idle 100s
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
	ka gw config set pickup yes
	ask_ok cl close 1
	ask_ok sv close 1
}

# A few made-up segments lift the numbers of both ends, and one bears a signature:
# the connection is as busy as it was. What its ends answer when they are asked does
# not fit, so it may be going another way, and is not ended, but taken up anew with
# what they said: whoever makes up payload postpones its end by as much.
lifted()
{
	local -a client server

	ka gw policy flush
	ka gw stats reset
	join cl sv 1 8001 40001
	capture "l$family" gw cl
	policy gw late on forward idle 100s
	exchange
	capture_stop "l$family"
	find_segments "l$family" any "$S.8001" "len > 0"
	read -ra client <<<"${FOUND[0]}"
	find_segments "l$family" "$S.8001" any "len > 0"
	read -ra server <<<"${FOUND[0]}"
	ask_ok beside open "$C" 40001 "$S" 8001 ts \
		"iss=$((client[4] + 1000010))" "rcv=$((server[4] + 10))"
	ask_ok beside seg PA len=1
	ask_ok beside seg A opt=19
	ask_ok beyond open "$S" 8001 "$C" 40001 ts \
		"iss=$((server[4] + 1000010))" "rcv=$((client[4] + 1000011))"
	ask_ok beyond seg PA len=1
	pass_time 60
	exchange
	pass_time 60
	take_stats gw
	check_stat expired_idle 0
	exchange
	SINCE=${EPOCHREALTIME/./}
	pass_time 105
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 0
	check_stat unforgeable 1
	check_stat flows 1
	both_reset 200
	take_stats gw
	check_stat expired_idle 2
	check_stat rst_sent 2
	check_stat unforgeable 1
	check_stat relearned 0
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

exchange()
{
	carry cl 1 sv 1 10
	carry sv 1 cl 1 10
}

topology cl gw sv
load
ends cl:cl sv:sv
scripted rc cl gw
scripted rs sv gw
scripted beside cl gw
scripted beyond sv gw
for_each_family "open before the policy" adopted
for_each_family "the gateway was rebooted" rebooted
for_each_family "one direction" one_direction
for_each_family "both made up" invented
for_each_family "both made up by one side" from_one_side
for_each_family "the numbers of both lifted" lifted
monitor gw # only now: it ends where the module goes
for_each_family "one end far away" far_away
for_each_family "pickup no" switched_off
finish
