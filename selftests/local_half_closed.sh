#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# half-closed ends local sockets whose one side has sent FIN and whose other
# does not: in CLOSE_WAIT, the program that never closes, and in FIN_WAIT2. New
# payload starts the clock anew; what is still open both ways is left alone.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# gone NODE SINCE SECONDS: its socket is ended.
gone()
{
	event '"event":"expired"' $(($3 + 10))
	check_due "the event" "$2" "${EPOCHREALTIME/./}" "$3"
	check_json "$EVENT" reason half-closed
	check_json "$EVENT" kind local
	check_json "$EVENT" by tcpka
	check_eq "sockets of $1" "$(in_ns "$1" ss -Htan)" ""
	take_stats "$1"
	check_stat expired_half_closed 1
	check_stat rst_sent 1
	ka "$1" stats reset
}

# close_wait [SECONDS]: after which the server has sent something more.
close_wait()
{
	join cl sv 1 8001
	pass_time 150
	ask_ok cl shut 1
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	# the FIN, or what the server has sent since
	SINCE=${EPOCHREALTIME/./}
	if [ -n "${1:-}" ]; then
		pass_time "$1"
		carry sv 1 cl 1
	fi
	tell cl recv 1
	gone sv "$SINCE" 100
	expect cl ECONNRESET
	ask_ok cl close 1
	ask_ok sv close 1
}

# The program has said all that it had to say, the other end never does.
fin_wait()
{
	policy cl half on local half-closed 100s
	join cl sv 1 8002
	pass_time 150
	ask_ok cl shut 1
	SINCE=${EPOCHREALTIME/./}
	ka sv policy flush
	ask cl recv 1
	check_eq "the program's recv" "$SAID" ETIMEDOUT
	check_due "the program is told" "$SINCE" "$WHEN" 100
	ask sv send 1 1
	# tcp_reset() in CLOSE_WAIT
	check_eq "the other end's send" "$SAID" EPIPE
	take_stats cl
	check_stat expired_half_closed 1
	ask_ok cl close 1
	ask_ok sv close 1
	ka cl policy flush
	ka cl stats reset
	policy sv half on local half-closed 100s
}

# It was half-closed before the policy: the clock counts from that.
found()
{
	ka sv policy flush
	join cl sv 1 8003
	ask_ok cl shut 1
	pass_time 300
	policy sv half on local half-closed 100s
	SINCE=${EPOCHREALTIME/./}
	gone sv "$SINCE" 100
	ask_ok cl close 1
	ask_ok sv close 1
}

none()
{
	policy sv half on local half-closed 100s action none
	join cl sv 1 8004
	ask_ok cl shut 1
	event '"event":"expired"' 110
	check_json "$EVENT" reason half-closed
	pass_time 300
	no_event
	carry sv 1 cl 1
	ask_ok sv close 1
	ask_ok cl close 1
	event '"event":"closed"'
	policy sv half on local half-closed 100s
	ka sv stats reset
	time_waits_end
}

topology cl sv
need_modules tcp_diag
load
ends cl:cl sv:sv
policy sv half on local half-closed 100s
monitor sv flow
for_each_family "CLOSE_WAIT" close_wait
for_each_family "CLOSE_WAIT, payload" close_wait 80
for_each_family "FIN_WAIT2" fin_wait
for_each_family "half-closed before the policy" found
for_each_family "action none" none
finish
