#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 240
#
# ICMP errors that somebody has made up, who has guessed what was sent in an
# end's name, or not, towards either end: no error is a verdict, none moves a
# clock, and none spoils a connection. What says that it is about such a segment
# of ours goes no further; all others pass, and so do those that the ends' own
# segments cause meanwhile.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

kinds="host port admin time big parameter"

# begin WORD...: CN and SN are the next numbers of client and server.
begin()
{
	ka gw policy flush
	policy gw watch on forward "$@"
	ka gw stats reset
	capture "n$family" cl gw
	join cl sv 1 8001 40001
	capture_stop "n$family"
	next_number "n$family" "$C.40001"
	CN=$VALUE
	next_number "n$family" "$S.8001"
	SN=$VALUE
	ask_ok beyond about "$C" 40001 "$S" 8001 "$S"
	ask_ok before about "$S" 8001 "$C" 40001 "$C"
}

# forge OFFSET...: all kinds of errors, about the numbers of both ends.
forge()
{
	local kind offset

	for kind in $kinds; do
		for offset; do
			ask_ok beyond error "$kind" "$((CN + offset))"
			ask_ok beyond error "$kind" "$((CN + offset))" short
			ask_ok before error "$kind" "$((SN + offset))"
			ask_ok before error "$kind" "$((SN + offset))" short
		done
	done
}

# arrived COMMAND...: how many ICMP errors reached the client meanwhile: VALUE.
arrived()
{
	capture "errors$family" cl gw "(icmp or icmp6) and dst host $C"
	"$@"
	capture_stop "errors$family"
	VALUE=$(tcpdump -r "$out/errors$family.pcap" -n 2>/dev/null | wc -l)
}

storm()
{
	ask_ok beyond storm 1 "$count" "$CN"
	ask_ok before storm 2 "$count" "$SN"
}

over()
{
	ask_ok cl close 1
	ask_ok sv vanish 1
	pass_time 130
}

# The server answers again before its last probe. Those that were sent in the
# client's name, one below its number, are what the errors are about.
not_dead()
{
	begin keepalive 60s intvl 10s probes 3
	power_off sv rt
	pass_time 65
	arrived forge -1
	check_eq "errors about our probes at the client" "$VALUE" 0
	take_stats gw
	# six kinds, long and short; the server owes an answer, the client has
	# given its own
	check_stat replies_absorbed 13
	arrived forge -2 1 1000 -100000
	check_eq "errors about other numbers at the client" "$VALUE" 48
	storm
	power_on sv rt
	pass_time 100
	storm
	forge -1 0 1
	pass_time 100
	take_stats gw
	check_stat peers_dead 0
	check_stat both_silent 0
	check_stat flows_closed 0
	stat probes_answered
	[ "$VALUE" -ge 4 ] || fail "probes answered: $VALUE"
	carry cl 1 sv 1 5000
	carry sv 1 cl 1 5000
	over
}

# They neither hasten nor put off the verdict over one that is dead.
dead()
{
	begin keepalive 60s intvl 10s probes 3
	power_off sv rt
	pass_time 65
	forge -1 0
	storm
	pass_time 20
	forge -1 0
	storm
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 90
	power_on sv rt
	over
}

# Nor do they keep an idle one alive; afterwards they find a tombstone.
idle()
{
	begin idle 100s
	pass_time 50
	arrived forge -1
	# nothing was sent yet: nothing is ours
	check_eq "errors at the client" "$VALUE" 12
	storm
	tell sv recv 1
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 100
	expect sv ECONNRESET
	arrived forge -1 0
	check_eq "errors about our RST at the client" "$VALUE" 0
	storm
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 2
	check_stat send_errors 0
	ask_ok cl close 1
	ask_ok sv close 1
	# a client that uses its port again connects
	join cl sv 1 8001 40001
	over
}

# Errors about what the client sends itself, while ours and made up ones fly.
true_ones()
{
	begin keepalive 60s intvl 10s probes 9
	power_off sv rt
	pass_time 65
	forge -1
	ip -n "${ns[rt]}" route add unreachable "$S"
	ask_ok cl send 1 100
	forge -1 -2
	pass_time 2
	ask cl error 1
	check_match "the error of its socket" "$SAID" \
		"ok (EHOSTUNREACH|ENETUNREACH)"
	ip -n "${ns[rt]}" route del unreachable "$S"
	power_on sv rt
	ask sv recv 1 100
	check_eq "the server reads" "$SAID" "ok 100"
	ip -n "${ns[rt]}" link set sv mtu 1300
	carry cl 1 sv 1 5000
	ip -n "${ns[rt]}" link set sv mtu 1500
	carry sv 1 cl 1 5000
	take_stats gw
	check_stat peers_dead 0
	over
}

# From each side. The debug kernel looks for other things.
count=5000
[ -z "${TCPKA_DEBUG:-}" ] || count=1000

need_modules sch_ingress
topology cl gw rt sv
for node in gw rt; do
	in_ns "$node" sysctl -qw net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0
done
load
ends cl:cl sv:sv
program beyond rt "$bin/tcp_icmp" gw 02:00:00:00:01:01
program before cl "$bin/tcp_icmp" gw 02:00:00:00:00:02
for_each_family "not dead by them" not_dead
for_each_family "dead in time" dead
for_each_family "idle all the same" idle
for_each_family "true ones pass" true_ones
finish
