#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# What no policy can rule is not looked at: what all of them together say of
# ports, addresses and marks leaves out nothing that one of them rules, in both
# directions, nor what was ruled before.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# One connection, of which both ends are heard under a policy of these words.
heard()
{
	policy gw within "$@" idle 1d
	join cl sv 1 8001
	check_eq "$*: flows" "$(ka gw -j flow count state established)" \
		'{"flows":1}'
	pass_time 5
	carry sv 1 cl 1 10
	json "$(ka gw -j flow list)" data_idle_ms
	((VALUE < 1000)) || fail "$*: no payload since $VALUE ms"
	ask_ok cl close 1
	ask_ok sv close 1
	ka gw policy del within
}

# One that it does not rule.
not_ruled()
{
	policy gw without "$@" idle 1d
	join cl sv 1 8001
	carry cl 1 sv 1 10
	check_eq "$*: flows" "$(ka gw -j flow count)" '{"flows":0}'
	ask_ok cl close 1
	ask_ok sv close 1
	ka gw policy del without
}

words()
{
	local len=24 net=192.0.2.0/24

	[ "$family" = ipv4 ] || { len=64 net=2001:db8::/64; }
	ka gw policy flush
	heard src "$C"
	heard dst "$S/$len"
	heard dport 8000-8001
	heard src "$C/$len" dst "$S" dport 8001
	not_ruled src "$S"
	not_ruled dst "$C"
	not_ruled dst "$net"
	not_ruled dport 8002-65535
	not_ruled src "$net" dport 8001
	# together with others, on both sides of it
	policy gw a src "$net" dport 9000 idle 1d
	policy gw z dst "$net" dport 7000 idle 1d
	heard src "$C" dport 8001
	not_ruled src "$S" dport 8001
	ka gw policy flush
}

# It is the first segment's mark that counts: those that follow have another.
marks()
{
	ka gw policy flush
	in_ns gw nft -f - <<-EOF
		table inet marks {
			chain early {
				type filter hook prerouting priority -150
				mark set 0x9
				tcp flags & (syn | ack) == syn mark set 0x17
			}
		}
	EOF
	heard mark 0x17
	heard mark 0x7/0xf
	heard mark 0x17 dport 8001
	not_ruled mark 0x16
	not_ruled mark 0x27/0xf0
	# together with others
	policy gw a mark 0x27 idle 1d
	heard mark 0x17
	not_ruled mark 0x37
	policy gw z dport 9000 idle 1d
	heard mark 0x17
	# what was open already begins with payload
	ka gw policy flush
	join cl sv 1 8001
	policy gw within mark 0x9 idle 1d
	carry cl 1 sv 1 10
	check_eq "picked up" "$(ka gw -j flow count)" '{"flows":1}'
	ask_ok cl close 1
	ask_ok sv close 1
	in_ns gw nft delete table inet marks
	ka gw policy flush
}

# A tombstone is there, whatever the policies reach meanwhile.
ended_before()
{
	local since

	policy gw all dport 8001 idle 60s action rst
	join cl sv 1 8001 40001
	power_off sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	# with the last policy everything would go
	policy gw other dport 9000 idle 1d
	ka gw policy del all
	ka gw stats reset
	power_on sv gw
	ask_ok sv send 1 5
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	take_stats gw
	stat rst_sent
	((VALUE > 0)) || fail "the tombstone does not answer"
	ask_ok cl close 1
	ask_ok sv close 1
	# it knows the SYN of a connection that takes its name
	since=${EPOCHREALTIME/./}
	join cl sv 1 8001 40001
	((${EPOCHREALTIME/./} - since < 1000000)) ||
		fail "connects after $((${EPOCHREALTIME/./} - since)) us"
	ask_ok cl close 1
	ask_ok sv close 1
	time_waits_end
	ka gw policy flush
}

need_modules nf_tables
topology cl gw sv
load
ends cl:cl sv:sv
for_each_family "what a policy rules is heard" words
for_each_family "what a policy rules by its mark is heard" marks
for_each_family "what has been ended stays known" ended_before
finish
