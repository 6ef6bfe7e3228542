#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Both ends are cut off from the gateway: it hears neither any more, sends no
# RST, and the connection, which goes another way meanwhile, lives.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# A second gateway beside the first.
detour()
{
	local k side

	ns[gw2]=$row_name-gw2
	{
		echo "netns add ${ns[gw2]}"
		echo "link add gw2 netns ${ns[cl]} type veth" \
			"peer name cl netns ${ns[gw2]}"
		echo "link add gw2 netns ${ns[sv]} type veth" \
			"peer name sv netns ${ns[gw2]}"
	} | ip -batch - || die "no second gateway"
	for k in cl:8 sv:9; do
		side=${k%:*}
		ip -n "${ns[$side]}" -batch - <<-CONFIG
			link set gw2 up
			addr add 10.77.${k#*:}.2/24 dev gw2
			addr add fd77:${k#*:}::2/64 dev gw2 nodad
		CONFIG
		ip -n "${ns[gw2]}" -batch - <<-CONFIG
			link set $side up
			addr add 10.77.${k#*:}.1/24 dev $side
			addr add fd77:${k#*:}::1/64 dev $side nodad
		CONFIG
	done
	in_ns gw2 sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
	ip -n "${ns[gw2]}" -batch - <<-CONFIG
		route add 10.77.0.1/32 via 10.77.8.2
		route add fd77::1/128 via fd77:8::2
		route add 10.77.1.2/32 via 10.77.9.2
		route add fd77:1::2/128 via fd77:9::2
	CONFIG
}

# go_round DO END...: it reaches the other by the second gateway, or not.
go_round()
{
	local end

	for end in "${@:2}"; do
		if [ "$end" = cl ]; then
			echo "route $1 10.77.1.2/32 via 10.77.8.1"
			echo "route $1 fd77:1::2/128 via fd77:8::1"
		else
			echo "route $1 10.77.0.1/32 via 10.77.9.1"
			echo "route $1 fd77::1/128 via fd77:9::1"
		fi | ip -n "${ns[$end]}" -batch - || die "no detour"
	done
}

check_forgotten()
{
	event '"event":"dead"' 200
	check_json "$EVENT" reason both-silent
	pass_time 30
	no_event
	take_stats gw
	check_stat rst_sent 0
	check_stat both_silent 1
	check_stat flows 0
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
}

# The probes arrive, their answers go the other way. One end moves first, and
# is silent first: not even then the other one may be told.
moved()
{
	join cl sv 1 8001
	go_round add "$1"
	pass_time 5
	carry "$2" 1 "$1" 1
	go_round add "$2"
	check_forgotten
	go_round del cl sv
}

# The probes are lost, too.
cut_off()
{
	join cl sv 1 8002
	go_round add cl sv
	power_off cl gw
	power_off sv gw
	check_forgotten
	power_on cl gw
	power_on sv gw
	go_round del cl sv
}

# One way after the other: the server has answered a probe that the client has
# not, and falls silent before the client's last one.
one_by_one()
{
	join cl sv 1 8003
	go_round add cl sv
	power_off cl gw
	pass_time 45
	power_off sv gw
	check_forgotten
	power_on cl gw
	power_on sv gw
	go_round del cl sv
}

fresh()
{
	ka gw stats reset || fail "stats reset"
	"$@"
	ask_ok cl vanish 1
	ask_ok sv vanish 1
}

topology cl gw sv
detour
load
ends cl:cl sv:sv
policy gw watch on forward keepalive 60s intvl 10s probes 3
policy gw often on forward dport 8003 prio 1 keepalive 20s intvl 10s probes 6
monitor gw flow
for_each_family "the server moved away first: no RST, it lives" \
	fresh moved sv cl
for_each_family "the client moved away first: no RST, it lives" \
	fresh moved cl sv
for_each_family "the gateway is cut off: no RST, it lives" fresh cut_off
for_each_family "one end after the other is cut off: no RST" fresh one_by_one
finish
