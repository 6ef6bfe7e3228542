#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# SYNs that nobody's TCP has sent: what they carry (a time to live that ends on
# the way, numbers, a made-up answer) must not get into what is sent in the
# ends' names, nor make connections of addresses that have never spoken.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# The connection has outlived many keepalives, and both ends take the RSTs with
# which it is ended.
after()
{
	both_reset 100
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 0
	check_stat expired_idle 1
	check_stat relearned 0
	ask_ok cl close 1
	ask_ok sv close 1
}

begin()
{
	ka gw stats reset
	join cl sv 1 8001 "$1"
	ask_ok client open "$C" "$1" "$S" 8001 iss=77000
	ask_ok server open "$S" 8001 "$C" "$1" iss=88000
}

# With it the probes would end at the machine behind the gateway.
time_to_live()
{
	begin 4001
	ask_ok client seg S ttl=2
	after
}

# From beside the client, both parts.
handshake()
{
	begin 4002
	ask_ok client seg S
	# a SYN counts one
	ask_ok server seg SA ack=77001
	ask_ok client seg A ack=88001
	after
}

# Three segments must not become eighteen.
amplifier()
{
	# nothing of the last connection is checked any more
	pass_time 61
	ka gw stats reset
	ask_ok client open "$CR" 4003 "$SR" 8003 iss=77000
	ask_ok server open "$SR" 8003 "$CR" 4003 iss=88000
	ask_ok client seg S
	ask_ok server seg SA ack=77001
	ask_ok client seg A ack=88001
	check_eq "connections" \
		"$(ka gw -j flow count state established)" '{"flows":0}'
	pass_time 200
	take_stats gw
	check_stat flows_created 1
	check_stat probes_sent 0
	check_stat rst_sent 0
	check_stat flows 0
}

# A SYN from the server's name that comes first does not make it the client.
roles()
{
	ask_ok server open "$S" 8004 "$CR" 4004 iss=88000
	ask_ok server seg S
	meet rc sv 1 4004 8004 iss=100000
	ask_ok rc seg PA len=10
	ask sv recv 1 10
	json "$(ka gw -j flow list state established)" dport
	check_eq "the connection's dport" "$VALUE" 8004
	ask_ok rc seg R
	ask sv recv 1
	ask_ok sv close 1
}

# Payload in the SYN that the server does not take (RFC 7413 4.2.2).
fast_open()
{
	ask_ok sv listen 1000 "$S" 8005
	tell sv accept 1000 1
	ask_ok rc open "$CR" 4005 "$S" 8005 iss=100000
	ask_ok rc seg S len=10
	ask rc wait
	check_match "the server's answer" "$SAID" "ok SA"
	ask_ok rc seg PA seq=-10 len=10
	expect sv ok
	ask sv recv 1 10
	check_eq "connections" \
		"$(ka gw -j flow count state established)" '{"flows":1}'
	ask_ok rc seg R
	ask sv recv 1
	ask_ok sv close 1
	ask_ok sv close 1000
}

topology cl gw mid sv
load
ends cl:cl sv:sv
scripted rc cl gw
scripted client cl gw
scripted server cl gw
policy gw watch on forward keepalive 10s intvl 2s probes 3 idle 100s
for_each_family "time to live" time_to_live
for_each_family "SYN and SYN-ACK" handshake
for_each_family "three segments from one side" amplifier
for_each_family "who opens" roles
for_each_family "payload in the SYN" fast_open
finish
