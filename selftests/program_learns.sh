#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 90
#
# How a program learns that its connection was ended: blocked in recv, in poll
# and in epoll; return values and errno, for each way of ending.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# join_three PORT: one connection for each way of waiting.
join_three()
{
	join cr sv 1 "$1"
	join cp sv 2 "$1"
	join ce sv 3 "$1"
	tell cr recv 1
	tell cp poll 2
	tell ce epoll 3
}

# A RST: readable, in error, hung up. The error is given once; then a reader
# gets end of file, and a writer EPIPE.
check_reset()
{
	expect cr ECONNRESET 200
	expect cp "ok IN|ERR|HUP|RDHUP"
	expect ce "ok IN|ERR|HUP|RDHUP"
	ask cp error 2
	check_eq "SO_ERROR after poll" "$SAID" "ok ECONNRESET"
	ask ce recv 3
	check_eq "recv after epoll" "$SAID" ECONNRESET
	ask ce recv 3
	check_eq "recv again" "$SAID" eof
	ask cp send 2 1
	check_eq "send" "$SAID" EPIPE
	for name in cr:1 cp:2 ce:3; do
		ask_ok "${name%:*}" close "${name#*:}"
	done
}

expired()
{
	join_three 8001
	check_reset
	for i in 1 2 3; do
		ask sv recv "$i"
		check_eq "the server's recv" "$SAID" ECONNRESET
		ask_ok sv close "$i"
	done
}

dead()
{
	join_three 8002
	power_off sv gw
	check_reset
	power_on sv gw
	for i in 1 2 3; do
		ask_ok sv vanish "$i"
	done
}

rebooted()
{
	join_three 8002
	for i in 1 2 3; do
		ask_ok sv vanish "$i"
	done
	check_reset
}

killed()
{
	join_three 8003
	ka gw flow kill dport 8003 >/dev/null || fail "flow kill"
	check_reset
}

# Nobody is told, and nothing is blocked.
dropped()
{
	local i

	join_three 8004
	pass_time 150
	check_eq "flows" "$(ka gw -j flow count dport 8004)" '{"flows":0}'
	for i in 1 2 3; do
		ask_ok sv send "$i" 1
	done
	expect cr "ok 1"
	expect cp "ok IN"
	expect ce "ok IN"
	carry cr 1 sv 1
}

topology cl gw sv
load
ends cr:cl cp:cl ce:cl sv:sv
policy gw expire on forward dport 8001 idle 100s
policy gw probe on forward dport 8002 keepalive 60s intvl 5s probes 4
policy gw keep on forward dport 8003 idle 1h
policy gw forget on forward dport 8004 idle 100s action drop
for_each_family "idle expiry" expired
for_each_family "the peer is dead" dead
for_each_family "the peer has rebooted" rebooted
for_each_family "flow kill" killed
for_each_family "action drop: nobody is told" dropped
finish
