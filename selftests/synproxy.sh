#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Behind SYNPROXY each end counts from another number than its peer says, and
# this machine adjusts them: nothing is sent in an end's name, a counter counts
# it, the event and the list say why, and the connection goes on.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

adjusted()
{
	ka gw policy flush
	policy gw expire on forward idle 100s keepalive 45s
	ka gw stats reset
	capture "cl$family" gw cl
	capture "sv$family" gw sv
	join cl sv 1 8001
	json "$(ka gw -j flow list)" obstacle
	check_eq "the obstacle" "$VALUE" adjusted
	event '"event":"expired"'
	check_json "$EVENT" reason idle
	check_json "$EVENT" obstacle adjusted
	pass_time 10
	capture_stop "cl$family" "sv$family"
	find_segments "cl$family" "$S.8001" any 'flags ~ /R/'
	check_eq "RSTs to the client" "${#FOUND[@]}" 0
	find_segments "sv$family" any "$S.8001" 'flags ~ /R/'
	check_eq "RSTs to the server" "${#FOUND[@]}" 0
	take_stats gw
	check_stat expired_idle 1
	check_stat unforgeable 1
	check_stat probes_sent 0
	check_stat rst_sent 0
	carry cl 1 sv 1
	carry sv 1 cl 1
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

no_flows()
{
	[ "$(ka gw -j flow count)" = '{"flows":0}' ]
}

# Nothing but conntrack knows when its ends have closed it.
closed()
{
	ka gw policy flush
	policy gw expire on forward keepalive 45s
	ka gw stats reset
	join cl sv 1 8001
	json "$(ka gw -j flow list)" obstacle
	check_eq "the obstacle" "$VALUE" adjusted
	ask_ok cl close 1
	ask_ok sv close 1
	busywait 2 no_flows || fail "flows: $(ka gw -j flow list)"
	take_stats gw
	check_stat flows_closed 1
}

need_modules nf_tables nft_ct nf_conntrack nf_synproxy_core nft_synproxy
topology cl gw sv
in_ns gw nft -f - <<-RULES || skip_all "no SYNPROXY"
	table inet proxy {
		chain raw {
			type filter hook prerouting priority -300
			tcp dport 8001 tcp flags syn notrack
		}
		chain forward {
			type filter hook forward priority 0
			tcp dport 8001 ct state invalid,untracked \
				synproxy mss 1460 wscale 7 timestamp sack-perm
			ct state invalid drop
		}
	}
RULES
in_ns gw sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 \
	net.ipv4.tcp_syncookies=2
load
ends cl:cl sv:sv
monitor gw flow
for_each_family "SYNPROXY" adjusted
for_each_family "closed" closed
finish
