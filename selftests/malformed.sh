#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 400
#
# 100,000 segments that are broken in every way, from both sides: wrong
# checksums, headers cut off, lengths and options that lie, chains of extension
# headers, tiny and overlapping fragments. What arrives is the same, to the
# byte, with and without tcpka; a connection in whose name many of them come
# neither learns from them nor is kept alive by them, and is then expired with
# RSTs that both ends take.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# By conntrack, too.
tracked=
# From each side. The debug kernel looks for other things.
count=50000
[ -z "${TCPKA_DEBUG:-}" ] || count=5000

# between PORT: a scripted client and a kernel's server, both numbers known.
between()
{
	local abs

	meet rc sv 1 "$1" 8001 iss=100000
	SINCE=${EPOCHREALTIME/./}
	ask_ok rc seg PA len=10
	ask sv recv 1 10
	ask rc wait 1
	[[ $SAID =~ abs=([0-9]+) ]] && abs=${BASH_REMATCH[1]}
	ask_ok jc idle "$CR" "$1" "$S" 8001 100011 "$abs"
	ask_ok js idle "$S" 8001 "$CR" "$1" "$abs" 100011
	ask_ok jc stray "$CR" "$SR"
	ask_ok js stray "$SR" "$CR"
}

# add_up NAME: what arrived there.
add_up()
{
	ask "$1" heard
	[[ $SAID =~ ^ok\ count=([0-9]+)\ sum=([0-9a-f]+)\ lost=0$ ]] ||
		fail "$1: $SAID"
	arrived=$((arrived + BASH_REMATCH[1]))
	total=$((total + 16#${BASH_REMATCH[2]}))
}

# all_junk COUNT: from each side, the same each time. Sets arrived and total.
all_junk()
{
	local i

	# what is known already is found by other ways
	[ -z "$tracked" ] || in_ns gw conntrack -F 2>/dev/null
	arrived=0 total=0
	ask jc heard
	ask js heard
	for ((i = 0; i < $1 / 1000; i++)); do
		ask_ok jc junk "$i" 1000
		ask_ok js junk "$((i + 1000))" 1000
		add_up jc
		add_up js
	done
}

survives()
{
	local end seen before=()

	between 4001
	tell sv recv 1
	pass_time 100
	for end in 1 2; do
		before[end]=$(seen_ago gw "$end" host "$S")
	done
	ka gw stats reset
	all_junk "$count"
	say "$arrived of $((2 * count)) segments and their fragments arrived"
	[ "$arrived" -ge "$count" ] || fail "too few arrived: $arrived"
	for end in 1 2; do
		seen=$(seen_ago gw "$end" host "$S")
		[ "${seen:-0}" -ge "${before[end]}" ] ||
			fail "end $end was heard $seen ms ago, not ${before[end]}"
	done
	check_eq "the connection" "$(ka gw -j flow count \
		host "$S" state established)" '{"flows":1}'
	take_stats gw
	stat segments_invalid
	[ "$VALUE" -ge $((count / 4)) ] || fail "invalid segments: $VALUE"
	check_stat rst_sent 0
	ask_ok rc drain
	ask rc run 1000 ack
	check_match "the scripted end" "$SAID" "rst=1"
	check_due "its RST" "$SINCE" "$WHEN" 1000
	expect sv ECONNRESET
	take_stats gw
	check_stat relearned 0
	ask_ok sv close 1
}

# Fragments of the time before are forgotten after 60 s, and up to 2.05 s late (see
# time_waits_end()). The connection is over: what a server answers, conntrack sees, so
# it must be the same both times.
same_without()
{
	local before before_total

	pass_time 63
	all_junk $((count / 5))
	before=$arrived before_total=$total
	unload
	pass_time 63
	all_junk $((count / 5))
	check_eq "packets without tcpka" "$arrived" "$before"
	check_eq "their sum" "$total" "$before_total"
	# nothing is left of the connections that conntrack took up
	pass_time 500
}

junk()
{
	load
	policy gw all on forward idle 1000s
	survives
	# What conntrack makes of IPv4 fragments that lie differs from one time
	# to the next without tcpka, too: there is nothing to compare with.
	if [ "$family$tracked" = ipv4yes ]; then
		unload
		pass_time 561
	else
		same_without
	fi
}

# An answer to a probe with a wrong checksum is none.
unheard()
{
	local i

	between 4002
	tell sv recv 1
	for i in 12 5; do
		pass_time "$i"
		ask_ok jc wrong "$i" 1000
	done
	expect sv ECONNRESET
	check_due "death" "$SINCE" "$WHEN" 25
	ask_ok sv close 1
}

unheard_all()
{
	load
	policy gw all on forward keepalive 10s intvl 5s probes 3
	for_each_family "answers with wrong checksums, $1" unheard
	unload
	pass_time 61
}

need_modules nf_tables nft_ct nf_conntrack
topology cl gw sv
ends sv:sv
scripted rc cl gw
program jc cl "$bin/tcp_junk" gw 02:00:00:00:00:02
program js sv "$bin/tcp_junk" gw "02:00:00:00:0$last_link:01"
for_each_family "$((2 * count)) segments" junk
unheard_all "without conntrack"
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet conntrack {
		chain forward {
			type filter hook forward priority 0
			ct state established counter
		}
	}
RULES
tracked=yes
# what is never put together has room until it is forgotten
in_ns gw sysctl -qw net.ipv4.ipfrag_high_thresh=67108864 \
	net.netfilter.nf_conntrack_frag6_high_thresh=67108864 \
	net.ipv4.ipfrag_max_dist=0
for_each_family "$((2 * count)) segments, conntrack" junk
unheard_all "conntrack"
finish
