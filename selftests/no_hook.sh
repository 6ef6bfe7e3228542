#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# No hook is registered where no policy wants one: without a policy, and with
# one for local sockets only. What a hook would count is not counted; and where
# the kernel can list its hooks, it has none.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# listed PROTOCOL: how many hooks are tcpka's, where that can be told: two at
# FORWARD, and one at OUTPUT for ICMP errors.
listed()
{
	in_ns gw nft list hooks "$1" 2>/dev/null | grep -c tcpka
}

# hooked YES: a segment that cannot be, SYN and FIN at once, is counted.
hooked()
{
	ka gw stats reset
	ask_ok rc open "$CR" 4000 "$SR" 80
	ask_ok rc seg SF
	pass_time 0.1
	take_stats gw
	check_stat segments_invalid "$1"
	[ -z "$lists" ] || check_eq "hooks" "$(listed ip),$(listed ip6)" \
		"$((3 * $1)),$((3 * $1))"
}

come_and_go()
{
	hooked 0
	policy gw there on local keepalive 60s
	hooked 0
	policy gw here on forward keepalive 60s
	hooked 1
	policy gw more all keepalive 60s
	ka gw policy del here
	hooked 1
	ka gw policy del more
	hooked 0
	policy gw here on forward keepalive 60s
	hooked 1
	ka gw policy flush
	hooked 0
}

need_modules nf_tables nfnetlink_hook
topology cl gw sv
load
scripted rc cl gw
policy gw any all idle 1d
lists=
[ "$(listed ip)" = 0 ] || lists=1
ka gw policy flush
for_each_family "a hook comes with a policy and goes with it" come_and_go
finish
