#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Idle expiry: in time, although the ends are probed meanwhile; both programs
# get ECONNRESET, and nothing is left in ss at either end, nor here after
# linger.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

expiry()
{
	ka gw stats reset || fail "stats reset"
	join cl sv 1 8001
	tell sv recv 1
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 600
	expect sv ECONNRESET
	check_due "the server is told" "$SINCE" "$WHEN" 600
	check_eq "sockets of the client" "$(in_ns cl ss -Htan)" ""
	check_eq "sockets of the server" "$(in_ns sv ss -Htan)" ""
	event '"event":"expired"'
	check_json "$EVENT" reason idle
	check_json "$EVENT" by tcpka
	check_json "$EVENT" policy expire
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 2
	check_stat flows 1
	stat probes_sent
	[ "$VALUE" -ge 18 ] || fail "probes sent: $VALUE"
	pass_time 61
	check_eq "flows after linger" "$(ka gw -j flow count)" '{"flows":0}'
	ask_ok cl close 1
	ask_ok sv close 1
}

# What was only noted is done when the policy is told to.
noted()
{
	policy gw expire on forward idle 60s action none
	join cl sv 1 8001
	event '"event":"expired"'
	pass_time 100
	policy gw expire on forward idle 60s action none
	pass_time 1
	ka gw stats reset || fail "stats reset"
	policy gw expire on forward idle 60s
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	event '"event":"expired"'
	take_stats gw
	check_stat expired_idle 1
	ask_ok cl close 1
	ask_ok sv close 1
}

need_modules tcp_diag
topology cl gw sv
load
ends cl:cl sv:sv
policy gw expire on forward idle 600s keepalive 60s
monitor gw flow
for_each_family "both ends are told, and nothing is left" expiry
for_each_family "action none, and then rst" noted
finish
