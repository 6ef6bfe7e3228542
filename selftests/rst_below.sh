#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A firewall's RST one below the number that the end expects (documented for
# AIX's keepalives): whether the end takes it cannot be seen in it. The flow
# ends only when the end shows that it did, and is closed by who spoke.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# firewall PORT NEXT: between us and the server; NEXT is the server's number.
firewall_resets()
{
	ask_ok rs open "$S" 8001 "$CR" "$1" "iss=$2" rcv=100011
	ask_ok rs seg R seq=-1
	pass_time 1
	check_eq "connections" \
		"$(ka gw -j flow count state established)" '{"flows":1}'
}

begin()
{
	local abs

	meet rc sv 1 "$1" 8001 iss=100000
	ask_ok rc seg PA len=10
	ask sv recv 1 10
	ask rc wait 1
	[[ $SAID =~ abs=([0-9]+) ]] && abs=${BASH_REMATCH[1]}
	ka gw stats reset
	tell sv recv 1
	firewall_resets "$1" "$abs"
	ask_ok rc drain
}

# It answers the next probe, and two more.
refused()
{
	begin 4001
	ask rc run 200 ack
	check_match "the scripted end" "$SAID" "probes=3 .*rst=0"
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":1}'
	ask_ok rc seg R
	expect sv ECONNRESET
	event '"event":"closed"'
	ask_ok sv close 1
}

# It is gone, and answers the next probe by a RST.
taken()
{
	begin 4002
	ask rc run 100 rst
	expect sv ECONNRESET
	event '"event":"closed"'
	check_json "$EVENT" reason rst
	check_json "$EVENT" by initiator
	take_stats gw
	check_stat peers_dead 0
	check_stat flows 0
	ask_ok sv close 1
}

topology cl gw sv
load
ends sv:sv
scripted rc cl gw
scripted rs sv gw
policy gw watch on forward keepalive 60s intvl 5s probes 3
monitor gw flow
for_each_family "the end does not take it" refused
for_each_family "the end takes it" taken
finish
