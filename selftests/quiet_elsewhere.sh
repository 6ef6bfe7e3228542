#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# What is quiet here may be busy on another gateway: before a connection is ended
# for that, its ends are asked. Who tells of payload lives on, and so does what
# nobody answers for; nobody else can say that it is quiet, or that it is not. The
# ends are scripted: what they do not say here they say elsewhere. (See detour.)
# While they are asked a user may have it ended, or take its policy away.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# begin WORD...: the policy's; a connection on which each end has sent 100 bytes.
begin()
{
	ka gw policy flush
	ka gw stats reset
	policy gw quiet on forward "${@:2}"
	read -ra OPTIONS <<<"$1"
	scripted_pair 4000 8001 "${OPTIONS[@]}"
	say_more rc rs
	say_more rs rc
}

# say_more FROM TO: 100 bytes, which arrive, and are acknowledged.
say_more()
{
	ask_ok "$1" seg PA len=100
	ask "$2" wait 1
	check_match "payload of $1" "$SAID" "^ok PA seq=0 ack=0 len=100"
	ask_ok "$2" seg A
	ask_ok "$1" wait 1
}

# ended RST FIN LET-GO FLOWS: by now
ended()
{
	take_stats gw
	check_stat rst_sent "$1"
	check_stat fin_sent "$2"
	check_stat unforgeable "$3"
	check_stat flows "$4"
	check_stat fin_fell_back 0
	ka gw flow kill all with drop >/dev/null
	ask_ok rc drain
	ask_ok rs drain
}

asked()
{
	ask "$1" wait "$2"
	check_match "$1 is asked" "$SAID" "^ok A seq=-1 "
}

# Neither end answers: neither its probes nor what it is asked before the end.
nobody()
{
	begin "" idle 60s "$@"
	asked rs 61
	pass_time 15
	ended 0 0 1 0
}

# The probes of both have gone unanswered by then, too.
nor_before()
{
	begin "" keepalive 45s intvl 5s probes 3 idle 59s action fin
	pass_time 75
	ended 0 0 1 0
}

impatient()
{
	ka gw config set fin-quiet off || fail "config set"
	nobody action fin
	ka gw config set fin-quiet 10s || fail "config set"
}

# While they are asked the server's payload goes elsewhere: what it says next shows it.
comes_back()
{
	begin "" idle 60s "$@"
	asked rs 61
	ask_ok rs seg A seq=3000
	ask_ok rc drain
	ask_ok rc seg A ack=3000
	pass_time 15
	take_stats gw
	check_stat expired_idle 1
	ended 0 0 1 1
}

# Then the server aborts it, and what the client had under way follows: it is over.
put_off()
{
	begin "" idle 60s action fin
	asked rs 61
	ask_ok rc drain
	say_more rc rs
	ask_ok rs seg R
	ask_ok rc wait 1
	ask_ok rc seg PA len=10
	pass_time 20
	ended 0 0 1 0
}

# Before that it shows when they speak of something else.
seen_before()
{
	begin "" idle 60s
	pass_time 50
	ask_ok rs seg A seq=1000
	pass_time 30
	take_stats gw
	check_stat expired_idle 0
	ended 0 0 0 1
}

# The client has the server's payload that went elsewhere, and says so of itself
# when it was asked.
claims()
{
	begin "" keepalive 45s intvl 5s probes 3 idle 60s
	asked rc 46
	ask_ok rc seg A seq=-1 ack=400
	ask_ok rc seg A ack=400
	pass_time 30
	take_stats gw
	check_stat expired_idle 0
	ended 0 0 0 1
}

# Somebody has lifted the client's number; what it sends is payload even so.
lifted()
{
	begin "" idle 60s
	ask_ok rc seg A seq=4000
	ask_ok rs drain
	for _ in {1..8}; do
		pass_time 10
		ask_ok rc seg PA len=100
		ask_ok rs wait 1
		ask_ok rs seg A
		ask_ok rc wait 1
	done
	take_stats gw
	check_stat expired_idle 0
	ended 0 0 0 1
}

# Somebody answers for the server, near its numbers, and not at them.
answered_for()
{
	begin "" idle 60s
	asked rs 61
	ask_ok rs seg A seq=-40 ack=-90
	pass_time 15
	ended 0 0 1 0
}

# Another machine on the way asks in the server's name, or sends its keepalive: that
# passes, and is no answer of the server's.
asked_for()
{
	begin "" idle 60s
	asked rs 61
	ask_ok rc drain
	ask_ok rs seg A seq=-1
	ask rc wait 0.2
	check_match "the other's question" "$SAID" "^ok A seq=-1 "
	pass_time 15
	ended 0 0 1 0
}

# To a stack that takes no timestamp of old the questions differ.
ways()
{
	begin ts idle 60s
	asked rs 61
	ask rs wait 2
	check_match "the second" "$SAID" "^ok A seq=-1 .* ts=0,0 "
	ask_ok rs seg A
	ask rs wait 1
	check_match "the RST" "$SAID" "^ok RA? seq=0 "
	pass_time 2
	ended 2 0 0 1
}

# kills MATCHED WORD...: which are ended, too.
kills()
{
	check_eq "kill ${*:2}" "$(ka gw -j flow kill all "${@:2}")" \
		"{\"matched\":$1,\"ended\":$1,\"refused\":0}"
}

# killed RST FELL-BACK FLOWS: once, by now, and told.
killed()
{
	event '"event":"killed"' 10
	take_stats gw
	check_stat killed 1
	check_stat rst_sent "$1"
	check_stat fin_sent 0
	check_stat fin_fell_back "$2"
	check_stat flows "$3"
	check_stat unforgeable 0
}

resets()
{
	ask "$1" wait 1
	check_match "the RST of $1" "$SAID" "^ok RA? seq=0 "
	ask_ok "$1" seg R
}

# While they are asked a user has it forgotten: they go on.
dropped()
{
	begin "" idle 60s
	asked rs 61
	kills 1 with drop
	killed 0 0 0
	ask_ok rc drain
	ask_ok rs drain
	say_more rs rc
	ka gw flow kill all with drop >/dev/null
}

# insists FELL-BACK WORD...: nobody needs to answer any more.
insists()
{
	begin "" idle 60s
	asked rs 61
	ask_ok rc drain
	kills 1 "${@:2}"
	kills 0 "${@:2}"
	killed 2 "$1" 1
	resets rs
	resets rc
	ka gw policy flush
}

# begin_late WORD...: as begin, with a policy that finds it open.
begin_late()
{
	ka gw policy flush
	ka gw stats reset
	scripted_pair 4000 8001
	policy gw other on forward dport 9 idle 1h
	policy gw quiet on forward "$@"
	say_more rc rs
	say_more rs rc
}

# Its numbers are not certain: it is asked anew, and goes even without its policy.
asks_anew()
{
	begin_late idle 60s
	asked rs 61
	ask_ok rc drain
	kills 1 with rst
	kills 0 with rst
	asked rs 0.5
	killed 0 0 1
	ka gw policy del quiet || fail "policy del"
	pass_time 0.3
	ask_ok rs seg A
	resets rs
	ka gw policy flush
}

no_flows()
{
	[ "$(ka gw -j flow count)" = '{"flows":0}' ]
}

# While they are asked the policy goes, and another one rules others.
let_go()
{
	begin "" idle 60s
	policy gw other on forward dport 9 idle 1h
	asked rs 61
	ka gw policy del quiet || fail "policy del"
	busywait 1 no_flows || fail "flows: $(ka gw -j flow list)"
	ask_ok rc drain
	ask_ok rs drain
	say_more rs rc
	say_more rc rs
	pass_time 15
	ended 0 0 0 0
}

# Or it is another now: that its time was over stays true.
ruled_anew()
{
	begin "" idle 60s
	asked rs 61
	policy gw quiet on forward idle 2h
	pass_time 15
	ended 0 0 1 0
}

topology cl gw sv
load
scripted rc cl gw
scripted rs sv gw
monitor gw flow
for_each_family "nobody answers: no RST" nobody
for_each_family "nobody answers: no FIN" nobody action fin
for_each_family "nor to probes before" nor_before
for_each_family "without a wait for a quiet moment" impatient
for_each_family "an answer tells of payload: no RST" comes_back
for_each_family "an answer tells of payload: no FIN" comes_back action fin
for_each_family "there is payload, and then the end of it" put_off
for_each_family "an acknowledgment tells of payload" seen_before
for_each_family "the other end has it" claims
for_each_family "a number that was lifted" lifted
for_each_family "an answer that is nobody's" answered_for
for_each_family "a question of somebody else's" asked_for
for_each_family "an end that takes no old timestamps" ways
for_each_family "asked, and killed with drop" dropped
for_each_family "asked, and killed with rst" insists 0 with rst
for_each_family "asked, and killed with fin" insists 1 with fin
for_each_family "picked up, asked, and killed" asks_anew
for_each_family "asked, and no policy is left" let_go
for_each_family "asked, and its policy is replaced" ruled_anew
finish
