#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Sequence numbers and timestamps that wrap: probes are answered, and RSTs are
# taken by a real kernel.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# wraps ISS BYTES: the scripted end's numbers begin at ISS.
wraps()
{
	meet rc sv 1 4000 8001 ts sack "iss=$1"
	ask_ok rc seg PA "len=$2"
	ask sv recv 1 "$2"
	check_eq "the server's recv" "$SAID" "ok $2"
	ask_ok rc wait 1
	tell sv recv 1
	# two probes are answered, and the question before the RST at 150 s
	ask rc run 200 ack
	check_eq "the scripted end" "$SAID" "ok probes=3 data=0 rst=1"
	expect sv ECONNRESET 1
	take_stats gw policy watch
	check_stat probes_answered 4
	ka gw stats reset policy watch
	ka gw config set linger 1s
	pass_time 2
	ka gw config set linger 60s
	ask_ok sv close 1
}

# Payload carries the number over 2^32.
data_wraps() { wraps 4294967290 100; }

# The number that is expected next is 0; a probe has 2^32 - 1.
probe_at_wrap() { wraps 4294967195 100; }

# Over half of the space, where a comparison turns.
half() { wraps 2147483600 100; }

topology cl gw sv
load
ends sv:sv
scripted rc cl gw
policy gw watch on forward keepalive 60s idle 150s
for_each_family "payload wraps" data_wraps
for_each_family "the probe's number is the last before the wrap" probe_at_wrap
for_each_family "2^31" half
finish
