#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# idle and max-age end local sockets in time; the peer gets a RST, the program
# an error.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# expires PORT REASON SECONDS SINCE
expires()
{
	tell sv recv 1
	ask cl recv 1
	check_match "the program's recv" "$SAID" '^(ETIMEDOUT|ECONNABORTED)$'
	check_due "the program is told" "$4" "$WHEN" "$3"
	expect sv ECONNRESET
	event '"event":"expired"'
	check_json "$EVENT" reason "$2"
	check_json "$EVENT" kind local
	check_json "$EVENT" by tcpka
	check_eq "sockets of the client" \
		"$(in_ns cl ss -Htan dport = "$1")" ""
	ask_ok cl close 1
	ask_ok sv close 1
}

# Payload of either side starts the clock anew, keepalive does not.
idle()
{
	join cl sv 1 8001
	ask_ok sv set 1 idle 20
	ask_ok sv set 1 keepalive 1
	pass_time 80
	carry sv 1 cl 1
	pass_time 80
	carry cl 1 sv 1
	expires 8001 idle 100 "$SINCE"
}

max_age()
{
	local since=${EPOCHREALTIME/./}

	join cl sv 1 8002
	pass_time 80
	carry sv 1 cl 1
	expires 8002 max-age 100 "$since"
}

none()
{
	join cl sv 1 8003
	event '"event":"expired"' 200
	check_json "$EVENT" reason idle
	pass_time 300
	no_event
	carry cl 1 sv 1
	ask_ok cl close 1
	ask_ok sv close 1
	event '"event":"closed"'
}

# What a trial run has listed is ended when it becomes serious.
none_then_rst()
{
	policy cl none on local dport 8003 idle 100s action none
	join cl sv 1 8003
	event '"event":"expired"' 200
	policy cl none on local dport 8003 idle 100s
	ask cl recv 1
	check_eq "recv" "$SAID" ETIMEDOUT
	event '"event":"expired"'
	check_json "$EVENT" reason idle
	ask_ok cl close 1
	ask_ok sv close 1
}

# A policy with a device is for routed connections, "on forward" or not.
device()
{
	policy cl a-device oif sv dport 8004 idle 100s
	policy sv a-device iif cl dport 8004 idle 100s
	for i in cl sv; do
		policy "$i" b-local on local dport 8004 keepalive 200s
	done
	join cl sv 1 8004
	pass_time 150
	for i in cl sv; do
		json "$(ka "$i" -j flow list dport 8004)" policy
		check_eq "policy at $i" "$VALUE" b-local
	done
	carry cl 1 sv 1
	for i in cl sv; do
		ask_ok "$i" close 1
		ka "$i" policy del a-device
		ka "$i" policy del b-local
	done
}

need_modules tcp_diag
topology cl sv
load
ends cl:cl sv:sv
policy cl idle on local dport 8001 idle 100s
policy cl age on local dport 8002 max-age 100s
policy cl none on local dport 8003 idle 100s action none
monitor cl flow
for_each_family "idle" idle
for_each_family "max-age" max_age
for_each_family "action none: only the event, once" none
for_each_family "action none, then rst: it ends" none_then_rst
for_each_family "no policy with a device rules them" device
finish
