#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# A client whose TCP is not Linux's but lwIP: it answers each probe; by fin it
# reads an end of file and sees its connection through; by rst the connection
# is gone at once.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# meet_other: it connects to the server, and a few bytes go each way.
meet_other()
{
	ka gw stats reset || fail "stats reset"
	ask_ok sv listen 1000 "$S" 8001
	tell sv accept 1000 1
	ask_ok lw connect "$S" 8001
	expect sv ok
	ask_ok sv close 1000
	exchange
}

exchange()
{
	ask_ok lw send 5
	expect_reading sv 1
	ask_ok sv send 1 7
	expect_reading lw
}

expect_reading()
{
	ask "$1" recv "${@:2}"
	check_match "$1 reads" "$SAID" "^ok [57]$"
}

# count N: connections that lwIP has.
count()
{
	ask lw count
	check_eq "connections of lwIP" "$SAID" "ok $1"
}

probed()
{
	policy gw rule on forward keepalive 60s
	meet_other
	pass_time 3600
	take_stats gw
	stat probes_sent
	check_stat probes_answered "$VALUE"
	[ "$VALUE" -ge $((2 * 58)) ] || fail "probes: $VALUE"
	check_stat rst_sent 0
	count 1
	exchange
	ask_ok lw close
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	ask_ok sv close 1
	# nothing is left of it when the next begins
	pass_time 150
	count 0
}

expired()
{
	policy gw rule on forward keepalive 60s idle 600s action "$1"
	meet_other
	tell lw recv
	tell sv recv 1
	expect lw "$2"
	expect sv "$2"
	take_stats gw
	check_stat expired_idle 1
	check_stat "${1}_sent" 2
	[ "$1" = fin ] || count 0
	ask lw close
	ask_ok sv close 1
	pass_time 5
	count 0
	check_eq "sockets of the server" \
		"$(in_ns sv ss -Htn state connected exclude time-wait)" ""
	take_stats gw
	check_stat fin_completed "$3"
	check_stat fin_fell_back 0
	pass_time 150
}

[ -x "$bin/tcp_lwip" ] || skip_all "no tcp_lwip: it needs lwIP to be built"
need_modules tcp_diag
topology cl gw sv
load
ends sv:sv
use_family ipv6
six=$CR
use_family ipv4
program lw cl "$bin/tcp_lwip" gw 02:00:00:00:00:02 "$CR" "$six"
for_each_family "it answers probes" probed
for_each_family "by fin it reads an end of file" expired fin eof 1
for_each_family "by rst its connection is gone" expired rst ECONNRESET 0
finish
