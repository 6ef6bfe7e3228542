#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# Two zones of conntrack on one gateway, routed by the device through which
# segments come, and in each a connection with the same addresses and ports:
# they are told apart, and what is sent in an end's name leaves where its own
# segments do. One tuple in many zones is as good as many tuples.

# shellcheck source=lib_twins.sh
. "${0%/*}/lib_twins.sh"

# route_pair CLIENTS SERVERS TABLE SUFFIX
route_pair()
{
	echo "route add $1 dev cl$4 table $3"
	echo "route add $2 dev sv$4 table $3"
	echo "rule add iif cl$4 lookup $3"
	echo "rule add iif sv$4 lookup $3"
}

routes()
{
	local -a way=(10.77.0.0/24 10.77.1.0/24)

	[ "$1" = 4 ] || way=(fd77:0::/64 fd77:1::/64)
	route_pair "${way[@]}" 101 "" >"$work/routes"
	route_pair "${way[@]}" 102 2 >>"$work/routes"
	# what this machine has to say itself
	echo "rule add iif lo lookup 101" >>"$work/routes"
	ip "-$1" -n "${ns[gw]}" -batch "$work/routes" || die "no routes"
}

many=100

ruled()
{
	json "$(ka gw -j policy list)" flows
	[ "$VALUE" = "$1" ]
}

crowd()
{
	local -i i

	in_ns gw nft -f - <<-RULES || skip_all "no nft"
		flush ruleset
		table inet zones {
			chain in {
				type filter hook prerouting priority -300
				ct zone set tcp window map {
					$(zone_map)
				}
			}
		}
	RULES
	ka gw policy flush
	ka gw stats reset
	policy gw many on forward half-open 1h
	for ((i = 1; i <= many; i++)); do
		ask_ok rc open "$CR" 6001 "$SR" 80 win="$i"
		ask_ok rc seg S
	done
	take_stats gw
	check_stat flows_created "$many"
	check_stat flows_refused 0
	policy gw many on forward half-open 2h
	busywait 5 ruled "$many" || fail "of the new policy: $VALUE flows"
	check_eq "kill" "$(ka gw -j flow kill all with drop)" \
		"{\"matched\":$many,\"ended\":$many,\"refused\":0}"
	ka gw policy flush
}

zone_map()
{
	local -i i

	for ((i = 1; i <= many; i++)); do
		echo "$i : $i,"
	done
}

need_modules nf_tables nft_ct nf_conntrack
topology cl gw sv
twins
twin_devices 2
routes 4
routes 6
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet zones {
		chain in {
			type filter hook prerouting priority -300
			iifname {cl, sv} ct zone set 1
			iifname {cl2, sv2} ct zone set 2
		}
		chain forward {
			type filter hook forward priority 0
			ct state invalid drop
		}
	}
RULES
load
ends cl:cl sv:sv cl2:cl2 sv2:sv2
for_each_family "two zones" apart
for_errors "two zones"
scripted rc cl gw
for_each_family "one tuple in $many zones" crowd
finish
