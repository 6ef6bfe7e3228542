#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A connection goes by another gateway for a while and comes back: what was
# learned of it is of old. It is not taken for idle as long as nobody knows, and
# nothing of it is dropped; then it is known again, and ended like others.

# shellcheck source=lib_gateway.sh
. "${0%/*}/lib_gateway.sh"

detour()
{
	ka gw stats reset
	join cl sv 1 8001
	carry cl 1 sv 1 1000
	go_by gw2
	# more than a window, and more than buffers may hold
	tell sv recv 1 300000
	ask_ok cl send 1 300000
	expect sv "ok 300000"
	tell cl recv 1 300000
	ask_ok sv send 1 300000
	expect cl "ok 300000"
	go_by gw
	carry cl 1 sv 1 1
	carry sv 1 cl 1 1
	take_stats gw
	stat segments_invalid
	[ "$VALUE" -ge 2 ] || fail "invalid segments: $VALUE"
	# by what was learned it is idle; its ends are asked, and say otherwise
	event '"event":"expired"'
	carry cl 1 sv 1 1000
	carry sv 1 cl 1 1000
	pass_time 5
	take_stats gw
	check_stat rst_sent 0
	check_stat unforgeable 1
	# its next payload shows where it is
	carry cl 1 sv 1 1000
	carry sv 1 cl 1 1000
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
	tell sv recv 1
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	expect sv ECONNRESET
	event '"event":"expired"'
	ask_ok cl close 1
	ask_ok sv close 1
	# linger
	pass_time 61
}

# No more than fits in a window: nothing that its ends say can be believed, but that
# is no reason to end it.
short_detour()
{
	ka gw stats reset
	join cl sv 1 8001
	carry cl 1 sv 1 1000
	carry sv 1 cl 1 1000
	go_by gw2
	carry cl 1 sv 1 1000
	carry sv 1 cl 1 500
	go_by gw
	carry cl 1 sv 1 100
	carry sv 1 cl 1 100
	event '"event":"expired"'
	carry cl 1 sv 1 100
	carry sv 1 cl 1 100
	pass_time 5
	take_stats gw
	check_stat rst_sent 0
	check_stat unforgeable 1
	carry cl 1 sv 1 100
	carry sv 1 cl 1 100
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
	tell sv recv 1
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	expect sv ECONNRESET
	event '"event":"expired"'
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

# It stays there. What the server has sent is still what was seen here, so that a
# RST in its name would be exact.
moved()
{
	ka gw stats reset
	join cl sv 1 8001
	carry cl 1 sv 1 1000
	carry sv 1 cl 1 1000
	# the client's acknowledgment, too
	pass_time 1
	go_by gw2
	carry cl 1 sv 1 1000
	event '"event":"expired"'
	pass_time "$1"
	take_stats gw
	check_stat rst_sent 0
	check_stat fin_sent 0
	check_stat unforgeable 1
	check_stat flows 0
	carry sv 1 cl 1 1000
	carry cl 1 sv 1 1000
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 1
	go_by gw
}

# All that the client sends goes the other way, and more of it: it is not idle.
busy_elsewhere()
{
	watched probes 3 idle 100s
	scripted_pair 4000 8001
	for i in {1..5}; do
		ask rs wait 60
		check_match "the question" "$SAID" "^ok A seq=-1 "
		ask_ok rs seg A ack=$((1000 * i))
		ask_ok rs drain
	done
	take_stats gw
	check_stat expired_idle 0
	check_stat rst_sent 0
	check_stat flows 1
	ka gw flow kill all with drop >/dev/null
	policy_of_old
}

# watched WORD...: probed, and not expired.
watched()
{
	ka gw policy flush
	ka gw stats reset
	policy gw watch on forward keepalive 45s intvl 1s "$@"
}

policy_of_old()
{
	ka gw policy flush
	policy gw expire on forward idle 60s
}

# The client's payload goes the other way, and the server says that it has it: one
# that answers is not dead.
answers()
{
	watched probes 2
	ask_ok rs open "$SR" 8001 "$CR" 4000
	ask_ok rc open "$CR" 4000 "$SR" 8001
	tell rs accept
	ask_ok rc connect
	expect rs "ok*"
	pass_time 5
	ask_ok rc seg A seq=-1
	ask_ok rs drain
	ask rs wait 45
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask_ok rs seg A ack=3000
	pass_time 5
	take_stats gw
	check_stat probes_sent 1
	check_stat probes_answered 1
	check_stat peers_dead 0
	check_stat segments_invalid 1
	policy_of_old
}

# All that the client sends goes the other way, its answers too; and that the server
# has more than was seen says that it lives.
answers_elsewhere()
{
	watched probes 3
	scripted_pair 4000 8001
	for i in 1 2 3; do
		ask rs wait 60
		check_match "the question" "$SAID" "^ok A seq=-1 "
		ask_ok rs seg A ack=$((1000 * i))
		ask_ok rs drain
	done
	pass_time 10
	take_stats gw
	check_stat peers_dead 0
	check_stat rst_sent 0
	check_stat flows 1
	ka gw flow kill all with drop >/dev/null
	policy_of_old
}

# The server says the same each time: that is no sign of life, but nor is silence
# here one of death. What cannot be known is forgotten, and nobody is told.
said_before()
{
	watched probes 3
	scripted_pair 4000 8001
	rs_says_more
	check_eq "and in the end" "$SAID" ETIMEDOUT
	event '"event":"dead"' 1
	check_json "$EVENT" reason both-silent
	take_stats gw
	check_stat peers_dead 0
	check_stat rst_sent 0
	check_stat both_silent 1
	check_stat flows 0
	policy_of_old
}

# The one that still speaks here is ended by the other clocks.
said_and_idle()
{
	watched probes 3 idle 10m
	scripted_pair 4000 8001
	rs_says_more
	event '"event":"dead"' 200
	check_json "$EVENT" reason both-silent
	rs_says_more
	event '"event":"expired"' 1000
	check_json "$EVENT" reason idle
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 1
	check_stat expired_idle 1
	ka gw flow kill all with drop >/dev/null
	policy_of_old
}

# rs_says_more: to each question, until there is none for a minute.
rs_says_more()
{
	local i

	for i in {1..20}; do
		ask rs wait 60
		[[ $SAID == "ok A seq=-1 "* ]] || break
		ask_ok rs seg A ack=1000
		ask_ok rs drain
	done
}

topology cl gw sv
second_gateway detour
load
ends cl:cl sv:sv
scripted rc cl gw
scripted rs sv gw
policy gw expire on forward idle 60s
monitor gw flow
for_each_family "an end that has more than was seen lives" answers
for_each_family "nor is the one whose payload it is" answers_elsewhere
for_each_family "unless nothing new is heard of it" said_before
for_each_family "and then its peer is idle" said_and_idle
for_each_family "payload elsewhere is payload" busy_elsewhere
for_each_family "it comes back, lives, and is ended" detour
for_each_family "it comes back soon, lives, and is ended" short_detour
for_each_family "it does not come back, and lives" moved 10
ka gw policy flush
policy gw expire on forward idle 60s action fin
for_each_family "it does not come back, and is not closed" moved 15
finish
