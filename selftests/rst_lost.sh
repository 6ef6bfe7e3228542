#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# A RST may be lost, and so may what shows that. Where every fifth packet is,
# on both links and each way, no end of 100 expired connections is left
# half-open when linger is over. And one is ended whose ends hear nothing for
# five seconds when it expires, by RST or by FIN.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# Each direction of both links, once the connections are there.
lossy()
{
	local link

	for link in cl:gw gw:cl gw:sv sv:gw; do
		tc -n "${ns[${link%:*}]}" qdisc add dev "${link#*:}" root \
			netem loss 20% || die "no netem"
	done
}

lossless()
{
	local link

	for link in cl:gw gw:cl gw:sv sv:gw; do
		tc -n "${ns[${link%:*}]}" qdisc del dev "${link#*:}" root
	done
}

# listen and accept once for all: to fork is dear, and to ask is not.
connect_all()
{
	local i

	ask_ok sv listen 1000 "$S" 8001
	for ((i = 0; i < 100; i++)); do
		tell sv accept 1000 "$i"
		ask_ok cl connect "$i" "$S" 8001
		expect sv ok
	done
	ask_ok sv close 1000
}

close_all()
{
	local i

	for ((i = 0; i < 100; i++)); do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
}

expired()
{
	ka gw stats reset
	connect_all
	take_stats gw
	check_stat flows 100
	lossy
	# idle, linger, and what all that may be late
	pass_time 121
	lossless
	check_eq "sockets of the client" "$(in_ns cl ss -Htan)" ""
	check_eq "sockets of the server" "$(in_ns sv ss -Htan)" ""
	take_stats gw
	check_stat expired_idle 100
	check_stat flows 0
	stat rst_sent
	# of 200 every fifth was lost
	((VALUE >= 220)) || fail "RSTs sent: $VALUE"
	close_all
}

# unheard SAID RST FIN: questions that are asked for three seconds would all be
# lost.
unheard()
{
	local end

	ka gw stats reset
	join cl sv 1 8001
	carry cl 1 sv 1 1000
	# a delayed acknowledgment
	pass_time 0.1
	power_off cl gw
	power_off sv gw
	event '"event":"expired"'
	pass_time 5
	power_on cl gw
	power_on sv gw
	for end in cl sv; do
		ask "$end" recv 1
		check_eq "recv of $end" "$SAID" "$1"
	done
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent "$2"
	check_stat fin_sent "$3"
	check_stat unforgeable 0
	ask_ok cl close 1
	ask_ok sv close 1
	# linger
	pass_time 61
}

need_modules tcp_diag sch_netem
topology cl gw sv
load
ends cl:cl sv:sv
policy gw expire on forward idle 60s
for_each_family "100 expiries, every fifth packet lost" expired
monitor gw flow
for_each_family "nothing is heard for five seconds" unheard ECONNRESET 2 0
ka gw policy flush
policy gw expire on forward idle 60s action fin
for_each_family "nor before a FIN" unheard eof 0 2
finish
