#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# What a policy gave to a local socket is taken back when it goes, or when the
# module does: ss -o shows the timer come and go, and what was unset is unset
# again, so that the system's defaults hold.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# timer PATTERN: what ss -o shows of the client's sockets.
timer()
{
	busywait 5 timer_now "$1" || fail "ss -o: $SHOWN, expected $1"
}

timer_now()
{
	SHOWN=$(in_ns cl ss -Htno state established dport = 8001)
	# shellcheck disable=SC2053 # a pattern
	[[ $SHOWN == $1 ]]
}

check_unset()
{
	timer '*[!)]'
	in_ns cl sysctl -qw net.ipv4.tcp_keepalive_time=1234 \
		net.ipv4.tcp_keepalive_intvl=56 net.ipv4.tcp_keepalive_probes=7
	ask cl get 1
	check_match "the socket" "$SAID" \
		'^ok keepalive=0 idle=1234 intvl=56 cnt=7 '
	in_ns cl sysctl -qw net.ipv4.tcp_keepalive_time=7200 \
		net.ipv4.tcp_keepalive_intvl=75 net.ipv4.tcp_keepalive_probes=9
}

give()
{
	policy cl mine on local dport 8001 keepalive 300s intvl 20s probes 5
	timer '*timer:(keepalive,*'
	ask cl get 1
	check_match "the socket" "$SAID" \
		'^ok keepalive=1 idle=300 intvl=20 cnt=5 '
}

# Nothing is sent later, either.
check_quiet()
{
	capture "quiet$family$1" sv cl
	pass_time 900
	capture_stop "quiet$family$1"
	find_segments "quiet$family$1" any any
	check_eq "segments afterwards" "${#FOUND[@]}" 0
	carry cl 1 sv 1
}

policy_goes()
{
	join cl sv 1 8001
	timer '*[!)]'
	give
	ka cl policy del mine
	check_unset
	check_quiet policy
	ask_ok cl close 1
	ask_ok sv close 1
}

module_goes()
{
	join cl sv 1 8001
	give
	unload
	check_unset
	check_quiet module
	load
	ask_ok cl close 1
	ask_ok sv close 1
}

need_modules tcp_diag
topology cl sv
load
ends cl:cl sv:sv
for_each_family "when the policy goes" policy_goes
for_each_family "when the module goes" module_goes
finish
