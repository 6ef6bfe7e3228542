#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# IPv6 only, for IPv4 has none of it: segments behind extension headers are
# learned from, fragments pass untouched; neither is malformed.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

begin()
{
	scripted_pair "$1" 80 ts
	ka gw stats reset
}

check_fine()
{
	take_stats gw
	check_stat segments_invalid 0
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
	ka gw flow kill all with drop >/dev/null
}

# Its payload keeps the connection; tcpka's own have no such header.
dstopt()
{
	begin 4001
	pass_time 80
	ask_ok rc seg PA len=10 dstopt
	pass_time 80
	check_fine
}

# What is split is not looked into; an atomic fragment is whole.
frag()
{
	begin 4002
	pass_time 80
	capture frag gw sv
	ask_ok rc seg PA len=10 frag
	capture_stop frag
	check_match "the fragment" \
		"$(tcpdump -nr "$out/frag.pcap" 2>/dev/null)" 'frag|length 10'
	check_fine
}

topology cl gw sv
load
use_family ipv6
scripted rc cl gw
scripted rs sv gw
policy gw expire on forward idle 100s
try "behind destination options" dstopt
try "an atomic fragment" frag
finish
