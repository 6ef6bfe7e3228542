#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# flow list and count know every TCP socket of the namespace, ruled by a policy or
# not, in each state: what ss shows, and tcpka. (For flow kill see local_kill.)

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# count NODE N FILTER...
count()
{
	check_eq "at $1: ${*:3}" "$(ka "$1" -j flow count "${@:3}")" \
		"{\"flows\":$2}"
}

# as_ss NODE: as many as ss has of each state.
as_ss()
{
	local states ours

	states=$(in_ns "$1" ss -Htan | awk '$1 != "LISTEN" { print tolower($1) }' |
		sed 's/^estab$/established/; s/^fin-wait-./fin-wait/' |
		sort | uniq -c | awk '{ print $2, $1 }')
	ours=$(ka "$1" -j flow count by state |
		grep -o '"key":"[^"]*","flows":[0-9]*' |
		sed 's/"key":"//; s/","flows":/ /' | sort)
	[ -n "$states" ] || fail "ss has none"
	check_eq "states at $1" "$ours" "$states"
}

established()
{
	join cl sv 1 8001
	count cl 1 state established dport 8001
	LIST=$(ka sv -j flow list)
	check_json "$LIST" kind local
	check_json "$LIST" state established
	check_json "$LIST" uid 0
	json "$LIST" policy
	check_eq "policy" "$VALUE" absent
	as_ss cl
	as_ss sv
	carry cl 1 sv 1
	ask_ok sv close 1
	ask_ok cl close 1
	count cl 0
	pass_time 75
	count sv 0
}

half_closed()
{
	join cl sv 1 8001
	ask_ok cl shut 1
	pass_time 1
	count cl 1 state fin-wait
	count sv 1 state close-wait
	as_ss cl
	as_ss sv
	# the program has closed it, too: only TCP has it still
	ask_ok cl close 1
	pass_time 1
	as_ss cl
	tell sv recv 1
	expect sv eof
	ask_ok sv close 1
	pass_time 75
	count cl 0
	count sv 0
}

time_wait()
{
	join cl sv 1 8001
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 1
	count cl 1 state time-wait
	as_ss cl
	json "$(ka cl -j flow list)" expires_ms
	[ "$VALUE" -gt 50000 ] || fail "expires_ms: $VALUE"
	count cl 1
	pass_time 75
	count cl 0
}

syn_sent()
{
	power_off sv cl
	tell cl connect 1 "$S" 8001
	pass_time 0.5
	count cl 1 state syn-sent
	as_ss cl
	power_on sv cl
	expect cl "E*"
	count cl 0
	ask_ok cl close 1
}

syn_recv()
{
	ask_ok sv listen 1000 "$S" 8001
	ask_ok rc open "$CR" 4000 "$S" 8001 iss=1000
	ask_ok rc seg S
	ask rc wait 1
	check_match "the answer" "$SAID" "^ok SA "
	count sv 1 state syn-recv
	LIST=$(ka sv -j flow list)
	check_json "$LIST" sport 4000
	check_json "$LIST" dport 8001
	count sv 1
	ask_ok sv close 1000
	# its timer finds no listener any more
	pass_time 75
	count sv 0
}

# More than one bucket, or message, holds.
many()
{
	local i

	ask_ok sv listen 1000 "$S" 8001
	for ((i = 1; i <= 300; i++)); do
		ask_ok cl connect "$i" "$S" 8001
		ask_ok sv accept 1000 "$i"
	done
	count cl 300 dport 8001
	count sv 300 state established
	check_eq "by dport" "$(ka cl -j flow count by dport | tr -d '\n')" \
		'[{"key":8001,"flows":300}]'
	check_eq "different" "$(ka cl -j flow list |
		grep -o '"sport":[0-9]*' | sort -u | wc -l)" 300
	for ((i = 1; i <= 300; i++)); do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
	ask_ok sv close 1000
	pass_time 75
	count cl 0
}

ulimit -n 2048
# A table of few buckets for those namespaces, where the kernel has such.
small=/proc/sys/net/ipv4/tcp_child_ehash_entries
[ ! -e "$small" ] || echo 8 >"$small"
topology cl sv
[ ! -e "$small" ] || echo 0 >"$small"
need_modules tcp_diag
load
ends cl:cl sv:sv
scripted rc cl sv
for_each_family "established" established
for_each_family "half-closed" half_closed
for_each_family "TIME_WAIT" time_wait
for_each_family "SYN_SENT" syn_sent
for_each_family "SYN_RECV" syn_recv
for_each_family "300 of them" many
finish
