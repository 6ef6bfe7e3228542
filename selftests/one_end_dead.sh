#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# One end sends on, and the other is dead: it is found by its own clock. The
# end that sends has bytes under way, and its RST is exact all the same.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

sends_on()
{
	join cl sv 1 8001
	power_off sv gw
	# retransmitted after .2 .6 1.4 3 6.2 12.6 25.4 51 s
	ask_ok cl send 1 100
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 90
	power_on sv gw
	ask_ok sv vanish 1
}

# The same with the roles reversed.
client_dead()
{
	join cl sv 1 8001
	power_off cl gw
	ask_ok sv send 1 100
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	check_due "the server is told" "$SINCE" "$WHEN" 90
	power_on cl gw
	ask_ok cl vanish 1
}

topology cl gw sv
load
ends cl:cl sv:sv
policy gw watch on forward keepalive 60s intvl 10s probes 3
for_each_family "the server is dead, the client sends" sends_on
for_each_family "the client is dead, the server sends" client_dead
finish
