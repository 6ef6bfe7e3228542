#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A listener of MPTCP (as all programs in newer Go have) gets plain TCP from
# peers that speak no other: such a connection is ruled, from before it is
# accepted.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

given()
{
	ask odd get
	[ "$SAID" = "ok keepalive=1" ]
}

listens()
{
	program odd sv "$bin/tcp_odd"
	ask odd listen "$S" 8001
	check_eq "listen" "$SAID" ok
	ask_ok cl connect 1 "$S" 8001
}

counted()
{
	[ "$(ka sv -j flow count on local)" = '{"flows":1}' ]
}

is_given()
{
	busywait 10 counted || fail "not tracked before it is accepted"
	ask_ok odd accept
	busywait 10 given || fail "the accepted socket: $SAID"
	ask_ok cl close 1
	ask odd recv
	check_eq "recv" "$SAID" eof
	ask_ok odd close
	stop_program odd
}

new()
{
	listens
	is_given
}

living()
{
	ka sv policy flush
	listens
	policy sv mine on local dport 8001 keepalive 60s
	is_given
}

topology cl sv
in_ns sv sysctl -qw net.mptcp.enabled=1 || skip_all "needs MPTCP"
load
ends cl:cl
policy sv mine on local dport 8001 keepalive 60s
for_each_family "a connection that comes" new
for_each_family "one that was there, not accepted" living
finish
