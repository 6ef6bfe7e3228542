#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# tcpka without nf_conntrack, before it, and after it: it does not pull it in,
# does without, takes what comes later, and lets it go where it has no policies.
# So with nf_nat, of whose entries not even the dead may be freed without it.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

have_conntrack()
{
	[ -e /sys/module/nf_conntrack ]
}

# remove MODULE: with all that use it. Other tests, and dying namespaces, may
# still hold them.
remove()
{
	local holder

	[ -e "/sys/module/$1" ] || return 0
	for holder in "/sys/module/$1/holders"/*; do
		[ ! -e "$holder" ] || [ "${holder##*/}" = tcpka ] ||
			remove "${holder##*/}"
	done
	timeout 30 rmmod "$1" 2>/dev/null
}

# An idle connection is probed, and both ends take its RSTs. SOCK PORT
expires()
{
	tell sv recv "$1"
	ask cl recv "$1"
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "its end" "$2" "$WHEN" 100
	expect sv ECONNRESET
	ask_ok cl close "$1"
	ask_ok sv close "$1"
}

check_expired()
{
	take_stats gw
	check_stat expired_idle "$1"
	check_stat rst_sent "$((2 * $1))"
	check_stat unforgeable 0
	check_stat relearned 0
	stat probes_answered
	[ "$VALUE" -ge "$((2 * $1))" ] || fail "answered: $VALUE"
}

in_force()
{
	policy gw expire on forward idle 100s keepalive 45s
	ka gw stats reset
}

without()
{
	in_force
	join cl sv 1 8001
	expires 1 "$SINCE"
	check_expired 1
	ka gw policy flush
	! have_conntrack || fail "nf_conntrack was pulled in"
}

# Socket 1 is open before conntrack sees anything, 2 is opened afterwards.
conntrack_comes()
{
	local before

	in_force
	join cl sv 1 8001
	before=$SINCE
	pass_time 20
	need_modules nf_conntrack nf_tables nft_ct
	in_ns gw nft -f - <<-RULES || skip_all "no nft"
		table inet t {
			chain forward {
				type filter hook forward priority 0
				ct state invalid drop
			}
		}
	RULES
	join cl sv 2 8002
	in_ns gw conntrack -L -f "$family" -p tcp --dport 8002 2>/dev/null |
		grep -q ESTABLISHED || fail "conntrack does not see it"
	SECOND=$SINCE
	expires 1 "$before"
	expires 2 "$SECOND"
	check_expired 2
}

# With policies it stays, and says so at once; without, it goes.
conntrack_goes()
{
	join cl sv 1 8001
	in_ns gw nft delete table inet t || fail "nft delete"
	remove nft_ct
	if remove nf_conntrack; then
		fail "it went while a policy was in force"
	fi
	have_conntrack || fail "it went, and says that it did not"
	ka gw policy flush
	busywait 10 remove nf_conntrack || fail "it does not go"
	! have_conntrack || fail "it has not gone"
	carry cl 1 sv 1
	carry sv 1 cl 1
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

later()
{
	conntrack_comes
	conntrack_goes
	without
}

# With the references that its flows have, and nf_conntrack the younger one.
namespace_goes()
{
	local space=${ns[gw2]}

	use_family ipv4
	need_modules nf_conntrack nf_tables nft_ct
	in_ns gw2 nft -f - <<-RULES || skip_all "no nft"
		table inet t {
			chain forward {
				type filter hook forward priority 0
				ct state invalid drop
			}
		}
	RULES
	policy gw2 expire on forward idle 100s keepalive 45s
	join cl2 sv2 1 8001
	carry cl2 1 sv2 1
	check_eq "connections" "$(ka gw2 -j flow count)" '{"flows":1}'
	unset "ns[gw2]"
	ip netns delete "$space"
	# the last policy was there: no one pins it any more
	busywait 10 remove nf_conntrack || fail "nf_conntrack does not go"
	ask_ok cl2 vanish 1
	ask_ok sv2 vanish 1
}

# What was loaded first is unloaded first, and is not held.
conntrack_first()
{
	unload
	need_modules nf_conntrack
	load
	timeout 30 rmmod nf_conntrack || fail "without a policy it is held"
	need_modules nf_conntrack
	in_force
	if timeout 30 rmmod nf_conntrack 2>/dev/null; then
		fail "with a policy it is not held"
	fi
	timeout 30 rmmod tcpka || fail "tcpka does not unload"
	timeout 30 rmmod nf_conntrack || fail "it is held by nobody"
	load
}

nat_stays()
{
	local i

	use_family ipv4
	need_modules nf_conntrack
	in_force
	join cl sv 1 8001
	need_modules nf_tables nft_chain_nat nft_masq nf_nat nft_ct
	in_ns gw nft -f - <<-RULES || skip_all "no nft"
		table ip t {
			chain out {
				type nat hook postrouting priority 100
				oifname sv masquerade
			}
		}
	RULES
	join cl sv 2 8002
	in_ns gw nft delete table ip t || fail "nft delete"
	remove nft_masq
	remove nft_chain_nat
	if remove nf_nat; then
		fail "it went while a policy was in force"
		need_modules nf_nat
	fi
	ka gw policy flush
	busywait 10 remove nf_nat || fail "it does not go"
	[ ! -e /sys/module/nf_nat ] || fail "it has not gone"
	for i in 1 2; do
		ask_ok cl vanish "$i"
		ask_ok sv vanish "$i"
	done
	busywait 10 remove nf_conntrack || fail "nf_conntrack does not go"
}

[ "$(id -u)" = 0 ] || skip_all "needs root"
if have_conntrack && [ ! -e /sys/module/nf_conntrack/refcnt ]; then
	skip_all "nf_conntrack is built in"
fi
busywait 20 remove nf_conntrack || skip_all "nf_conntrack is in use"
topology cl gw sv
row_name=${row_name}b
topology cl2 gw2 sv2
load
ends cl:cl sv:sv cl2:cl2 sv2:sv2
for_each_family "without nf_conntrack" without
for_each_family "nf_conntrack comes later, and goes" later
try "a namespace goes, with nf_conntrack the younger" namespace_goes
try "nf_conntrack first" conntrack_first
try "nf_nat comes later, and goes" nat_stays
finish
