#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Two zones of conntrack on one gateway, routed by the device through which
# segments come, and in each a connection with the same addresses and ports:
# they are told apart, and what is sent in an end's name leaves where its own
# segments do.

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
	ip "-$1" -n "${ns[gw]}" -batch "$work/routes" || die "no routes"
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
finish
