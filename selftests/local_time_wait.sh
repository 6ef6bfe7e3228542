#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 200
#
# time-wait cuts TIME_WAIT short where this host opened the connection, from a
# port that connect() chose, and both ends use timestamps: a client finds free
# ports again. What is not so stays its time and is counted. Nothing of
# the former connection gets into the next one of that name, which succeeds also
# if the other end has not heard the last ACK.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# All ports that a client has by default, on one kernel: it takes a minute.
ports=28232
if [ -n "${TCPKA_DEBUG:-}" ] || [[ $(uname -r) != 6.1.* ]]; then
	ports=500
fi

# port_range N: so many ports are there for connect() to choose from.
port_range()
{
	in_ns cl sysctl -qw "net.ipv4.ip_local_port_range=32768 $((32767 + $1))"
}

# waiting NODE N: so many are in TIME_WAIT.
waiting()
{
	check_eq "TIME_WAIT at $1" "$(ka "$1" -j flow count state time-wait)" \
		"{\"flows\":$2}"
}

shortened()
{
	local since

	join cl sv 1 8001
	ask_ok cl close 1
	ask sv recv 1
	since=${EPOCHREALTIME/./}
	ask_ok sv close 1
	waiting cl 1
	event '"event":"expired"' 5
	check_due "the end" "$since" "${EPOCHREALTIME/./}" 2
	check_json "$EVENT" reason time-wait
	check_json "$EVENT" policy short
	check_json "$EVENT" kind local
	waiting cl 0
	take_stats cl
	check_stat expired_time_wait 1
	check_stat time_wait_kept 0
	check_stat rst_sent 0
	ka cl stats reset
}

# kept NODE: the one in TIME_WAIT there.
kept()
{
	pass_time 10
	waiting "$1" 1
	take_stats "$1"
	check_stat expired_time_wait 0
	check_stat time_wait_kept 1
	pass_time 50
	take_stats "$1"
	check_stat time_wait_kept 1
	pass_time 15
	waiting "$1" 0
	ka "$1" stats reset
}

without_timestamps()
{
	in_ns cl sysctl -qw net.ipv4.tcp_timestamps=0
	join cl sv 1 8001
	in_ns cl sysctl -qw net.ipv4.tcp_timestamps=1
	ask_ok cl close 1
	ask sv recv 1
	ask_ok sv close 1
	kept cl
}

# accepted [close]: by a server, which may be gone by then.
accepted()
{
	ask_ok sv listen 1000 "$S" 8001
	tell sv accept 1000 1
	ask_ok cl connect 1 "$S" 8001
	expect sv "ok*"
	[ -z "${1:-}" ] || ask_ok sv close 1000
	ask_ok sv close 1
	ask cl recv 1
	ask_ok cl close 1
	kept sv
	[ -n "${1:-}" ] || ask_ok sv close 1000
}

noted()
{
	policy cl short on local time-wait 2s action none
	join cl sv 1 8001
	ask_ok cl close 1
	ask sv recv 1
	ask_ok sv close 1
	event '"event":"expired"' 5
	check_json "$EVENT" reason time-wait
	pass_time 50
	no_event
	waiting cl 1
	pass_time 20
	waiting cl 0
	policy cl short on local time-wait 2s
	ka cl stats reset
}

# One that the client's program has chosen is bound, and could have listened.
bound()
{
	join cl sv 1 8001 40001
	ask_ok cl close 1
	ask sv recv 1
	ask_ok sv close 1
	kept cl
}

# The server never hears the last ACK, and is in LAST_ACK still.
last_ack_lost()
{
	local since

	port_range 1
	join cl sv 1 8001
	ask_ok cl close 1
	ask sv recv 1
	power_off sv cl
	ask_ok sv close 1
	# each repetition of its FIN begins TIME_WAIT anew
	pass_time 20
	waiting cl 0
	check_eq "in LAST_ACK" \
		"$(in_ns sv ss -Htan state last-ack | wc -l)" 1
	power_on sv cl
	since=${EPOCHREALTIME/./}
	join cl sv 1 8001
	[ $((${EPOCHREALTIME/./} - since)) -le 3500000 ] ||
		fail "connected after $((${EPOCHREALTIME/./} - since)) us"
	carry cl 1 sv 1
	carry sv 1 cl 1
	ask_ok cl close 1
	ask sv recv 1
	ask_ok sv close 1
	pass_time 3
	waiting cl 0
	ka cl stats reset
}

# A segment of the first connection would fit into the window of the second.
replayed()
{
	ask_ok rs open "$SR" 8001 "$C" 32768 iss=1000 ts
	tell rs accept
	ask_ok cl connect 1 "$SR" 8001
	expect rs "ok*"
	ask_ok cl close 1
	ask rs wait 1
	check_match "the client's FIN" "$SAID" "^ok FA "
	ask_ok rs seg FA
	ask rs wait 1
	waiting cl 1
	pass_time 3
	waiting cl 0
	ask_ok rs open "$SR" 8001 "$C" 32768 iss=500000 ts
	tell rs accept
	ask_ok cl connect 2 "$SR" 8001
	expect rs "ok*"
	ask_ok rs drain
	ask_ok rs seg PA len=10 ts=-4000
	ask rs wait 1
	check_match "what the client says to the old one" "$SAID" \
		"^ok A .* ack=-10 "
	ask_ok rs seg PA seq=-10 len=7
	ask cl recv 2 7
	check_eq "the client reads" "$SAID" "ok 7"
	ask_ok rs seg R seq=-3
	ask cl recv 2
	check_eq "and then" "$SAID" ECONNRESET
	ask_ok cl close 2
}

exhausted()
{
	ka cl policy flush
	port_range "$ports"
	ask sc fill "$S" 8010 32768 "$ports"
	check_eq "connections" "$SAID" "ok $ports"
	ask sc churn "$S" 8010 1
	check_eq "one more" "$SAID" "0 EADDRNOTAVAIL"
	pass_time 75
	policy cl short on local time-wait 2s
	ka cl stats reset
}

# Each port serves ten times, in a minute.
found_again()
{
	port_range 300
	ask sc churn "$S" 8010 3000 50
	check_eq "with time-wait" "$SAID" "ok 3000"
	pass_time 3
	waiting cl 0
	take_stats cl
	check_stat expired_time_wait 3000
	ka cl stats reset
}

topology cl sv
need_modules tcp_diag
in_ns cl sysctl -qw net.ipv4.tcp_tw_reuse=0 net.ipv4.tcp_max_tw_buckets=65536
load
ends cl:cl sv:sv
scripted rs sv cl
program sc cl "$bin/tcp_churn"
program ss sv "$bin/tcp_churn"
policy cl short on local time-wait 2s
policy sv short on local time-wait 2s
monitor cl flow
# in the first second after boot TCP notes no timestamps (ts_recent_stamp is 0)
pass_time 1
for_each_family "shortened where it opened" shortened
for_each_family "without timestamps it stays" without_timestamps
for_each_family "and from a port that was bound" bound
for_each_family "what was accepted stays" accepted
for_each_family "and if its listener is gone" accepted close
for_each_family "action none" noted
for_each_family "the last ACK was lost" last_ack_lost
for_each_family "an old segment, replayed" replayed
stop_program monitor
ask_ok ss serve 0.0.0.0 8010
ask_ok ss serve :: 8010
for_each_family "$ports ports" exhausted
for_each_family "300 ports for 3000 connections" found_again
finish
