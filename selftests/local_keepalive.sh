#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Local sockets whose program never asked get keepalive from a policy: those
# that live already and new ones, that connected and that accepted. A dead peer
# is found, and the program gets ETIMEDOUT.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# given END SOCK
given()
{
	busywait 5 given_now "$@" || fail "$1's socket $2: $SAID"
}

given_now()
{
	ask "$1" get "$2"
	[[ $SAID == "ok keepalive=1 idle=60 intvl=10 cnt=3 "* ]]
}

gets()
{
	local settings=(keepalive 60s intvl 10s probes 3)

	# who opened a living connection is guessed from who listens
	ask_ok sv listen 2000 "$S" 8003
	tell sv accept 2000 1
	ask_ok cl connect 1 "$S" 8003
	expect sv ok
	policy cl mine on local "${settings[@]}"
	policy sv mine on local dport 8001-8003 "${settings[@]}"
	join cl sv 2 8001
	join cl sv 3 8004
	for i in 1 2; do
		given cl "$i"
		given sv "$i"
	done
	given cl 3
	ask sv get 3
	check_match "what no policy matches" "$SAID" '^ok keepalive=0 '
	# the same, seen through tcpka
	check_eq "flows" "$(ka cl -j flow count policy mine)" '{"flows":3}'
	check_match "flow list" "$(ka cl -j flow list dport 8004)" '"local"'
	for i in 1 2 3; do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
	ask_ok sv close 2000
	ka sv policy flush
}

# The kernel's own timer may be an eighth late, and rounds up.
peer_dead()
{
	policy cl mine on local keepalive 60s intvl 10s probes 3
	join cl sv 1 8001
	given cl 1
	power_off sv cl
	ask cl recv 1
	check_eq "recv" "$SAID" ETIMEDOUT
	((WHEN - SINCE >= 90000000 && WHEN - SINCE <= 103000000)) ||
		fail "told after $((WHEN - SINCE)) us, expected 90 to 103 s"
	event '"event":"dead"'
	check_json "$EVENT" kind local
	check_json "$EVENT" by responder
	power_on sv cl
	ask_ok sv vanish 1
	ask_ok cl close 1
	ka cl policy flush
}

# What found no room is tried again when there may be some.
crowded()
{
	ka cl config set max-flows 1
	policy cl mine on local keepalive 60s intvl 10s probes 3
	join cl sv 1 8001
	join cl sv 2 8001
	given cl 1
	ask cl get 2
	check_match "the second" "$SAID" '^ok keepalive=0 '
	pass_time 30
	ask_ok cl close 1
	ask_ok sv close 1
	busywait 30 given_now cl 2 || fail "the second: $SAID"
	ask_ok cl close 2
	ask_ok sv close 2
	ka cl policy flush
	ka cl config set max-flows 1000
}

topology cl sv
load
ends cl:cl sv:sv
for_each_family "living and new sockets, on both sides" gets
monitor cl flow
for_each_family "the peer is dead: ETIMEDOUT" peer_dead
for_each_family "room is found later" crowded
finish
