#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A program that asked for its own keepalive, before the policy or after it,
# keeps it; unless the policy says "override yes".

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# keepalive SOCK IDLE INTVL CNT: what the client's socket has.
keepalive()
{
	busywait 5 keepalive_now "$@" || fail "socket $1: $SAID, expected $*"
}

keepalive_now()
{
	ask cl get "$1"
	[[ $SAID == "ok keepalive=1 idle=$2 intvl=$3 cnt=$4 "* ]]
}

ask_for()
{
	ask_ok cl set "$1" idle 100
	ask_ok cl set "$1" intvl 11
	ask_ok cl set "$1" cnt 3
	ask_ok cl set "$1" keepalive 1
}

# Socket 1 asks before, socket 2 after, socket 3 never.
respected()
{
	local i

	for i in 1 2 3; do
		join cl sv "$i" 8001
	done
	ask_for 1
	policy cl mine on local dport 8001 keepalive 300s intvl 20s probes 5
	keepalive 3 300 20 5
	keepalive 2 300 20 5
	ask_for 2
	keepalive 1 100 11 3
	pass_time 400
	keepalive 1 100 11 3
	keepalive 2 100 11 3
	keepalive 3 300 20 5
	ka cl policy flush
	pass_time 1
	keepalive 1 100 11 3
	keepalive 2 100 11 3
	close_all
}

close_all()
{
	local i

	for i in 1 2 3; do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
}

overridden()
{
	local i

	for i in 1 2 3; do
		join cl sv "$i" 8001
	done
	ask_for 1
	policy cl mine on local dport 8001 keepalive 300s intvl 20s probes 5 \
		override yes
	for i in 1 2 3; do
		keepalive "$i" 300 20 5
	done
	ka cl policy flush
	# what the program chose comes back
	keepalive 1 100 11 3
	busywait 5 off_now 3 || fail "socket 3: $SAID"
	close_all
}

off_now()
{
	ask cl get "$1"
	[[ $SAID == "ok keepalive=0 "* ]]
}

topology cl sv
load
ends cl:cl sv:sv
for_each_family "the program's own is respected" respected
for_each_family "unless override yes" overridden
finish
