#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: smp
# limit: 300
#
# Local sockets that expire, are killed, are closed by their programs, and are
# owned all the while, on both sides at once, while lists are read and policies
# replaced; then the module goes. All of them end, by RST or by FIN in turn, and
# nothing is left behind. Nor is it where namespaces exit, and the module goes,
# under as many new connections as two CPUs can open (see local_churn_rate).

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=lib_storm.sh
. "${0%/*}/lib_storm.sh"

rounds=5
[ -z "${TCPKA_DEBUG:-}" ] || rounds=2
[ -e /proc/sys/vm/unprivileged_userfaultfd ] || odd=no

rules()
{
	local node

	for node in cl sv; do
		ka "$node" -b - <<-FILE || die "policies refused"
			policy add quick on local dport 8001 idle 1s action $action
			config set fin-wait 1s
			policy add keep on local dport 8000 keepalive 1s
		FILE
	done
}

open_all()
{
	local -i i

	ask_ok sv listen 1000 "$S" 8000
	ask_ok sv listen 1001 "$S" 8001
	for ((i = 0; i < 24; i++)); do
		tell sv accept $((1000 + i % 2)) "$i"
		ask_ok cl connect "$i" "$S" $((8000 + i % 2))
		expect sv ok
	done
	[ "${odd:-yes}" = yes ] || return
	program odd cl "$bin/tcp_odd"
	tell sv accept 1001 99
	ask_ok odd connect "$S" 8001
	expect sv ok
	ask_ok odd stall
}

lists()
{
	local -i i

	for ((i = 0; i < 10; i++)); do
		ka "$1" flow list >/dev/null
		ka "$1" policy replace keep on local dport 8000 \
			keepalive $((i + 1))s
	done
}

# Kills of both sides meet on the same connections, and meet their expiry.
stir()
{
	local -i i
	local pids=()

	for node in cl sv; do
		lists "$node" &
		pids+=($!)
		ka "$node" flow kill dport 8000 with "$action" >/dev/null &
		pids+=($!)
	done
	for ((i = 0; i < 24; i += 3)); do
		ask_ok cl close "$i"
	done
	wait "${pids[@]}"
}

# The others get the end of a kill or of an expiry, whichever side was first; by
# FIN it may be the peer's close, or what comes of both at once.
all_end()
{
	local -i i

	for ((i = 0; i < 24; i++)); do
		((i % 3)) || continue
		ask cl recv "$i"
		check_match "recv $i" "$SAID" "$ends"
		ask_ok cl close "$i"
	done
	for i in {0..23} 1000 1001; do
		ask_ok sv close "$i"
	done
}

end_odd()
{
	[ "${odd:-yes}" = yes ] || return
	tell odd resume
	hear odd
	stop_program odd
	ask_ok sv close 99
}

churn()
{
	local -i n
	local action ends

	for ((n = 0; n < rounds; n++)); do
		action=rst ends='^(ECONN|ETIMEDOUT)'
		((n % 2)) && action=fin ends='^(ECONN|ETIMEDOUT|eof)'
		load
		rules
		open_all
		stir
		all_end
		unload
		end_odd
		[ "$case_failed" = 0 ] || break
	done
}

stormy()
{
	storm steady cl
	storm_round "$family"
	stop_program steady
}

topology cl sv
ends cl:cl sv:sv
for_each_family "$rounds rounds" churn
for_each_family "namespaces go in a storm" stormy
finish
