#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# A peer that loses power while data is under way is found as soon as an idle
# one would be: TCP's keepalive rests then. A peer that answers lives, however
# long its window is closed and however seldom TCP asks; and what the program
# chose for itself holds.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

keepalive()
{
	busywait 5 keepalive_now "$@" || fail "socket $1: $SAID"
}

keepalive_now()
{
	ask cl get "$1"
	[[ $SAID == "ok keepalive=1 idle=$2 "* ]]
}

# The last that is heard of the server comes after SINCE.
lose_power()
{
	carry cl 1 sv 1
	power_off sv cl
}

check_dead()
{
	ask cl recv 1
	check_eq "recv" "$SAID" ETIMEDOUT
	check_due "the program is told" "$SINCE" "$WHEN" 90
	event '"event":"dead"'
	check_json "$EVENT" kind local
	check_json "$EVENT" by responder
	check_json "$EVENT" reason keepalive
	power_on sv cl
	ask_ok cl close 1
	ask_ok sv vanish 1
}

# At once, and while TCP's keepalive timer is still waiting.
under_way()
{
	local wait

	for wait in 0.1 45; do
		ka cl stats reset
		join cl sv 1 8001
		keepalive 1 60
		lose_power
		pass_time "$wait"
		ask_ok cl send 1 1
		check_dead
		take_stats cl
		check_stat peers_dead 1
	done
}

# Written after a silence that TCP has asked about already: the peer has as
# long as for its probes.
after_silence()
{
	join cl sv 1 8001
	keepalive 1 60
	lose_power
	pass_time 75
	ask_ok cl send 1 1
	ask cl recv 1
	check_eq "recv" "$SAID" ETIMEDOUT
	((WHEN - SINCE >= 90000000 && WHEN - SINCE <= 103000000)) ||
		fail "told after $((WHEN - SINCE)) us, expected 90 to 103 s"
	event '"event":"dead"'
	power_on sv cl
	ask_ok cl close 1
	ask_ok sv vanish 1
}

# Window probes come every two minutes at last, longer than 26 s.
close_window()
{
	join cl sv 1 8002
	keepalive 1 20
	tell cl send 1 200000
	pass_time 1000
	check_eq "flows" "$(ka cl -j flow count dport 8002)" '{"flows":1}'
}

window_closed()
{
	close_window
	ask sv recv 1 200000
	check_eq "the server's recv" "$SAID" "ok 200000"
	expect cl ok
	ask_ok cl close 1
	ask_ok sv close 1
}

# One probe is lost, or two: the next one comes two minutes later.
window_probe_lost()
{
	close_window
	power_off sv cl
	pass_time 125
	power_on sv cl
	pass_time 200
	check_eq "flows" "$(ka cl -j flow count dport 8002)" '{"flows":1}'
	ask sv recv 1 200000
	check_eq "the server's recv" "$SAID" "ok 200000"
	expect cl ok
	ask_ok cl close 1
	ask_ok sv close 1
}

# Not before TCP has asked three times, two minutes apart, each up to 2 s late;
# and no later than an interval and the look that follows.
window_closed_dead()
{
	local off

	close_window
	off=${EPOCHREALTIME/./}
	power_off sv cl
	expect cl ETIMEDOUT 600
	((WHEN - off >= 240000000 && WHEN - off <= 370000000)) ||
		fail "told after $((WHEN - off)) us, expected 240 to 370 s"
	event '"event":"dead"'
	check_json "$EVENT" kind local
	power_on sv cl
	ask_ok cl close 1
	ask_ok sv vanish 1
}

chosen()
{
	join cl sv 1 8001
	ask_ok cl set 1 idle 100
	ask_ok cl set 1 keepalive 1
	pass_time 100
	power_off sv cl
	ask_ok cl send 1 1
	pass_time 200
	power_on sv cl
	ask sv recv 1 1
	check_eq "the server's recv" "$SAID" "ok 1"
	ask_ok cl close 1
	ask_ok sv close 1
}

topology cl sv
in_ns cl sysctl -qw net.ipv4.tcp_wmem="4096 16384 16384"
in_ns sv sysctl -qw net.ipv4.tcp_rmem="4096 16384 16384"
load
ends cl:cl sv:sv
policy cl mine on local dport 8001 keepalive 60s intvl 10s probes 3
policy cl short on local dport 8002 keepalive 20s intvl 2s probes 3
monitor cl flow
for_each_family "data under way: ETIMEDOUT in time" under_way
for_each_family "data after a long silence" after_silence
for_each_family "a closed window that answers lives" window_closed
for_each_family "one lost probe of a closed window kills nobody" \
	window_probe_lost
for_each_family "a closed window that does not is found" window_closed_dead
for_each_family "the program's own keepalive holds" chosen
finish
