# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh and the tests share
#
# What TCP over loopback takes, without the module and with policies. Sourced
# after lib.sh by what sets rounds, requests and chunks, and has made 20 pairs
# with the program b, a tcp_cost on cl.

# cost_sample STATE: adds what one request and one chunk take, in ps.
cost_sample()
{
	ask_ok b room
	ask_ok b ask "$requests"
	echo $((${SAID#ok } * 1000 / requests)) >>"$work/request.$1"
	ask_ok b room
	ask_ok b bulk "$chunks"
	echo $((${SAID#ok } * 1000 / chunks)) >>"$work/chunk.$1"
}

# cost_ruled POLICY WORD...: of both ends of all connections.
cost_ruled()
{
	policy cl "$@" keepalive 60s idle 1d
	busywait 5 cost_given 60 || fail "sockets that have keepalive: $SAID"
}

cost_given()
{
	ask b given "$1"
	[ "$SAID" = "ok 40" ]
}

# The first round makes room, and fills what is kept from one to the next.
cost_measure()
{
	local -i i

	for ((i = 0; i <= rounds; i++)); do
		cost_sample without
		load
		cost_ruled local on local
		cost_sample on-local
		ka cl policy flush
		cost_ruled both all
		cost_sample both
		unload
		cost_given 0 || fail "sockets without keepalive: $SAID"
		((i)) || rm "$work"/{request,chunk}.*
	done
}
