#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# half-open: a handshake that is not completed in time is ended towards the
# server, which frees its SYN queue; one that is slow, but in time, lives.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

queued()
{
	in_ns sv ss -Htan state syn-recv | wc -l
}

# A client that never acknowledges.
embryo()
{
	ask_ok rc open "$CR" "$1" "$S" 8001 iss=100000 ts
	SINCE=${EPOCHREALTIME/./}
	ask_ok rc seg S
	ask rc wait
	check_match "the server's answer" "$SAID" "ok SA"
	check_eq "in the server's SYN queue" "$(queued)" 1
}

ended()
{
	ask_ok sv listen 1000 "$S" 8001
	ka gw stats reset
	embryo 4001
	event '"event":"expired"'
	check_due "the event" "$SINCE" "${EPOCHREALTIME/./}" 20
	check_json "$EVENT" reason half-open
	check_json "$EVENT" state syn-recv
	# the server has sent its SYN-ACK again meanwhile
	busywait 1 freed || fail "in the server's SYN queue: $(queued)"
	take_stats gw
	check_stat expired_half_open 1
	check_stat rst_sent 1
	check_stat probes_sent 0
	check_stat flows 0
	ask_ok sv close 1000
}

freed()
{
	[ "$(queued)" = 0 ]
}

# Nobody answers at all.
unanswered()
{
	ka gw stats reset
	ask_ok rc open "$CR" 4002 "$SR" 8002 iss=100000
	ask_ok rc seg S
	event '"event":"expired"'
	check_json "$EVENT" reason half-open
	check_json "$EVENT" state syn-sent
	take_stats gw
	check_stat expired_half_open 1
	check_stat flows 0
}

# It is acknowledged at the last moment, and then no handshake any more.
in_time()
{
	ask_ok sv listen 1000 "$S" 8001
	tell sv accept 1000 1
	ka gw stats reset
	embryo 4003
	pass_time 18
	ask_ok rc seg PA len=10
	expect sv ok
	ask sv recv 1 10
	pass_time 30
	take_stats gw
	check_stat expired_half_open 0
	check_stat flows 1
	ask_ok rc seg R
	ask sv recv 1
	ask_ok sv close 1
	ask_ok sv close 1000
}

only_noted()
{
	policy gw embryos on forward half-open 20s action none
	ask_ok sv listen 1000 "$S" 8001
	ka gw stats reset
	embryo 4004
	event '"event":"expired"'
	check_eq "in the server's SYN queue" "$(queued)" 1
	take_stats gw
	check_stat expired_half_open 1
	check_stat rst_sent 0
	check_stat flows 1
	ask_ok sv close 1000
	# the server's RST, or the end of all handshakes
	pass_time 140
	policy gw embryos on forward half-open 20s
}

# A segment behind the SYN says that the server has answered by another way; its
# answer, when it comes after all, that nobody knows that.
made_up()
{
	ka gw stats reset
	ask_ok rc open "$CR" 4005 "$SR" 8005 iss=100000
	ask_ok rs open "$SR" 8005 "$CR" 4005 iss=200000
	ask_ok rc seg S
	# it is relative to nothing: nothing has been received
	ask_ok rc seg "$@" ack=77000
	SINCE=${EPOCHREALTIME/./}
	ask_ok rs seg SA ack=100001
	check_json "$(ka gw -j flow list)" state syn-recv
	event '"event":"expired"'
	check_due "the event" "$SINCE" "${EPOCHREALTIME/./}" 20
	check_json "$EVENT" reason half-open
	check_json "$EVENT" state syn-recv
	take_stats gw
	check_stat expired_half_open 1
	check_stat rst_sent 1
	check_stat flows 0
}

# Somebody's SYN in the server's name, before its answer: it is the client that opens
# the connection, and does not complete it.
both_open()
{
	ka gw stats reset
	policy gw embryos on forward dport 8006 half-open 20s
	ask_ok rc open "$CR" 4006 "$SR" 8006 iss=100000
	ask_ok rs open "$SR" 8006 "$CR" 4006 iss=777
	SINCE=${EPOCHREALTIME/./}
	ask_ok rc seg S
	ask_ok rs seg S
	ask_ok rs open "$SR" 8006 "$CR" 4006 iss=200000
	ask_ok rs seg SA ack=100001
	check_json "$(ka gw -j flow list)" state syn-recv
	event '"event":"expired"'
	check_due "the event" "$SINCE" "${EPOCHREALTIME/./}" 20
	check_json "$EVENT" reason half-open
	check_json "$EVENT" dport 8006
	take_stats gw
	check_stat flows_created 1
	check_stat flows 0
	policy gw embryos on forward half-open 20s
}

# Somebody's SYN in the client's name, before the answer to its own: that is what the
# server has answered.
twice()
{
	ka gw stats reset
	ask_ok rc open "$CR" 4007 "$SR" 8007 iss=100000
	ask_ok twin open "$CR" 4007 "$SR" 8007 iss=555
	ask_ok rs open "$SR" 8007 "$CR" 4007 iss=200000
	ask_ok rc drain
	ask_ok rc seg S
	ask_ok twin seg S
	ask_ok rs seg SA ack=100001
	ask rc wait 1
	check_match "the answer" "$SAID" "^ok SA "
	ask_ok rc seg A
	check_json "$(ka gw -j flow list)" state established
	pass_time 30
	take_stats gw
	check_stat expired_half_open 0
	check_stat flows 1
	ka gw flow kill all with drop >/dev/null
	event '"event":"killed"'
}

need_modules tcp_diag
topology cl gw sv
load
ends sv:sv
scripted rc cl gw
scripted rs sv gw
scripted twin cl gw
policy gw embryos on forward half-open 20s
monitor gw flow
for_each_family "ended towards the server" ended
for_each_family "no answer at all" unanswered
for_each_family "a made-up acknowledgment, and an answer" made_up A
for_each_family "made-up payload, and an answer" made_up PA len=10
for_each_family "a made-up SYN of the server" both_open
for_each_family "a made-up SYN of the client" twice
for_each_family "completed in time" in_time
for_each_family "action none" only_noted
finish
