#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# No hook is registered where no policy wants one: without a policy, with one
# for local sockets only, and in other namespaces.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# hooks NODE PROTOCOL: how many are tcpka's.
hooks()
{
	in_ns "$1" nft list hooks "$2" 2>&1 | grep -c tcpka
}

check_hooks()
{
	check_eq "hooks of $1, ipv4" "$(hooks "$1" ip)" "$2"
	check_eq "hooks of $1, ipv6" "$(hooks "$1" ip6)" "$2"
}

come_and_go()
{
	check_hooks gw 0
	policy gw there on local keepalive 60s
	check_hooks gw 0
	policy gw here on forward keepalive 60s
	check_hooks gw 2
	check_hooks cl 0
	policy gw more all keepalive 60s
	ka gw policy del here
	check_hooks gw 2
	ka gw policy del more
	check_hooks gw 0
	policy gw here on forward keepalive 60s
	ka gw policy flush
	check_hooks gw 0
}

need_modules nf_tables nfnetlink_hook
topology cl gw sv
load
policy gw here all idle 1d
in_ns gw nft list hooks ip 2>&1 | grep -q tcpka ||
	skip_all "nft cannot list hooks here"
ka gw policy flush
try "hooks come with a policy and go with it" come_and_go
finish
