#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# probes_sent and rst_sent are what left the gateway, as the captures on both
# sides show it; also where the route is gone, or a rule drops: those count as
# send_errors, and such an end is not dead.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# own FLAGS: how many such segments went out by one device that had not come
# in by the other. They may have come and gone in the same microsecond.
own()
{
	sort -s -k1,1n -k12,12nr "$out/client$family.segments" \
		"$out/server$family.segments" | awk -v server="$S.8001" \
		-v flags="$1" '
		$2 != server && $3 != server { next }
		{
			key = $2 " " $3 " " $4 " " $5 " " $6 " " $7 " " $8 \
			      " " $9 " " $10
		}
		# as it comes from the ends, which are one hop away
		$12 == 64 { came[key]++; next }
		came[key] > 0 { came[key]--; next }
		$4 ~ flags { n++ }
		END { print n + 0 }'
}

# counted FUNCTION: between captures and counters that begin together.
counted()
{
	ka gw stats reset || fail "stats reset"
	capture "client$family" gw cl
	capture "server$family" gw sv
	join cl sv 1 8001
	"$1"
	capture_stop "client$family" "server$family"
	take_stats gw
	check_stat probes_sent "$(own '^[.]$')"
	check_stat rst_sent "$(own R)"
	ask_ok cl vanish 1
	ask_ok sv vanish 1
	pass_time 70
}

# Ten rounds, then the end, which each end answers to its checks by RST.
plain()
{
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	pass_time 10
	take_stats gw
	check_stat send_errors 0
}

routes()
{
	ip -n "${ns[gw]}" -batch - <<-CONFIG
		route $1 10.77.1.0/24 dev sv
		route $1 fd77:1::/64 dev sv
	CONFIG
}

check_held_up()
{
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 0
	stat send_errors
	[ "$VALUE" -gt 3 ] || fail "send errors: $VALUE"
}

no_route()
{
	routes del
	pass_time 300
	check_held_up
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
	routes add
	pass_time 100
	carry cl 1 sv 1
}

dropped()
{
	in_ns gw nft -f - <<-RULES || fail "no nft"
		table inet t {
			chain c {
				type filter hook postrouting priority 0
				oifname sv tcp dport 8001 drop
			}
		}
	RULES
	pass_time 300
	check_held_up
	in_ns gw nft delete table inet t
	pass_time 100
	carry cl 1 sv 1
}

need_modules nf_tables
topology cl gw sv
load
ends cl:cl sv:sv
policy gw watch on forward keepalive 50s intvl 5s probes 4 idle 520s
for_each_family "probes and RST" counted plain
for_each_family "no route" counted no_route
for_each_family "a rule drops" counted dropped
finish
