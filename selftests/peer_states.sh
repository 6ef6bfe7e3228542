#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# What becomes of a connection whose server is: alive; crashed; crashed and
# rebooted; unreachable and back before the last probe; shut down in order;
# slow (9 s of delay at an interval of 5 s).

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# Many times its keepalive later it carries data, and no program was told.
alive()
{
	join cl sv 1 8001
	pass_time 3600
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	ask_ok cl close 1
	ask_ok sv close 1
	event '"event":"closed"'
}

crashed()
{
	join cl sv 1 8002
	power_off sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 80
	event '"event":"dead"'
	check_json "$EVENT" by responder
	check_json "$EVENT" reason keepalive
	power_on sv gw
	ask_ok sv vanish 1
}

# It comes back before the last probe, which it answers by RST; that RST ends
# the connection at the client, too.
rebooted()
{
	join cl sv 1 8003
	power_off sv gw
	pass_time 62
	ask_ok sv vanish 1
	power_on sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	event '"event":"closed"'
	check_json "$EVENT" by responder
	check_json "$EVENT" reason rst
}

# Two probes are lost; the third is answered.
back_in_time()
{
	join cl sv 1 8004
	power_off sv gw
	pass_time 67
	power_on sv gw
	pass_time 600
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	ask_ok cl close 1
	ask_ok sv close 1
	event .
	check_json "$EVENT" event closed
}

in_order()
{
	join cl sv 1 8005
	ask_ok sv close 1
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	ask_ok cl close 1
	event .
	check_json "$EVENT" event closed
	check_json "$EVENT" reason fin
	check_json "$EVENT" by responder
	pass_time 200
	no_event
	check_eq "flows left" "$(ka gw -j flow count)" '{"flows":0}'
}

slow()
{
	join cl sv 1 8006
	tc -n "${ns[sv]}" qdisc add dev gw root netem delay 9s ||
		fail "no netem"
	pass_time 600
	no_event
	tc -n "${ns[sv]}" qdisc del dev gw root
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	ask_ok cl close 1
	ask_ok sv close 1
	event '"event":"closed"'
}

need_modules sch_netem
topology cl gw sv
load
ends cl:cl sv:sv
policy gw watch on forward keepalive 60s intvl 5s probes 4
monitor gw flow
for_each_family "alive: it lives" alive
for_each_family "crashed: the client is told" crashed
for_each_family "rebooted: its RST reaches the client" rebooted
for_each_family "unreachable and back: it lives" back_in_time
for_each_family "shut down in order: only that is told" in_order
for_each_family "slow: it lives" slow
finish
