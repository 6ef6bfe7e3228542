#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# A stateful firewall beyond the gateway forgets connections that are idle for
# 60 s, and resets what it does not know. Without tcpka a connection breaks at
# its first byte after the pause; with "keepalive 45s" it carries data after
# two hours.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

firewall()
{
	in_ns fw nft -f - <<-RULES || skip_all "no nft"
		table inet fw {
			chain forward {
				type filter hook forward priority 0
				ct state established,related accept
				tcp flags & (syn|ack|rst|fin) == syn accept
				meta l4proto tcp reject with tcp reset
			}
		}
	RULES
	in_ns fw sysctl -qw \
		net.netfilter.nf_conntrack_tcp_timeout_established=60 \
		net.netfilter.nf_conntrack_tcp_loose=0 ||
		die "cannot shorten the memory of the firewall"
}

# Also what follows is worth something only if this breaks.
without()
{
	join cl sv 1 8001
	pass_time 100
	ask_ok cl send 1 5
	ask cl recv 1
	check_eq "after the pause, without tcpka" "$SAID" ECONNRESET
}

with()
{
	local time=7200

	join cl sv 2 8002
	pass_time "$time"
	carry cl 2 sv 2 5
	carry sv 2 cl 2 5
	take_stats gw
	check_stat rst_sent 0
	stat probes_answered
	[ "$VALUE" -ge $((time * 2 / 46)) ] || fail "answered probes: $VALUE"
	ask_ok cl close 2
	ask_ok sv close 2
}

need_modules nf_tables nft_ct nft_reject_inet nf_conntrack
topology cl gw fw sv
ends cl:cl sv:sv
firewall
for_each_family "without tcpka it breaks" without
load
policy gw hold on forward keepalive 45s
ka gw stats reset
for_each_family "with keepalive 45s it lives" with
finish
