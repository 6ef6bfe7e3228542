#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# idle beside keepalive, of connections in a flowtable: what an answer to a
# probe takes there anew is no payload. A connection that carries nothing for
# the time of its policy is ended once it has come back, and no sooner; one that
# carries something, which nobody here sees, lives.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

begin()
{
	ka gw policy flush
	policy gw hold on forward keepalive 45s intvl 5s probes 3 idle 200s
	ka gw stats reset
	join cl sv 1 8001
}

# busy TIMES: payload every 20 s, so it stays in the flowtable.
busy()
{
	local i

	for ((i = 0; i < $1; i++)); do
		pass_time 20
		carry cl 1 sv 1 5000
		carry sv 1 cl 1 5000
	done
}

ended()
{
	local late

	begin
	busy 8
	tell sv recv 1
	tell cl recv 1
	hear cl 400 || die "idle for 400 s, and not ended"
	check_eq "the client's recv" "$SAID" ECONNRESET
	late=$((WHEN - SINCE - 200000000))
	# A probe's answer may have taken it there for 30 s; then it is seen
	# within 5 s that it is back, and each end is asked for its number.
	((late >= 0 && late < 45000000)) ||
		fail "$late us late at 200 s"
	expect sv ECONNRESET
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 2
	check_stat peers_dead 0
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

lives()
{
	begin
	busy 30
	pass_time 100
	carry cl 1 sv 1 5000
	pass_time 150
	carry sv 1 cl 1 5000
	take_stats gw
	check_stat expired_idle 0
	check_stat flows 1
	stat probes_answered
	[ "$VALUE" -ge 2 ] || fail "answered: $VALUE"
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

need_modules nf_tables nft_flow_offload nf_flow_table_inet nft_ct nf_conntrack
topology cl gw sv
ends cl:cl sv:sv
in_ns gw nft -f - <<-RULES || skip_all "no flowtable"
	table inet filter {
		flowtable fast {
			hook ingress priority 0
			devices = { cl, sv }
		}
		chain forward {
			type filter hook forward priority 0
			tcp dport 8001 ct state established flow add @fast
		}
	}
RULES
load
for_each_family "nothing is carried: it is ended" ended
for_each_family "something is carried: it lives" lives
finish
