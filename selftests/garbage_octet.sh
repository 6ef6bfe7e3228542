#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# An end's own keepalives that carry a garbage octet, which was acknowledged
# already (as AIX sends them), are no payload: idle fires all the same.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

garbage()
{
	local from

	ka gw stats reset policy expire || fail "stats reset"
	meet rc sv 1 4000 8001 ts sack
	from=${EPOCHREALTIME/./}
	ask_ok rc seg PA len=10
	ask sv recv 1 10
	check_eq "recv" "$SAID" "ok 10"
	tell sv recv 1
	ask rc run 900 ack 75
	check_match "the scripted end" "$SAID" "rst=1"
	check_due "its RST" "$from" "$WHEN" 600
	expect sv ECONNRESET
	take_stats gw policy expire
	check_stat expired_idle 1
}

topology cl gw sv
load
ends sv:sv
scripted rc cl gw
policy gw expire on forward idle 600s
for_each_family "a garbage octet keeps nothing alive" garbage
finish
