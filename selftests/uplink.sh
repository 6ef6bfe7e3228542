#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A client that has lost its connection comes back with the same ports through
# another uplink: what its SYN and the server's SYN-ACK say is the connection now,
# also as to which policy rules it. Who is beside the server, and sends both, gets
# nothing.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

link_up()
{
	local address=02:00:00:00:05:0

	ip link add wan netns "${ns[gw]}" address "${address}2" type veth \
		peer name wan netns "${ns[cl]}" address "${address}1" ||
		die "no second link"
	link_config 5 1 wan | ip -n "${ns[cl]}" -batch - || die "no uplink"
	link_config 5 2 wan | ip -n "${ns[gw]}" -batch - || die "no uplink"
	busywait 10 links_ready cl gw
	program third cl "$bin/tcp_raw" wan "${address}2"
}

begin()
{
	ka gw stats reset
	ask_ok rs open "$SR" 8001 "$CR" 4000 iss=5000
	ask_ok rc open "$CR" 4000 "$SR" 8001 iss=1000
	tell rs accept
	ask_ok rc connect
	expect rs "ok*"
	check_flow first
}

# check_flow POLICY
check_flow()
{
	FLOW=$(ka gw -j flow list)
	check_json "$FLOW" policy "$1"
	check_json "$FLOW" state established
	[[ $FLOW != *'"obstacle"'* ]] || fail "obstacle: $FLOW"
}

# What comes after is held against the numbers of now.
moved()
{
	begin
	ask_ok rs open "$SR" 8001 "$CR" 4000 iss=6000
	ask_ok third open "$CR" 4000 "$SR" 8001 iss=70000
	tell rs accept
	ask_ok third seg S
	# the SYN-ACK goes to where the client's address is
	ask rc wait 10
	check_match "the SYN-ACK" "$SAID" "^ok SA "
	ask_ok third open "$CR" 4000 "$SR" 8001 iss=70001 rcv=6001
	ask_ok third seg A
	expect rs "ok*"
	check_flow second
	pass_time 60
	ask_ok third seg PA len=10
	ask rs wait 1
	check_match "the payload" "$SAID" "^ok PA seq=0 ack=0 len=10"
	ask_ok rs seg A
	pass_time 60
	take_stats gw
	check_stat flows 1
	check_stat flows_created 1
	check_stat expired_idle 0
	check_stat segments_invalid 0
	ask_ok rs drain
	pass_time 28
	ask rs wait 10
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask_ok rs seg A
	ask rs wait 1
	check_match "the RST" "$SAID" "^ok RA? seq=0 "
	pass_time 61
}

beside_the_server()
{
	begin
	ask_ok beside open "$CR" 4000 "$SR" 8001 iss=70000
	ask_ok beside seg S
	ask_ok beside open "$SR" 8001 "$CR" 4000 iss=80000
	ask_ok beside seg SA ack=70001
	check_flow first
	pass_time 60
	ask_ok rc seg PA len=10
	ask_ok rs seg A
	pass_time 60
	take_stats gw
	check_stat flows 1
	check_stat expired_idle 0
	ask_ok rc drain
	ask_ok rs drain
	pass_time 28
	ask rc wait 10
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask_ok rc seg A
	ask rc wait 1
	check_match "the RST" "$SAID" "^ok RA? seq=0 "
	pass_time 61
}

topology cl gw sv
link_up
load
scripted rc cl gw
scripted rs sv gw
scripted beside sv gw
policy gw first on forward iif cl idle 90s
policy gw second on forward iif wan idle 90s
for_each_family "another uplink" moved
for_each_family "beside the server" beside_the_server
finish
