#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
# uses: ethtool nstat
#
# Segments as they come on a gateway: larger than any MTU, because nobody has split
# them yet or because they were put together again, larger than 64 KiB (big TCP),
# behind options of IP, or in fragments. What is known of a connection afterwards is
# exact: both ends take the RST with which it is ended. Only of fragments that nobody
# puts together nothing is known, and the ends are asked.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# largest CAPTURE: bytes of a frame.
largest()
{
	VALUE=$(tcpdump -enr "$out/$1.pcap" 2>/dev/null |
		sed 's/.* ethertype [^,]*, length \([0-9]*\): .*/\1/' |
		sort -n | tail -n 1)
}

# stream FROM TO BYTES: more than buffers hold.
stream()
{
	tell "$2" recv 1 "$3"
	ask_ok "$1" send 1 "$3"
	expect "$2" "ok $3"
}

# many BYTES: both ways, seen where it comes in.
many()
{
	ka gw stats reset
	join cl sv 1 8001
	capture "in$family" gw rt
	stream cl sv "$1"
	stream sv cl "$1"
	capture_stop "in$family"
	largest "in$family"
	say "largest frame: $VALUE"
}

# over COUNTER: by that, and both ends have taken the RST.
over()
{
	take_stats gw
	check_stat "$1" 1
	check_stat rst_sent 2
	check_stat relearned 0
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

# Nobody had to be asked.
exact()
{
	pass_time 1
	ka gw flow kill all with rst >/dev/null || fail "kill"
	SINCE=${EPOCHREALTIME/./}
	both_reset 0
	over killed
	check_stat segments_invalid 0
	check_stat probes_sent 0
}

unsplit()
{
	many 2000000
	[ "$VALUE" -gt 9000 ] || fail "nothing was larger than $VALUE"
	exact
}

merged()
{
	in_ns cl ethtool -K rt tso off gso off >/dev/null || fail "ethtool"
	in_ns gw ethtool -K rt gro on >/dev/null || fail "ethtool"
	many 300000
	exact
	in_ns gw ethtool -K rt gro off >/dev/null
	in_ns cl ethtool -K rt tso on gso on >/dev/null
}

# big yes|no: what the devices on the way take. IPv4 has it since 6.3.
big()
{
	local node device size=65536

	[ "$1" = no ] || size=180000
	for node in cl:rt rt:cl rt:gw gw:rt gw:sv sv:gw; do
		device=${node#*:} node=${node%:*}
		ip -n "${ns[$node]}" link set "$device" gso_max_size "$size" \
			gro_max_size "$size" || fail "no big TCP"
		ip -n "${ns[$node]}" link set "$device" \
			gso_ipv4_max_size "$size" gro_ipv4_max_size "$size" \
			2>/dev/null
	done
}

larger()
{
	big yes
	# however slow the way is
	in_ns cl sysctl -qw net.ipv4.tcp_min_tso_segs=200 \
		net.ipv4.tcp_tso_win_divisor=1 \
		net.ipv4.tcp_congestion_control=reno \
		net.ipv4.tcp_wmem="4096 4000000 8000000"
	in_ns sv sysctl -qw net.ipv4.tcp_rmem="4096 4000000 8000000"
	many 8000000
	# seen in IPv6 on 7.2 alone
	[ "$family" = ipv4 ] || [ -z "${TCPKA_DEBUG:-}" ] ||
		[ "$VALUE" -gt 65535 ] || fail "nothing was larger than $VALUE"
	exact
	big no
}

options()
{
	ka gw stats reset
	scripted_pair 4001 80 ts
	pass_time 80
	ask_ok rc seg PA len=10 dstopt
	# it has not looked behind the options
	ask_ok rs seg A ack=10 dstopt
	pass_time 80
	take_stats gw
	check_stat segments_invalid 0
	check_stat flows 1
	check_stat expired_idle 0
	ka gw flow kill all with drop >/dev/null
}

# What the client sends is split on its way here, and nobody puts it together: the
# server acknowledges what was never seen. So both are asked when it seems to be idle;
# they say that it was not, and it is known again by what follows.
in_fragments()
{
	ka gw stats reset
	split_begin
	stream cl sv 30000
	split_end
	pass_time 110
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 0
	stat segments_invalid
	[ "$VALUE" -gt 0 ] || fail "all was seen"
	ka gw stats reset
	carry sv 1 cl 1 5
	carry cl 1 sv 1 5
	SINCE=${EPOCHREALTIME/./}
	both_reset 100
	over expired_idle
}

# Here conntrack does.
put_together()
{
	need_modules nf_tables nft_ct nf_conntrack
	in_ns gw nft -f - <<-RULES || fail "no nft"
		table inet filter {
			chain forward {
				type filter hook forward priority 0
				ct state established accept
			}
		}
	RULES
	ka gw stats reset
	split_begin
	stream cl sv 300000
	split_end
	exact
}

split_begin()
{
	in_ns cl sysctl -qw net.ipv4.ip_no_pmtu_disc=1
	join cl sv 1 8001
	ip -n "${ns[rt]}" link set gw mtu 600
	in_ns rt nstat -n >/dev/null 2>&1
}

split_end()
{
	local made

	made=$(in_ns rt nstat -az IpFragCreates | awk '/IpFrag/ { print $2 }')
	[ "${made:-0}" -gt 50 ] || fail "fragments: $made"
	in_ns cl sysctl -qw net.ipv4.ip_no_pmtu_disc=0
	ip -n "${ns[rt]}" link set gw mtu 1500
}

type ethtool >/dev/null || skip_all "no ethtool"
topology cl rt gw sv
load
ends cl:cl sv:sv
scripted rc cl rt
scripted rs sv gw
policy gw expire on forward idle 100s
for_each_family "nobody has split them" unsplit
for_each_family "put together again" merged
for_each_family "larger than 64 KiB" larger
for_each_family "options of IP" options
use_family ipv4
try "in fragments, ipv4" in_fragments
try "in fragments that conntrack puts together, ipv4" put_together
finish
