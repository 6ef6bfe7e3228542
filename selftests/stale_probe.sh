#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A connection comes back from a flowtable, in which it has carried something:
# the timestamps that are known are of old. Recent Linux drops a probe with one
# of these unanswered, stricter stacks drop one without, so they alternate.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=lib_nft.sh
. "${0%/*}/lib_nft.sh"

offloaded()
{
	local i

	for i in 1 2 3; do
		pass_time 10
		carry cl 1 sv 1 5000
		carry sv 1 cl 1 5000
	done
}

# probed COUNT: so many probes were sent.
probed()
{
	take_stats gw
	stat probes_sent
	[ "$VALUE" -ge "$1" ]
}

# first_two CAPTURE FROM TO: the first without timestamp, the second with one.
first_two()
{
	local -a word

	find_segments "$1" "$2" "$3" "len == 0 && time > $SINCE + 5000000"
	read -ra word <<<"${FOUND[0]:-}"
	check_eq "the first's timestamp towards ${1%ipv*}" "${word[8]:-}" -
	read -ra word <<<"${FOUND[1]:-}"
	check_match "the second's timestamp towards ${1%ipv*}" "${word[8]:-}" \
		'^[0-9]+$'
}

both_ways()
{
	ka gw stats reset
	join cl sv 1 8001
	offloaded
	power_off cl gw
	power_off sv gw
	capture "client$family" gw cl
	capture "server$family" gw sv
	pass_time 50
	busywait 60 probed 4 || fail "probes: $VALUE"
	capture_stop "client$family" "server$family"
	power_on cl gw
	power_on sv gw
	first_two "client$family" "$S.8001" any
	first_two "server$family" any "$S.8001"
	pass_time 120
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 0
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	ask_ok cl close 1
	ask_ok sv close 1
}

need_modules nf_tables nft_flow_offload nf_flow_table_inet nft_ct nf_conntrack
topology cl gw sv
ends cl:cl sv:sv
flowtable cl sv
load
policy gw hold on forward keepalive 45s intvl 10s probes 4
for_each_family "probes with timestamps of old alternate" both_ways
finish
