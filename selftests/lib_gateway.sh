# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A second gateway between the ends. Sourced instead of lib.sh.

# shellcheck source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# second_gateway WORD: a gateway gw2 between cl and sv, besides gw, in a network
# namespace that is named after WORD. Its links are numbered 8 and 9, where it is
# side 1. Neighbours are permanent: a router without a link-local address cannot
# ask for them.
second_gateway()
{
	local k side

	busywait 20 no_links || die "the last second gateway is still there"
	ns[gw2]=$row_name-gw2-$1
	{
		echo "netns add ${ns[gw2]}"
		for k in 8 9; do
			side=$(far_side "$k")
			echo "link add gw2 netns ${ns[$side]}" \
				"address 02:00:00:00:0$k:02 type veth" \
				"peer name $side netns ${ns[gw2]}" \
				"address 02:00:00:00:0$k:01"
		done
	} | ip -batch - || die "no second gateway"
	for k in 8 9; do
		side=$(far_side "$k")
		{
			link_config "$k" 2 gw2
			echo "route add 10.77.$((17 - k)).0/24 via 10.77.$k.1"
			echo "route add fd77:$((17 - k))::/64 via fd77:$k::1"
		} | ip -n "${ns[$side]}" -batch - ||
			die "no link to the second gateway"
		link_config "$k" 1 "$side"
	done | ip -n "${ns[gw2]}" -batch - || die "no second gateway"
	in_ns gw2 sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
	busywait 20 links_ready cl sv gw2 ||
		die "the second gateway's links are not ready"
}

# The links go some time after their namespace.
no_links()
{
	! ip -n "${ns[cl]}" link show gw2 && ! ip -n "${ns[sv]}" link show gw2
} >/dev/null 2>&1

far_side()
{
	[ "$1" = 8 ] && echo cl || echo sv
}

# go_there GATEWAY, go_back GATEWAY: one end alone sends by it from now on, the
# client or the server.
go_there()
{
	go_one "$1" cl 8 "$S" 9 "$C"
}

go_back()
{
	go_one "$1" sv 9 "$C" 8 "$S"
}

# go_one GATEWAY NODE LINK DESTINATION LINK SOURCE
go_one()
{
	if [ "$1" = gw2 ]; then
		ip -n "${ns[$2]}" route replace "$4" via "$(net_of "$3")1" \
			src "$6"
		ip -n "${ns[gw2]}" route replace "$4" via "$(net_of "$5")2"
	else
		ip -n "${ns[$2]}" route del "$4" via "$(net_of "$3")1"
	fi
}

# go_by GATEWAY: both ends do.
go_by()
{
	go_there "$1"
	go_back "$1"
}

net_of()
{
	[ "$family" = ipv4 ] && echo "10.77.$1." || echo "fd77:$1::"
}
