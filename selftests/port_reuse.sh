#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A client that reuses its port within linger connects: a SYN replaces the
# tombstone of what tcpka has ended; at once if its sender is known to have done
# with that, else when it is answered by SYN-ACK.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

reuse()
{
	local since

	join cl sv 1 8001 40001
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	ask_ok cl close 1
	ask_ok sv close 1
	check_eq "tombstones" "$(ka gw -j flow count)" '{"flows":1}'
	since=${EPOCHREALTIME/./}
	join cl sv 1 8001 40001
	# a SYN that is lost is sent again after 1 s
	check_second "the new connection" "$since" "${EPOCHREALTIME/./}" 0
	carry cl 1 sv 1 100
	carry sv 1 cl 1 100
	json "$(ka gw -j flow list)" state
	check_eq "state of the flow" "$VALUE" established
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 1
}

# The server has not heard of the end: its half gets in the way of the SYN,
# and the client's RST (or challenge) clears it.
reuse_half_open()
{
	join cl sv 1 8002 40002
	power_off sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	ask_ok cl close 1
	power_on sv gw
	ask_ok sv listen 1000 "$S" 8002
	tell sv accept 1000 2
	ask cl connect 1 "$S" 8002 40002
	check_eq "connect" "$SAID" ok
	expect sv "ok*"
	ask_ok sv close 1000
	carry cl 1 sv 2 100
	carry sv 2 cl 1 100
	ask_ok cl close 1
	ask_ok sv close 2
	ask_ok sv close 1
}

# Nobody listens any more: the client hears so at once.
refused()
{
	local since

	join cl sv 1 8001 40001
	ask cl recv 1
	ask_ok cl close 1
	since=${EPOCHREALTIME/./}
	ask cl connect 1 "$S" 8001 40001
	check_eq "connect" "$SAID" ECONNREFUSED
	check_second "the refusal" "$since" "$WHEN" 0
	ask_ok sv close 1
	ask_ok cl close 1
	pass_time 61
}

# The client's machine was started anew while it was closed by FIN; the server's
# program has not closed yet. That has the old connection is what its answer to
# the SYN says, and the client's RST ends it.
rebooted()
{
	local since

	policy gw expire on forward idle 100s action fin
	join cl sv 1 8005 40005
	power_off cl gw
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	ask_ok cl vanish 1
	power_on cl gw
	ask_ok sv listen 1000 "$S" 8005
	tell sv accept 1000 2
	since=${EPOCHREALTIME/./}
	ask cl connect 1 "$S" 8005 40005
	check_eq "connect" "$SAID" ok
	((WHEN - since < 4000000)) || fail "connects after $((WHEN - since)) us"
	expect sv "ok*"
	carry cl 1 sv 2 100
	carry sv 2 cl 1 100
	ask_ok sv close 1000
	ask_ok cl close 1
	ask_ok sv close 2
	ask_ok sv close 1
	policy gw expire on forward idle 100s
	pass_time 61
}

# Others send SYNs in its name all the time: the client connects all the same.
crowd()
{
	join cl sv 1 8006 40006
	power_off sv gw
	ask cl recv 1
	ask_ok cl close 1
	power_on sv gw
	ask_ok sv listen 1000 "$S" 8006
	tell sv accept 1000 2
	tell cl connect 1 "$S" 8006 40006
	ask_ok beside open "$C" 40006 "$S" 8006 iss=77000
	ask_ok beside seg S
	expect cl ok
	expect sv "ok*"
	carry cl 1 sv 2 100
	ask_ok sv close 1000
	ask_ok cl close 1
	ask_ok sv close 2
	ask_ok sv close 1
	pass_time 61
}

# A SYN that anybody has sent in the client's name begins nothing: the server, which
# did not hear of the end, is told all the same.
blind()
{
	join cl sv 1 8003 40003
	power_off sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	power_on sv gw
	ask_ok beside open "$C" 40003 "$S" 8003 iss=77000
	ask_ok beside seg S
	tell sv recv 1
	expect sv ECONNRESET 4
	check_eq "tombstones" "$(ka gw -j flow count)" '{"flows":1}'
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

# Nor does it make a RST of a closing by FIN.
blind_fin()
{
	policy gw expire on forward idle 100s action fin
	ka gw stats reset
	join cl sv 1 8004 40004
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	ask_ok beside open "$C" 40004 "$S" 8004 iss=77000
	ask_ok beside seg S
	pass_time 1
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 1
	take_stats gw
	check_stat fin_completed 1
	check_stat fin_fell_back 0
	check_stat rst_sent 0
	policy gw expire on forward idle 100s
	pass_time 61
}

# The client has closed, and a SYN in its name is answered by SYN-ACK: the server,
# which has not, is not left alone with that.
left_over()
{
	local end

	policy gw expire on forward idle 100s action fin
	scripted_pair 4001 8007
	for end in rc rs; do
		ask "$end" wait 110
		check_match "the question" "$SAID" "^ok A seq=-1 "
		ask_ok "$end" seg A
	done
	for end in rc rs; do
		ask "$end" wait 1
		check_match "the FIN" "$SAID" "^ok FA "
		ask_ok "$end" seg A
	done
	ask_ok rc seg FA
	ask_ok rs drain
	ka gw stats reset
	ask_ok late open "$SR" 8007 "$CR" 4001 iss=90000
	ask_ok far open "$CR" 4001 "$SR" 8007 iss=80000
	# who is said to open is the one that has not closed
	ask_ok late seg S
	ask_ok far seg SA ack=90001
	take_stats gw
	check_stat rst_sent 1
	check_stat fin_fell_back 1
	ask rs wait 1
	ka gw flow kill all with drop >/dev/null
	policy gw expire on forward idle 100s
	pass_time 61
}

# fast_open [kill]: the server takes the payload of the SYN (RFC 7413), of a name
# that tcpka has ended, or that it knows to live.
fast_open()
{
	scripted_pair 4000 8001
	[ -z "${1:-}" ] || ka gw flow kill all >/dev/null || fail "kill"
	ask_ok rc drain
	ask_ok rc open "$CR" 4000 "$SR" 8001 iss=70000
	ask_ok rs open "$SR" 8001 "$CR" 4000 iss=80000
	ask_ok rc seg S len=10
	ask_ok rs seg SA ack=70011
	ask rc wait 1
	check_match "the answer" "$SAID" "^ok SA "
	check_json "$(ka gw -j flow list)" state syn-recv
	ka gw flow kill all with drop >/dev/null
	pass_time 61
}

# The answer to the new SYN takes another way: what follows it is let through, and
# nothing else.
answered_elsewhere()
{
	scripted_pair 4003 8008
	ka gw flow kill all >/dev/null || fail "kill"
	ask rc wait 1
	check_match "the end" "$SAID" "^ok R"
	ask rc wait 2
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask_ok rc seg R
	ask_ok rc open "$CR" 4003 "$SR" 8008 iss=70000
	ask_ok rc seg S
	ask_ok rs open "$SR" 8008 "$CR" 4003 iss=80000
	ask_ok rs drain
	ask_ok rc seg A seq=-1 ack=80001
	ask rs wait 1
	check_eq "one before the SYN" "$SAID" ETIMEDOUT
	ask_ok rc seg A ack=80001
	ask rs wait 1
	check_match "what follows the SYN" "$SAID" "^ok A "
	ask_ok rc seg PA ack=80001 len=10
	ask rs wait 1
	check_match "its payload" "$SAID" "^ok PA .*len=10"
	ka gw flow kill all with drop >/dev/null
	pass_time 61
}

topology cl gw sv
load
ends cl:cl sv:sv
scripted beside cl gw
scripted rc cl gw
scripted rs sv gw
scripted late sv gw
scripted far cl gw
policy gw expire on forward idle 100s
for_each_family "the port is free again" reuse
for_each_family "also if one end did not hear" reuse_half_open
for_each_family "one of the two has not closed" left_over
for_each_family "the server's answer takes another way" answered_elsewhere
for_each_family "payload in the SYN" fast_open kill
for_each_family "payload in the SYN, the old one lives" fast_open
for_each_family "nobody listens there any more" refused
for_each_family "a client that was started anew, closing by FIN" rebooted
for_each_family "made-up SYNs beside the client's" crowd
for_each_family "a made-up SYN does not end a closing" blind
for_each_family "a made-up SYN, closing by FIN" blind_fin
finish
