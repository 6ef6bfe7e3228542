#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 240
#
# ICMP errors that our segments cause, from a router beyond us or from this
# machine itself, do not reach the end in whose name they were sent, which is
# judged by its silence alone. What an end's own segments cause, it gets.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

begin()
{
	ka gw policy flush
	policy gw watch on forward "$@"
	ka gw stats reset
	capture client cl gw "tcp or icmp or icmp6"
	capture router gw rt "tcp or icmp or icmp6"
	join cl sv 1 "$port"
}

# errors CAPTURE: how many ICMP errors are in it, into VALUE.
errors()
{
	VALUE=$(tcpdump -r "$out/$1.pcap" -n "icmp or icmp6" 2>/dev/null |
		grep -Ec "unreachable|exceeded|too big|need to frag")
}

# check_errors CAPTURE LEAST: ICMP errors in it; 0 is none at all.
check_errors()
{
	errors "$1"
	((VALUE >= $2 && ($2 || !VALUE))) ||
		fail "ICMP errors in $1: $VALUE, expected $2"
}

# absorbed LEAST
absorbed()
{
	take_stats gw
	stat replies_absorbed
	[ "$VALUE" -ge "$1" ] || fail "replies_absorbed: $VALUE"
	check_stat send_errors 0
}

# A router beyond us that has no way to the server.
no_way()
{
	ip -n "${ns[rt]}" route add unreachable "$S"
}

way()
{
	ip -n "${ns[rt]}" route del unreachable "$S"
}

dead()
{
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 90
	# the RST is checked
	pass_time 5
}

over()
{
	ask_ok cl close 1
	ask_ok sv vanish 1
	pass_time 61
}

# Three probes, a RST and two checks.
from_router()
{
	begin keepalive 60s intvl 10s probes 3
	no_way
	dead
	capture_stop client router
	check_errors router 5
	check_errors client 0
	absorbed 7
	take_stats gw
	check_stat peers_dead 1
	way
	over
}

# The next hop does not answer: this machine says so itself, of each.
from_here()
{
	local ip=10.77.1.2

	[ "$family" = ipv4 ] || ip=fd77:1::2
	begin keepalive 60s intvl 10s probes 3
	power_off rt gw
	ip -n "${ns[gw]}" neigh del "$ip" dev rt
	dead
	capture_stop client router
	check_errors client 0
	absorbed 3
	ip -n "${ns[gw]}" neigh replace "$ip" lladdr 02:00:00:00:01:02 \
		dev rt nud permanent
	power_on rt gw
	over
}

# So it does of the first segment that is ever sent here, a RST that a user asks
# for: nothing was looked at before.
first()
{
	local ip=10.77.1.2

	[ "$family" = ipv4 ] || ip=fd77:1::2
	begin idle 1d
	power_off rt gw
	ip -n "${ns[gw]}" neigh del "$ip" dev rt
	check_match "kill" "$(ka gw -j flow kill dport "$port")" '"ended":1,'
	pass_time 20
	capture_stop client router
	check_errors client 0
	absorbed 1
	ip -n "${ns[gw]}" neigh replace "$ip" lladdr 02:00:00:00:01:02 \
		dev rt nud permanent
	power_on rt gw
	over
}

# Not a verdict: the next probe is answered.
not_dead()
{
	begin keepalive 60s intvl 10s probes 3
	no_way
	pass_time 75
	way
	pass_time 200
	capture_stop client router
	check_errors router 2
	check_errors client 0
	take_stats gw
	check_stat peers_dead 0
	stat probes_answered
	[ "$VALUE" -ge 4 ] || fail "answered: $VALUE"
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 1
}

# The client's program has not closed: its socket would be told.
fin()
{
	begin idle 60s action fin
	no_way
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	pass_time 20
	capture_stop client router
	check_errors router 4
	check_errors client 0
	absorbed 4
	ask cl error 1
	check_eq "the error of its socket" "$SAID" "ok 0"
	way
	ask_ok cl close 1
	ask_ok sv vanish 1
	pass_time 130
}

# What the client sends itself, its keepalive and its payload, the router beyond
# cannot deliver either. All of that before our first probe.
own()
{
	begin keepalive 120s intvl 10s probes 9
	ask_ok cl set 1 idle 30
	ask_ok cl set 1 intvl 1
	ask_ok cl set 1 cnt 9
	ask_ok cl set 1 keepalive 1
	no_way
	pass_time 34
	ask_ok cl send 1 100
	pass_time 5
	way
	take_stats gw
	check_stat replies_absorbed 0
	ask sv recv 1 100
	check_eq "the server reads" "$SAID" "ok 100"
	capture_stop client router
	# four keepalives at least, and payload; all that the router has said
	check_errors router 5
	check_errors client "$VALUE"
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 1
}

# A smaller MTU further on: only the error tells the client of it.
too_big()
{
	begin keepalive 60s intvl 10s probes 3
	ip -n "${ns[rt]}" link set sv mtu 1300
	carry cl 1 sv 1 5000
	ip -n "${ns[rt]}" link set sv mtu 1500
	capture_stop client router
	check_errors client 1
	check_errors router 1
	take_stats gw
	check_stat replies_absorbed 0
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 1
}

need_modules nf_tables nft_chain_nat nft_masq nf_conntrack sch_ingress
topology cl gw rt sv
ends cl:cl sv:sv
for node in rt gw; do
	in_ns "$node" sysctl -qw net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0
done
load
port=8001
for_each_family "a router cannot deliver" from_router
for_each_family "the next hop is silent" from_here
for_each_family "of the first segment of all" first
for_each_family "an error, then an answer" not_dead
for_each_family "closing by FIN" fin
for_each_family "an end's own segments" own
for_each_family "an end's segments are too big" too_big
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet nat {
		chain out {
			type nat hook postrouting priority 100
			tcp dport 8002 masquerade
		}
	}
RULES
port=8002
for_each_family "masquerade: a router cannot deliver" from_router
for_each_family "masquerade: the next hop is silent" from_here
for_each_family "masquerade: an end's own segments" own
finish
