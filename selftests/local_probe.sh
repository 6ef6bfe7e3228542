#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# flow probe asks the peer of a local socket, ruled by a policy or not, by the
# segment that keepalive would send; its answer is a word of it, and who does not
# answer is not ended for it.

# shellcheck source=lib_kill.sh
. "${0%/*}/lib_kill.sh"

# probes NODE MATCHED REFUSED WORD...
probes()
{
	check_eq "probe at $1: ${*:4}" \
		"$(ka "$1" -j flow probe "${@:4}" 2>/dev/null)" \
		"{\"matched\":$2,\"refused\":$3}"
}

# sent N, and from 0 again.
sent()
{
	take_stats cl
	check_stat probes_sent "$1"
	check_stat send_errors 0
	check_stat flows_created 0
	ka cl stats reset
}

# heard: ms since the peer of the one socket was.
heard()
{
	VALUE=$(ka cl -j flow list state established |
		grep -o '"last_seen_ms": *[0-9]*' | grep -o '[0-9]*')
}

answered()
{
	link_up 8001
	pass_time 30
	heard
	[ "${VALUE:-0}" -ge 30000 ] || fail "last heard ${VALUE:-never} ms ago"
	probes cl 1 0 all
	pass_time 0.2
	heard
	[ "${VALUE:-9999}" -lt 1000 ] ||
		fail "last heard ${VALUE:-never} ms ago, after it was asked"
	sent 1
	no_event
	carry cl 1 sv 1
	carry sv 1 cl 1
	close_both
	time_waits_end
}

# peer [OPTION...]: the kernel's socket 1 of cl is connected to the scripted rs.
peer()
{
	ask_ok rs open "$SR" 8001 "$C" 40001 iss=700000 "$@"
	tell rs accept
	ask_ok cl connect 1 "$MAPPED$SR" 8001 40001
	expect rs "ok*"
	ask_ok cl send 1 10
	ask rs wait 1
	check_match "the payload" "$SAID" "^ok PA .*len=10 "
	ask_ok rs seg A
	pass_time 5
}

# exact STAMPED: what the peer hears.
exact()
{
	ask rs wait 1
	check_match "the probe" "$SAID" "^ok A seq=-1 ack=0 len=0 "
	if [ "$1" = 1 ]; then
		check_match "its timestamp" "$SAID" "ts=[1-9][0-9]*,[1-9]"
	else
		check_match "no timestamp" "$SAID" "ts=0,0"
	fi
}

# segment STAMPED [OPTION...]
segment()
{
	capture probe sv cl
	peer "${@:2}"
	probes cl 1 0 state established
	exact "$1"
	capture_stop probe
	# those of TCP's own are left to the device
	find_segments probe "$C.40001" any 'ck == "correct"'
	check_eq "whole checksums" "${#FOUND[@]}" 1
	sent 1
	# the other side has closed; and then this one, too, half
	ask_ok rs seg FA
	ask rs wait 1
	probes cl 1 0 state close-wait
	exact "$1"
	ask_ok cl shut 1
	ask rs wait 1
	check_match "the FIN" "$SAID" "^ok FA "
	# TCP asks by itself
	probes cl 0 0 state last-ack
	sent 1
	ask_ok rs seg RA
	ask_ok cl close 1
}

# Something is under way: TCP asks by itself.
outstanding()
{
	ask_ok rs open "$SR" 8001 "$C" 40001 iss=700000
	tell rs accept
	ask_ok cl connect 1 "$SR" 8001 40001
	expect rs "ok*"
	ask_ok cl send 1 10
	ask rs wait 1
	probes cl 1 0 all
	sent 0
	ask_ok rs seg RA
	ask_ok cl close 1
}

fin_wait2()
{
	peer
	ask_ok cl shut 1
	ask rs wait 1
	ask_ok rs seg A
	pass_time 1
	probes cl 1 0 state fin-wait
	exact 0
	sent 1
	# nobody is left to be told of an answer
	ask_ok cl close 1
	pass_time 1
	probes cl 0 0 all
	sent 0
	ask_ok rs seg RA
	pass_time 1
	count cl 0
}

# Asking kills nobody, and keepalive finds the dead as soon as it would.
dead()
{
	policy cl watch on local keepalive 60s intvl 5s probes 3
	link_up 8001
	SINCE=${EPOCHREALTIME/./}
	pass_time 20
	power_off sv cl
	for _ in 1 2 3 4 5; do
		probes cl 1 0 policy watch
		pass_time 1
	done
	take_stats cl
	check_stat probes_sent 5
	check_stat peers_dead 0
	ask cl recv 1
	check_eq "the program reads" "$SAID" ETIMEDOUT
	((WHEN - SINCE > 70000000 && WHEN - SINCE < 90000000)) ||
		fail "dead after $((WHEN - SINCE)) us"
	event '"event":"dead"' 5
	power_on sv cl
	ask_ok cl close 1
	ask_ok sv vanish 1
	ka cl policy flush
	ka cl stats reset
}

refused()
{
	link_up 8001
	ask_ok cl repair 1 1
	probes cl 1 1 all
	ask_ok cl repair 1 0
	sent 0
	probes cl 1 0 all
	sent 1
	close_both
	time_waits_end
}

signed()
{
	ask_ok cl kind md5 "$S"
	ask_ok sv kind md5 "$C"
	join cl sv 1 8001
	probes cl 1 1 all
	sent 0
	carry cl 1 sv 1
	close_both
	ask_ok cl kind plain
	ask_ok sv kind plain
	time_waits_end
}

need_modules tcp_diag
topology cl sv
load
ends cl:cl sv:sv
scripted rs sv cl
monitor cl flow
for_each_kind "the peer answers" answered
for_each_kind "the segment" segment 0
for_each_kind "the segment, with timestamps" segment 1 ts
for_each_family "something is under way" outstanding
for_each_family "FIN_WAIT2" fin_wait2
for_each_family "the dead" dead
for_each_family "refused: TCP_REPAIR" refused
if ask cl kind md5 "$S" && ask cl listen 1001 "$C" 8009 && [ "$SAID" = ok ]; then
	ask_ok cl close 1001
	ask_ok cl kind plain
	for_each_family "refused: signed" signed
fi
finish
