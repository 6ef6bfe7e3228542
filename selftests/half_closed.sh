#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# half-closed: one end has sent its FIN, and the other goes on holding the
# connection open: it is ended, and neither end is left in FIN_WAIT2 or
# CLOSE_WAIT. As long as payload comes, it is left alone.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# ended CLOSER OTHER
ended()
{
	ka gw stats reset
	join cl sv 1 8001
	# the payload before says nothing of when it was closed
	pass_time 5
	SINCE=${EPOCHREALTIME/./}
	ask_ok "$1" shut 1
	ask "$2" recv 1
	check_eq "the other end reads" "$SAID" eof
	event '"event":"expired"'
	check_due "the event" "$SINCE" "${EPOCHREALTIME/./}" 40
	check_json "$EVENT" reason half-closed
	ask "$1" recv 1
	check_eq "who closed reads" "$SAID" ECONNRESET
	check_eq "sockets of the client" "$(in_ns cl ss -Htan)" ""
	check_eq "sockets of the server" "$(in_ns sv ss -Htan)" ""
	take_stats gw
	check_stat expired_half_closed 1
	check_stat rst_sent 2
	check_stat relearned 0
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

# A long download after the request's end.
payload()
{
	local i

	ka gw stats reset
	join cl sv 1 8001
	ask_ok cl shut 1
	for i in 1 2 3 4; do
		pass_time 30
		carry sv 1 cl 1 5
	done
	take_stats gw
	check_stat expired_half_closed 0
	ask_ok sv close 1
	ask_ok cl close 1
	pass_time 1
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
}

need_modules tcp_diag
topology cl gw sv
load
ends cl:cl sv:sv
policy gw half on forward half-closed 40s
monitor gw flow
for_each_family "the client has closed" ended cl sv
for_each_family "the server has closed" ended sv cl
for_each_family "payload keeps it open" payload
finish
