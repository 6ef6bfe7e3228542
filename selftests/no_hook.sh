#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# No hook is registered where no policy wants one: without a policy, and with
# one for local sockets only. What a hook would count is not counted; and where
# the kernel can list its hooks, it has none. The one at OUTPUT, for which local
# programs pay, and the first at FORWARD come with the first segment that is sent
# in an end's name.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# listed PROTOCOL: how many hooks are tcpka's, where that can be told.
listed()
{
	in_ns gw nft list hooks "$1" 2>/dev/null | grep -c tcpka
}

# hooks N: so many of each family.
hooks()
{
	[ -z "$lists" ] ||
		check_eq "hooks" "$(listed ip),$(listed ip6)" "$1,$1"
}

# hooked YES [SPEAKS]: a segment that cannot be, SYN and FIN at once, is counted;
# and hooks are one at FORWARD, and SPEAKS more there and at OUTPUT.
hooked()
{
	ka gw stats reset
	ask_ok rc open "$CR" 4000 "$SR" 80
	ask_ok rc seg SF
	pass_time 0.1
	take_stats gw
	check_stat segments_invalid "$1"
	hooks $(($1 + 2 * ${2:-0}))
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

# A connection that is tracked; then one end is probed. Whatever rules it then,
# the hook goes with the last policy for routed connections.
speaks()
{
	policy gw here on forward keepalive 60s
	scripted_pair 4001 80
	pass_time 50
	hooks 1
	pass_time 20
	take_stats gw
	check_stat probes_sent 2
	hooks 3
	policy gw more all keepalive 60s
	ka gw policy del here
	hooks 3
	policy gw more on local keepalive 60s
	hooks 0
	hooked 0
	policy gw here on forward keepalive 60s
	hooked 1
	ka gw policy flush
	hooks 0
}

# By what a user asks for, too, at once.
asked()
{
	policy gw here on forward keepalive 60s
	scripted_pair "$2" 80
	hooks 1
	check_match "flow $1" "$(ka gw -j flow "$1" dport 80)" \
		'"matched":1,.*"refused":0'
	hooks 3
	ka gw policy flush
	hooks 0
}

need_modules nf_tables nfnetlink_hook
topology cl gw sv
load
scripted rc cl gw
scripted rs sv gw
policy gw any all idle 1d
lists=
[ "$(listed ip)" = 0 ] || lists=1
ka gw policy flush
for_each_family "a hook comes with a policy and goes with it" come_and_go
for_each_family "that at OUTPUT comes with the first segment sent" speaks
for_each_family "or with a user's first probe" asked probe 4002
for_each_family "or kill" asked kill 4003
finish
