#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A connection whose addresses the gateway itself translates is not spoken for:
# a segment of ours would leave untranslated, and an end that knows no such
# connection would answer by RST. So nothing is sent, and it lives.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# lives PORT-TO-CONNECT-TO PORT-OF-THE-SERVER
lives()
{
	ask_ok sv listen 1000 "$S" "$2"
	tell sv accept 1000 1
	ask_ok cl connect 1 "$S" "$1"
	expect sv "ok*"
	ask_ok sv close 1000
	carry cl 1 sv 1
	carry sv 1 cl 1
	pass_time 600
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	ask_ok cl close 1
	ask_ok sv close 1
	take_stats gw
	check_stat probes_sent 0
	check_stat rst_sent 0
}

need_modules nf_tables nft_chain_nat nft_masq nft_nat nf_conntrack
topology cl gw sv
ends cl:cl sv:sv
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet nat {
		chain in {
			type nat hook prerouting priority -100
			tcp dport 8003 dnat ip to $(use_family ipv4 && echo "$S"):8004
			tcp dport 8003 dnat ip6 to [$(use_family ipv6 && echo "$S")]:8004
		}
		chain out {
			type nat hook postrouting priority 100
			tcp dport 8001 masquerade
		}
	}
RULES
load
policy gw hold on forward keepalive 45s intvl 5s probes 3
for_each_family "masquerade: left alone" lives 8001 8001
for_each_family "another port: left alone" lives 8003 8004
finish
