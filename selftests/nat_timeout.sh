#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A gateway that translates and forgets idle connections after 60 s. keepalive
# 45s holds its own entry, too; with 90s tcpkactl warns, and does what it was
# told. It warns of nothing that does not matter. And no entry that conntrack has
# given up goes on being counted because of a flow, however long that lives.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=lib_nft.sh
. "${0%/*}/lib_nft.sh"

timeout=net.netfilter.nf_conntrack_tcp_timeout_established

# warned PATTERN ARGUMENT...: what tcpkactl says on stderr; it succeeds.
warned()
{
	local pattern=$1 said
	shift

	said=$(ka gw "$@" 2>&1 >/dev/null) || fail "refused: $*: $said"
	check_match "stderr of $*" "$said" "$pattern"
}

entries()
{
	in_ns gw conntrack -L -f "$family" -p tcp --state ESTABLISHED \
		2>/dev/null | grep -c dport=8001
}

# Behind a strict conntrack, what has no entry does not pass.
held()
{
	ka gw policy flush
	warned '^$' policy add hold on forward keepalive 45s intvl 5s probes 3
	ka gw stats reset
	join cl sv 1 8001
	pass_time 300
	check_eq "entries after 300 s" "$(entries)" 1
	carry cl 1 sv 1
	carry sv 1 cl 1
	take_stats gw
	check_stat unforgeable 0
	check_stat peers_dead 0
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

# The mapping is lost first, as it was said.
lost()
{
	ka gw policy flush
	warned "warning: .*late.*$timeout_name.* 60 s" \
		policy add late on forward keepalive 90s
	check_match "the policy" "$(ka gw -j policy list)" '"late"'
	join cl sv 1 8001
	pass_time 80
	check_eq "entries after 80 s" "$(entries)" 0
	ask_ok cl vanish 1
	ask_ok sv vanish 1
}

counted()
{
	in_ns gw sysctl -n net.netfilter.nf_conntrack_count
}

# By its time, and by hand.
freed()
{
	local i

	ka gw policy flush
	in_ns gw conntrack -F 2>/dev/null
	policy gw long on forward idle 1h
	join cl sv 1 8001
	check_eq "counted" "$(counted)" 1
	pass_time 200
	check_eq "counted after its time" "$(counted)" 0
	join cl sv 2 8001
	check_eq "counted anew" "$(counted)" 1
	in_ns gw conntrack -F 2>/dev/null
	in_ns gw sysctl -qw "$timeout=432000"
	join cl sv 3 8001
	in_ns gw conntrack -F 2>/dev/null
	pass_time 310
	check_eq "counted after a flush" "$(counted)" 0
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":3}'
	in_ns gw sysctl -qw "$timeout=60"
	for i in 1 2 3; do
		ask_ok cl vanish "$i"
		ask_ok sv vanish "$i"
	done
}

warnings()
{
	local late="keepalive 90s"

	ka gw policy flush
	# shellcheck disable=SC2086 # words
	{
		warned '^$' policy add local on local $late
		warned '^$' policy add idle on forward idle 90s
		warned '^$' policy add just on forward keepalive 59s
		warned 'same' policy add same on forward keepalive 60s
		warned 'both' policy add both all $late
		warned 'both' policy replace both all $late
	}
	ka gw policy save "$work/saved" || fail "save"
	warned 'same.*both|both.*same' policy restore "$work/saved"
	in_ns gw sysctl -qw "$timeout=432000"
	warned '^$' policy replace both all keepalive 2h
}

timeout_name=${timeout##*.}
need_modules nf_tables nft_chain_nat nft_masq nf_nat nft_ct nf_conntrack
topology cl gw sv
masquerade
in_ns gw sysctl -qw "$timeout=60" net.netfilter.nf_conntrack_tcp_loose=0
load
ends cl:cl sv:sv
for_each_family "45s against 60 s" held
for_each_family "90s against 60 s" lost
for_each_family "a long idle, and a short memory" freed
try "what is warned of" warnings
finish
