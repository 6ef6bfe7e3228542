#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 180
#
# flow kill ends every TCP socket of the namespace, in each state, ruled by a policy
# or not: the program is told, and the peer by a segment that it takes. TIME_WAIT
# is ended only where it is asked for. (See also local_kill_refused,
# local_kill_many, local_fin.)

# shellcheck source=lib_kill.sh
. "${0%/*}/lib_kill.sh"

by_rst()
{
	link_up 8001
	ends_one cl dport 8001
	told dport 8001 state closed
	reads cl ECONNABORTED
	reads sv ECONNRESET
	kills cl 0 0 0 all
	counted cl 1 1 0 0 0
	close_both
}

# The one that accepted.
responder()
{
	link_up 8001
	ends_one sv port 8001 with rst
	reads sv ECONNABORTED
	reads cl ECONNRESET
	counted sv 1 1 0 0 0
	close_both
}

by_fin()
{
	link_up 8001
	ends_one cl dport 8001 with fin
	told dport 8001 state established
	reads cl eof
	reads sv eof
	json "$(ka cl -j flow list)" expires_ms
	((VALUE > 50000 && VALUE <= 60000)) || fail "expires_ms: $VALUE"
	kills cl 0 0 0 all with fin
	ask cl send 1 1
	check_eq "the program writes" "$SAID" EPIPE
	close_both
	pass_time 1
	counted cl 1 0 1 1 0
	time_waits_end
}

# All that was sent arrives, and all that has come is read.
nothing_lost()
{
	link_up 8001
	ask_ok sv send 1 5
	ask_ok cl send 1 150000
	pass_time 1
	ends_one cl dport 8001 with fin
	ask cl recv 1 5
	check_eq "what had come" "$SAID" "ok 5"
	reads cl eof
	ask sv recv 1 150000
	check_eq "the peer reads" "$SAID" "ok 150000"
	reads sv eof
	close_both
	pass_time 1
	counted cl 1 0 1 1 0
	told dport 8001
	time_waits_end
}

# The peer does not close.
falls_back()
{
	link_up 8001
	SINCE=${EPOCHREALTIME/./}
	ends_one cl dport 8001 with fin
	told dport 8001
	reads cl eof
	pass_time 62
	counted cl 1 1 1 0 1
	no_event
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ETIMEDOUT"
	close_both
}

# Nobody waits for the peer that long.
impatient()
{
	link_up 8001
	ends_one cl dport 8001 with fin
	ends_one cl dport 8001 with rst
	reads sv eof
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ECONNABORTED"
	counted cl 2 1 1 0 0
	event '"event":"killed"' 5
	event '"event":"killed"' 5
	close_both
}

# A policy comes, and goes, in the middle of it: it has no part in it.
policy_comes()
{
	link_up 8001
	ends_one cl dport 8001 with fin
	policy cl late on local keepalive 60s idle 10s
	pass_time 12
	json "$(ka cl -j policy list late)" flows
	check_eq "flows of the policy" "$VALUE" 0
	ka cl policy flush
	told dport 8001
	pass_time 50
	counted cl 1 1 1 0 1
	close_both
}

# Both kinds in one go; each policy has its own.
mixed()
{
	policy cl some on local dport 8002 idle 1h
	link_up 8001
	ask_ok sv listen 1000 "$MAPPED$S" 8002
	tell sv accept 1000 2
	ask_ok cl connect 2 "$MAPPED$S" 8002
	expect sv "ok*"
	ask_ok sv close 1000
	busywait 5 ruled || fail "the policy rules $VALUE"
	kills cl 2 2 0 all
	take_stats cl
	check_stat killed 2
	check_stat rst_sent 2
	take_stats cl policy some
	check_stat killed 1
	ka cl policy flush
	ka cl stats reset
	reads sv ECONNRESET
	ask sv recv 2
	check_eq "the other peer reads" "$SAID" ECONNRESET
	event '"event":"killed"' 5
	event '"event":"killed"' 5
	close_both
	ask_ok cl close 2
	ask_ok sv close 2
}

ruled()
{
	json "$(ka cl -j policy list some)" flows
	[ "$VALUE" = 1 ]
}

# Nobody has accepted it yet.
queued()
{
	ask_ok cl listen 1000 "$MAPPED$C" 8001
	ask_ok sv connect 1 "$MAPPED$C" 8001
	ends_one cl dport 8001 with "$1"
	told dport 8001
	reads sv ECONNRESET
	ask_ok sv close 1
	ask_ok cl close 1000
	take_stats cl
	check_stat killed 1
	check_stat rst_sent 1
	ka cl stats reset
}

# With rst or with fin: it is not connected.
syn_sent()
{
	local with

	power_off sv cl
	for with in rst fin; do
		tell cl connect 1 "$MAPPED$S" 8001
		busywait 5 is_there state syn-sent || fail "not there"
		ends_one cl state syn-sent with "$with"
		expect cl ECONNABORTED
		told dport 8001 idle_ms absent
		ask_ok cl close 1
		counted cl 1 0 0 0 0
	done
	power_on sv cl
}

is_there()
{
	[ "$(ka cl -j flow count "$@")" = '{"flows":1}' ]
}

# --- scripted peers

# peer [OPTION...]: the kernel's socket 1 of cl is connected to the scripted rs.
peer()
{
	ask_ok rs open "$SR" 8001 "$C" 40001 iss=700000 "$@"
	tell rs accept
	ask_ok cl connect 1 "$MAPPED$SR" 8001 40001
	expect rs "ok*"
}

# hears FLAGS: what the peer hears next, its numbers exact.
hears()
{
	ask rs wait 5
	check_match "the peer hears" "$SAID" "^ok $1 seq=0 ack=0 "
}

# reset_from STATE: a RST that the peer takes; and nothing more.
reset_from()
{
	is_there state "$1" || fail "not $1: $(ka cl -j flow list)"
	ends_one cl state "$1"
	hears RA
	told dport 8001
	count cl 0
	counted cl 1 1 0 0 0
}

# shuts HOW: the program, which still has the socket, or not any more.
shuts()
{
	ask_ok cl "$1" 1
	hears FA
}

# over HOW: the program, if it has the socket still, finds it gone.
over()
{
	if [ "$1" = shut ]; then
		ask cl error 1
		check_eq "the program's error" "$SAID" "ok ECONNABORTED"
		ask_ok cl close 1
	fi
	ask rs wait 3
	check_eq "the peer hears" "$SAID" ETIMEDOUT
	no_event
}

fin_wait1()
{
	peer
	shuts "$1"
	reset_from fin-wait
	over "$1"
}

fin_wait2()
{
	peer
	shuts "$1"
	ask_ok rs seg A
	pass_time 1
	reset_from fin-wait
	over "$1"
}

closing()
{
	peer
	shuts "$1"
	ask_ok rs seg FA ack=-1
	ask rs wait 1
	check_match "the FIN is acknowledged" "$SAID" "^ok A"
	reset_from closing
	over "$1"
}

close_wait()
{
	peer
	ask_ok rs seg FA
	reads cl eof
	ask rs wait 1
	check_match "the FIN is acknowledged" "$SAID" "^ok A"
	reset_from close-wait
	over shut
}

last_ack()
{
	peer
	ask_ok rs seg FA
	reads cl eof
	ask rs wait 1
	check_match "the FIN is acknowledged" "$SAID" "^ok A"
	shuts "$1"
	reset_from last-ack
	over "$1"
}

# What TCP has left of it when the program has closed.
minisock()
{
	peer "$@"
	shuts close
	ask_ok rs seg A
	pass_time 3
	check_eq "what is left" "$(in_ns cl ss -Htan state fin-wait-2 | wc -l)" 1
	is_there state fin-wait || fail "not there"
	ends_one cl all
	hears RA
	if [ -n "${1:-}" ]; then
		check_match "its timestamp" "$SAID" "ts=[1-9][0-9]*,[1-9]"
		((${BASH_REMATCH[0]:3:2} > 0)) || fail "no timestamp"
	else
		check_match "no timestamp" "$SAID" "ts=0,0"
	fi
	told dport 8001
	count cl 0
	counted cl 1 1 0 0 0
	over close
}

# The last one of a full socket that TCP keeps for longer than a minute.
orphan()
{
	in_ns cl sysctl -qw net.ipv4.tcp_fin_timeout=180
	fin_wait2 close
	in_ns cl sysctl -qw net.ipv4.tcp_fin_timeout=60
}

# all does not mean it: it protects the next one of its name.
time_wait()
{
	link_up 8001
	ask_ok cl close 1
	reads sv eof
	ask_ok sv close 1
	pass_time 1
	count cl 1 state time-wait
	capture tw sv cl
	kills cl 0 0 0 all
	kills cl 0 0 0 dport 8001 with fin
	kills cl 0 0 0 all with drop
	count cl 1
	kills cl 1 0 1 state time-wait with drop
	ends_one cl state time-wait with "$1"
	told dport 8001 state time-wait
	count cl 0
	capture_stop tw
	check_eq "segments" "$(wc -l <"$out/tw.segments")" 0
	counted cl 1 0 0 0 0
}

# syn PORT: a request of the scripted rc's in the server's queue.
syn()
{
	ask_ok rc open "$CR" 4000 "$S" "$1" iss=100000
	ask_ok rc seg S
	ask rc wait 1
	check_match "the answer" "$SAID" "^ok SA "
}

syn_recv()
{
	if [ -n "$MAPPED" ]; then
		ask_ok sv listen 1000 :: 8001
	else
		ask_ok sv listen 1000 "$S" 8001
	fi
	syn 8001
	count sv 1 state syn-recv
	kills sv 1 0 1 all with drop
	ends_one sv all with "$1"
	ask rc wait 5
	check_match "the initiator hears" "$SAID" "^ok RA seq=0 ack=0 "
	count sv 0
	counted sv 1 1 0 0 0
	ask_ok sv close 1000
}

need_modules tcp_diag
topology cl sv
load
ends cl:cl sv:sv
scripted rc cl sv
scripted rs sv cl
monitor cl flow
for_each_kind "with rst" by_rst
for_each_family "with rst, by the one that accepted" responder
for_each_kind "with fin" by_fin
for_each_family "with fin nothing is lost" nothing_lost
for_each_kind "with fin, and the peer does not close" falls_back
for_each_family "with fin, then with rst" impatient
for_each_family "a policy comes meanwhile" policy_comes
for_each_family "ruled ones and others" mixed
for_each_family "in the accept queue, with rst" queued rst
for_each_family "in the accept queue, with fin" queued fin
for_each_kind "SYN_SENT" syn_sent
for_each_kind "SYN_RECV, with rst" syn_recv rst
for_each_family "SYN_RECV, with fin" syn_recv fin
for how in shut close; do
	for_each_kind "FIN_WAIT1, after $how" fin_wait1 "$how"
	for_each_family "CLOSING, after $how" closing "$how"
	for_each_family "LAST_ACK, after $how" last_ack "$how"
done
for_each_family "FIN_WAIT2" fin_wait2 shut
for_each_family "FIN_WAIT2, after close, for longer" orphan
for_each_kind "FIN_WAIT2, what is left of it" minisock
for_each_kind "FIN_WAIT2, with timestamps" minisock ts
for_each_family "CLOSE_WAIT" close_wait
for_each_kind "TIME_WAIT, with rst" time_wait rst
for_each_family "TIME_WAIT, with fin" time_wait fin
finish
