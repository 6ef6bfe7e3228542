#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A client uses one port for two services that are translated to one server:
# where tcpka looks, both connections have one name. The second is left alone,
# and takes nothing from the first, which is busy, or from its end.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# Port 40001 to 9001 and to 9002; sockets 1 and 2 on both sides.
two()
{
	local i

	ask_ok sv listen 1000 "$S" 8001
	for i in 1 2; do
		tell sv accept 1000 "$i"
		ask_ok cl connect "$i" "$S" "900$i" 40001
		expect sv "ok*"
		carry cl "$i" sv "$i"
		carry sv "$i" cl "$i"
	done
	ask_ok sv close 1000
}

same_name()
{
	local i

	ka gw stats reset
	two
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
	for i in 1 2 3 4; do
		pass_time 40
		carry cl 1 sv 1 1000
		carry sv 1 cl 1 1000
	done
	take_stats gw
	check_stat expired_idle 0
	check_stat segments_invalid 0
	tell sv recv 1
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	expect sv ECONNRESET
	# all of the first is dropped for linger, and nothing of the second
	carry cl 2 sv 2 1000
	carry sv 2 cl 2 1000
	for i in 1 2; do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
	pass_time 61
}

dnat_to()
{
	use_family "$1"
	[ "$1" = ipv4 ] && echo "$S" || echo "[$S]"
}

need_modules nf_tables nft_chain_nat nft_nat nft_ct nf_conntrack
topology cl gw sv
ends cl:cl sv:sv
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet nat {
		chain in {
			type nat hook prerouting priority -100
			tcp dport {9001, 9002} dnat ip to $(dnat_to ipv4):8001
			tcp dport {9001, 9002} dnat ip6 to $(dnat_to ipv6):8001
		}
	}
RULES
load
policy gw expire on forward idle 60s
for_each_family "the second takes nothing from the first" same_name
finish
