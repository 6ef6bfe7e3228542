#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# A connection that the gateway has handed to a flowtable bypasses tcpka: as
# long as it does, it is neither idle nor silent. When it comes back, its clocks
# begin anew and its numbers are of old: they are asked for before anything is
# said.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=lib_nft.sh
. "${0%/*}/lib_nft.sh"

# Something now and then keeps it in the flowtable, for 30 s each.
busy()
{
	local i

	for i in 1 2 3 4 5 6 7 8; do
		pass_time 20
		carry cl 1 sv 1 5000
		carry sv 1 cl 1 5000
	done
}

not_judged()
{
	ka gw policy flush
	policy gw hold on forward keepalive 10s intvl 1s probes 3 idle 60s
	ka gw stats reset
	join cl sv 1 8001
	busy
	take_stats gw
	check_stat probes_sent 0
	check_stat expired_idle 0
	check_stat flows 1
	ask_ok cl close 1
	ask_ok sv close 1
	# later kernels have the FINs, too, go through the flowtable: 30 s
	busywait 60 no_flows || fail "flows are left"
}

no_flows()
{
	[ "$(ka gw -j flow count)" = '{"flows":0}' ]
}

# A firewall beyond forgets what is idle for 60 s.
held_open()
{
	ka gw policy flush
	policy gw hold on forward keepalive 45s intvl 5s probes 3
	ka gw stats reset
	join cl sv 1 8001
	busy
	pass_time 900
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 0
	stat probes_answered
	# an answer that passes has it offloaded again, for 30 s
	[ "$VALUE" -ge 16 ] || fail "answered: $VALUE"
	ask_ok cl close 1
	ask_ok sv close 1
}

# Everything that was carried since the first segments went past us.
asked_first()
{
	ka gw policy flush
	policy gw expire on forward idle 100s
	in_ns mid sysctl -qw \
		net.netfilter.nf_conntrack_tcp_timeout_established=3600
	ka gw stats reset
	join cl sv 1 8001
	busy
	tell sv recv 1
	capture "c$family" gw cl
	capture "s$family" mid sv
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	expect sv ECONNRESET
	pass_time 10
	capture_stop "c$family" "s$family"
	for side in "c$family $S.8001 any" "s$family any $S.8001"; do
		# shellcheck disable=SC2086 # words
		find_segments $side "len == 0 && time > $SINCE + 1000000"
		check_eq "towards ${side%% *}" "$(printf '%s\n' "${FOUND[@]}" |
			awk '{ print $4 }' | xargs)" ". R. ."
	done
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 2
	check_stat unforgeable 0
	in_ns mid sysctl -qw \
		net.netfilter.nf_conntrack_tcp_timeout_established=60
	ask_ok cl close 1
	ask_ok sv close 1
}

# The answers to the questions would have it offloaded again.
asked_before_fin()
{
	ka gw policy flush
	policy gw expire on forward idle 100s action fin
	in_ns mid sysctl -qw \
		net.netfilter.nf_conntrack_tcp_timeout_established=3600
	ka gw stats reset
	join cl sv 1 8001
	busy
	tell sv recv 1
	ask cl recv 1
	check_eq "the client's recv" "$SAID" eof
	expect sv eof
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 1
	take_stats gw
	check_stat expired_idle 1
	check_stat fin_completed 1
	check_stat fin_fell_back 0
	check_stat unforgeable 0
	in_ns mid sysctl -qw \
		net.netfilter.nf_conntrack_tcp_timeout_established=60
}

need_modules nf_tables nft_flow_offload nf_flow_table_inet nft_ct nf_conntrack
topology cl gw mid sv
ends cl:cl sv:sv
flowtable cl mid
firewall_beyond mid
load
for_each_family "not judged as long as it is offloaded" not_judged
for_each_family "a firewall beyond is held open" held_open
for_each_family "asked for its numbers first" asked_first
for_each_family "asked for its numbers before a FIN" asked_before_fin
finish
