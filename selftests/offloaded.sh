#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A connection that the gateway has offloaded to a flowtable is heard no more:
# that it is silent says nothing, and nothing is sent to its ends.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# Something now and then keeps it in the flowtable, for 30 s each.
lives()
{
	local i

	join cl sv 1 8001
	for i in 1 2 3 4 5 6 7 8; do
		pass_time 20
		carry cl 1 sv 1 5
		carry sv 1 cl 1 5
	done
	pass_time 600
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	ask_ok cl close 1
	ask_ok sv close 1
	take_stats gw
	check_stat probes_sent 0
	check_stat rst_sent 0
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
policy gw hold on forward keepalive 10s intvl 1s probes 3
for_each_family "left alone" lives
finish
