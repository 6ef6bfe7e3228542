#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Each word of MATCH picks what it says: on, family, src, dst, sport, dport,
# iif, oif, mark with mask; seen from the side that opened the connection.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# would WORD...: whether a policy of these words would rule the connection.
would()
{
	json "$(ka gw -j policy test "$@" idle 1s)" would_rule
}

picks()
{
	would "$@"
	check_eq "$* picks" "$VALUE" 1
}

passes_over()
{
	would "$@"
	check_eq "$* picks" "$VALUE" 0
}

words()
{
	local len other=ipv6

	[ "$family" = ipv4 ] && len=32 || len=128
	[ "$family" = ipv6 ] && other=ipv4
	policy gw all all idle 1d
	join cl sv 1 8001 40001
	picks all
	picks on forward
	passes_over on local
	picks family "$family"
	passes_over family "$other"
	picks src "$C"
	picks src "$C/$len"
	picks src "$C/$((len - 16))"
	passes_over src "$S"
	passes_over dst "$C"
	picks dst "$S/$((len - 8))"
	passes_over dst "$SR"
	picks sport 40001
	picks sport 40000-40002
	passes_over sport 40002-40003
	passes_over sport 8001
	picks dport 8001
	picks dport 1-8001
	passes_over dport 8002-65535
	picks iif cl
	passes_over iif sv
	picks oif sv
	passes_over oif cl
	passes_over oif nosuch
	picks mark 0x12
	picks mark 0x10/0xf0
	passes_over mark 0x11
	passes_over mark 0x20/0xf0
	picks src "$C" dst "$S" dport 8001 mark 0x12 iif cl
	passes_over src "$C" dst "$S" dport 8001 mark 0x12 iif sv
	ask_ok cl close 1
	ask_ok sv close 1
	ka gw policy flush
}

need_modules nf_tables
topology cl gw sv
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet t {
		chain c {
			type filter hook prerouting priority 0
			iifname cl mark set 0x12
		}
	}
RULES
load
ends cl:cl sv:sv
for_each_family "words" words
finish
