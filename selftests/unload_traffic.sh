#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# The module unloads at any moment, under traffic, with probes outstanding,
# tombstones, a monitor: the traffic goes on, and nothing more is sent. It
# loads again with nothing left of before.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# Socket 1 carries data all the time, 2 is being probed, 3 was ended and one
# end has not heard of it.
under_load()
{
	local i

	policy gw watch on forward keepalive 10s intvl 5s probes 100
	policy gw brief prio 1 on forward dport 8003 idle 10s
	for i in 1 2 3; do
		join cl sv "$i" "800$i"
	done
	power_off sv gw
	ask cl recv 3
	check_eq "the ended one" "$SAID" ECONNRESET
	pass_time 8
	power_on sv gw
	tell cl send 1 10000000
	tell sv recv 1 10000000
}

check_after()
{
	expect cl ok
	expect sv "ok 10000000"
	# a delayed acknowledgment
	pass_time 1
	capture "after$family" gw sv
	pass_time 100
	capture_stop "after$family"
	find_segments "after$family" any any
	check_eq "segments afterwards" "${#FOUND[@]}" 0
	carry cl 2 sv 2
}

unloads()
{
	load
	monitor gw
	under_load
	unload
	check_after
	stop_program monitor
	load
	check_eq "policies" "$(ka gw -j policy list)" '[]'
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
	take_stats gw
	check_stat flows_created 0
	unload
	for i in 1 2 3; do
		ask_ok cl vanish "$i"
		ask_ok sv vanish "$i"
	done
}

topology cl gw sv
ends cl:cl sv:sv
for_each_family "traffic goes on" unloads
finish
