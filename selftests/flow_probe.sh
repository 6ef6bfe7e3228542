#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A user may probe as often as he likes: it kills nobody that keepalive alone
# would have let live, and who is dead is found all the same.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

probe()
{
	local i

	for i in 1 2 3; do
		json "$(ka gw -j flow probe dport 8001)" matched
		check_eq "matched" "$VALUE" 1
	done
}

fresh()
{
	ka gw stats reset
	join cl sv 1 8001
}

answered()
{
	local i

	fresh
	# Linux answers what is not acceptable twice a second
	for i in 1 2 3; do
		ka gw flow probe dport 8001 >/dev/null || fail "flow probe"
		pass_time 1
	done
	take_stats gw
	check_stat probes_sent 6
	check_stat replies_absorbed 6
	ask_ok cl close 1
	ask_ok sv close 1
	event '"event":"closed"'
}

# An outage of 5 s in which it was asked more often than probes says.
outage()
{
	fresh
	power_off sv gw
	probe
	pass_time 5
	power_on sv gw
	pass_time 120
	no_event
	take_stats gw
	check_stat peers_dead 0
	carry cl 1 sv 1
	carry sv 1 cl 1
	ask_ok cl close 1
	ask_ok sv close 1
	event '"event":"closed"'
}

# Keepalive goes on from the first probe that it owes an answer to.
dead()
{
	fresh
	power_off sv gw
	probe
	event '"event":"dead"' 75
	check_json "$EVENT" by responder
	expect_reset
	power_on sv gw
	ask_ok sv vanish 1
}

expect_reset()
{
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
}

topology cl gw sv
load
ends cl:cl sv:sv
policy gw watch on forward keepalive 60s intvl 5s probes 2
monitor gw flow
for_each_family "each probe is answered" answered
for_each_family "probes in an outage kill nobody" outage
for_each_family "the dead are found" dead
finish
