#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 180
#
# A timer never fires early, and at most 1 % of its time plus 250 ms late: for
# 1 s, 60 s, 1 h and 2 h, of keepalive, idle and max-age.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

times=(1 60 3600 7200)

# Port 81xy: keepalive, 82xy: idle, 83xy: max-age; x is the index of the time,
# y 4 or 6.
policies()
{
	local i t

	for i in "${!times[@]}"; do
		t=${times[i]}
		echo "policy add keepalive$t on forward dport 81${i}0-81${i}9" \
			"keepalive ${t}s"
		echo "policy add idle$t on forward dport 82${i}0-82${i}9" \
			"idle ${t}s"
		echo "policy add age$t on forward dport 83${i}0-83${i}9" \
			"max-age ${t}s"
	done >"$work/policies"
	ka gw -b "$work/policies" || die "policies refused"
}

open_all()
{
	local digit=${family#ipv} i

	for i in "$@"; do
		join cl sv "1$i$digit" "81$i$digit" "41$i$digit"
		join cl sv "2$i$digit" "82$i$digit" "42$i$digit"
		join cl sv "3$i$digit" "83$i$digit" "43$i$digit"
	done
}

# The kept-alive ones have shown what they can after their first probe.
close_kept()
{
	local end

	for end in cl sv; do
		ask_ok "$end" close "1${1}4"
		ask_ok "$end" close "1${1}6"
	done
}

# first CAPTURE FROM TO CONDITION: time of the first such segment.
first()
{
	find_segments "$@"
	FIRST=${FOUND[0]:-0}
	FIRST=${FIRST%% *}
}

# last CAPTURE FROM TO CONDITION
last()
{
	find_segments "$@"
	LAST=0
	[ ${#FOUND[@]} = 0 ] || LAST=${FOUND[-1]%% *}
}

# check_probe CAPTURE FROM TO SECONDS: each end has its own clock.
check_probe()
{
	local at heard

	find_probes "$1" "$2" "$3"
	read -r at heard _ <<<"${FOUND[0]:-0 0 none}"
	check_due "keepalive $4 to $3" "$heard" "$at" "$4"
}

check_keepalive()
{
	local x=$1${family#ipv} t=${times[$1]}

	check_probe client "$S.81$x" "$C.41$x" "$t"
	check_probe server "$C.41$x" "$S.81$x" "$t"
}

# check_rst WHAT FROM X: both ends are told in time; X as in the ports.
check_rst()
{
	first server "$C.4$3" "$S.8$3" 'flags ~ /R/'
	check_due "$1 to the server" "$2" "$FIRST" "${times[${3:1:1}]}"
	first client "$S.8$3" "$C.4$3" 'flags ~ /R/'
	check_due "$1 to the client" "$2" "$FIRST" "${times[${3:1:1}]}"
}

# The last payload is the server's.
check_idle()
{
	local x=2$1${family#ipv}

	last server "$S.8$x" "$C.4$x" "len > 0"
	check_rst idle "$LAST" "$x"
}

check_age()
{
	local x=3$1${family#ipv}

	first client "$C.4$x" "$S.8$x" 'flags ~ /S/'
	check_rst max-age "$FIRST" "$x"
}

check_time()
{
	check_keepalive "$1"
	check_idle "$1"
	check_age "$1"
}

topology cl gw sv
load
ends cl:cl sv:sv
policies
capture client gw cl
capture server gw sv
# The ones of a second are over before others could be opened.
for family in ipv4 ipv6; do
	use_family "$family"
	open_all 0
done
pass_time 2
close_kept 0
for family in ipv4 ipv6; do
	use_family "$family"
	open_all 1 2 3
done
pass_time 62
close_kept 1
pass_time "${times[2]}"
close_kept 2
pass_time $((times[3] - times[2] + 100))
capture_stop client server
for i in "${!times[@]}"; do
	for_each_family "fires in time after ${times[i]} s" check_time "$i"
done
finish
