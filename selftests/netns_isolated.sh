#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Two namespaces with the same addresses and ports do not see each other:
# policies, flows, counters, settings, events, kills.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

isolated()
{
	local i

	policy gw one on forward idle 1h
	policy gw2 two on forward idle 2h
	for i in gw gw2; do
		ka "$i" stats reset
	done
	join cl sv 1 8001 40001
	join cl2 sv2 1 8001 40001
	json "$(ka gw -j flow list state established)" policy
	check_eq "policy here" "$VALUE" one
	json "$(ka gw2 -j flow list state established)" policy
	check_eq "policy there" "$VALUE" two
	check_eq "flows here" "$(ka gw -j flow count state established)" '{"flows":1}'
	check_eq "flows there" "$(ka gw2 -j flow count state established)" '{"flows":1}'
	ka gw flow kill all >/dev/null || fail "flow kill"
	ask cl recv 1
	check_eq "recv here" "$SAID" ECONNRESET
	event '"event":"killed"'
	carry cl2 1 sv2 1
	carry sv2 1 cl2 1
	take_stats gw2
	check_stat killed 0
	check_stat rst_sent 0
	check_stat flows_created 1
	ka gw2 flow kill all >/dev/null || fail "flow kill"
	ask cl2 recv 1
	check_eq "recv there" "$SAID" ECONNRESET
	no_event
	for i in "" 2; do
		ask_ok "cl$i" close 1
		ask_ok "sv$i" close 1
	done
}

settings()
{
	local before

	before=$(ka gw -j config)
	ka gw2 config set max-flows 17 linger 5s || fail "config set"
	check_eq "settings here" "$(ka gw -j config)" "$before"
	check_json "$(ka gw2 -j config)" max_flows 17
	ka gw2 policy flush
	check_match "policies here" "$(ka gw -j policy list)" '"one"'
}

topology cl gw sv
row_name=${row_name}b
topology cl2 gw2 sv2
load
ends cl:cl sv:sv cl2:cl2 sv2:sv2
monitor gw flow
for_each_family "flows, counters, events and kills" isolated
try "settings and policies" settings
finish
