#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A policy without MATCH is refused unless "all" is written; "policy test"
# tells what would happen and changes nothing; a new policy ends nothing at
# once.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

all_is_written()
{
	ka gw policy add x idle 1h 2>/dev/null
	check_eq "exit status without MATCH" "$?" 1
	ka gw policy add x all idle 1h
	check_eq "exit status with all" "$?" 0
	ka gw policy del x
}

# would WORD... RULE EXPIRE
would()
{
	local said

	said=$(ka gw -j policy test "${@:1:$#-2}") || fail "policy test"
	check_json "$said" would_rule "${*: -2:1}"
	check_json "$said" would_expire "${*: -1}"
}

tells()
{
	local before since said

	policy gw watch prio 5000 on forward idle 1d
	join cl sv 1 8001
	pass_time 300
	join cl sv 2 8002
	before=$(ka gw -j policy list)
	would on forward idle 200s 2 1
	would on forward idle 1h 2 0
	would on forward dport 8001 idle 200s 1 1
	would on forward dport 8002 idle 200s 1 0
	would on forward dport 8003 idle 200s 0 0
	would on forward max-age 200s 2 1
	would all idle 200s 2 1
	said=$(ka cl -j policy test on local idle 200s) || fail "policy test"
	check_json "$said" would_rule 2
	check_json "$said" would_expire 1
	check_eq "policies" "$(ka gw -j policy list)" "$before"
	since=${EPOCHREALTIME/./}
	policy gw expire on forward dport 8001 idle 200s
	ask cl recv 1
	check_eq "recv" "$SAID" ECONNRESET
	check_due "it expires" "$since" "$WHEN" 200
	carry cl 2 sv 2
	for i in 1 2; do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
	ka gw policy flush
}

topology cl gw sv
load
ends cl:cl sv:sv
try "without MATCH only if all is written" all_is_written
for_each_family "policy test tells, and a new policy waits" tells
finish
