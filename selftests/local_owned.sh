#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A program can own its socket for as long as it likes: it sends a page that
# does not come. It holds up nobody: no list, no kill, no other socket, no
# unload; and is judged when it lets go.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

stall()
{
	program odd cl "$bin/tcp_odd"
	ask_ok sv listen 1000 "$S" 8001
	tell sv accept 1000 9
	ask_ok odd connect "$S" 8001
	expect sv ok
	ask_ok sv close 1000
	busywait 5 odd_is_seen || fail "not tracked"
	ask_ok odd stall
}

odd_is_seen()
{
	[ "$(ka cl -j flow count)" = '{"flows":1}' ]
}

# Everything else goes on, and the socket is not idle once its page has gone.
owned()
{
	local since

	stall
	join cl sv 1 8001
	tell sv recv 1
	ask cl recv 1
	check_eq "another program's recv" "$SAID" ETIMEDOUT
	check_due "it is told" "$SINCE" "$WHEN" 100
	expect sv ECONNRESET
	pass_time 100
	check_eq "flows" "$(ka cl -j flow count)" '{"flows":1}'
	check_match "kill" "$(ka cl flow kill dport 8001 2>&1)" 1
	check_eq "flows after kill" "$(ka cl -j flow count)" '{"flows":1}'
	since=${EPOCHREALTIME/./}
	ask_ok odd resume
	ask odd recv
	check_eq "recv" "$SAID" ETIMEDOUT
	check_due "it is told" "$since" "$WHEN" 100
	finish_odd
}

finish_odd()
{
	for i in cl sv; do
		tell "$i" close 1
		hear "$i"
	done
	ask_ok odd close
	ask_ok sv close 9
	stop_program odd
}

# Also while it is to be ended.
unloads()
{
	stall
	pass_time 150
	unload
	ask_ok odd resume
	load
	policy cl idle on local dport 8001 idle 100s
	ask odd recv
	check_eq "recv" "$SAID" ETIMEDOUT
	finish_odd
}

# It is not closed by FIN either, before it is owned no more.
closes()
{
	policy cl idle on local dport 8001 idle 100s action fin
	stall
	join cl sv 1 8001
	ask cl recv 1
	check_eq "another program's recv" "$SAID" eof
	pass_time 100
	check_match "kill" \
		"$(ka cl -j flow kill dport 8001 idle-gt 200s with fin)" \
		'"ended":0,"refused":1'
	ask_ok odd resume
	ask odd recv
	check_eq "recv" "$SAID" eof
	finish_odd
	policy cl idle on local dport 8001 idle 100s
}

[ -e /proc/sys/vm/unprivileged_userfaultfd ] || skip_all "no userfaultfd"
topology cl sv
load
ends cl:cl sv:sv
policy cl idle on local dport 8001 idle 100s
for_each_family "nobody is held up" owned
for_each_family "nor by a closing by FIN" closes
for_each_family "the module can be unloaded" unloads
finish
