#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 240
#
# Connections in whose ends' names nobody can speak: signed by TCP-MD5 or TCP-AO,
# or with only one direction that passes here. They are recognised and nothing is
# forged: what arrives at either end is what the other one has sent. Of the
# actions drop and none apply; of the others the event and a counter say that
# they do not, and the list says why. A subflow of MPTCP is probed, and never
# ended.

# shellcheck source=lib_gateway.sh
. "${0%/*}/lib_gateway.sh"

# begin WORD...: the policy; what passes on both sides of gw.
begin()
{
	ka gw policy flush
	policy gw expire on forward keepalive 45s idle 100s "$@"
	ka gw stats reset
	capture "cl$family" gw cl
	capture "sv$family" gw sv
}

# check_untouched: what came in on one side of gw left on the other, and nothing
# else did.
check_untouched()
{
	local side

	capture_stop "cl$family" "sv$family"
	for side in cl sv; do
		cut -d' ' -f2-10 "$out/$side$family.segments" | sort \
			>"$work/$side.passed"
	done
	[ -s "$work/cl.passed" ] || fail "nothing has passed"
	diff "$work/cl.passed" "$work/sv.passed" >"$work/diff" ||
		fail "made or taken here: $(cat "$work/diff")"
}

check_listed()
{
	FLOW=$(ka gw -j flow list)
	check_json "$FLOW" obstacle "$1"
	check_json "$FLOW" state established
	check_json "$FLOW" probes_sent 0
}

check_flows()
{
	check_eq "flows" "$(ka gw -j flow count)" "{\"flows\":$1}"
}

# check_said OBSTACLE COUNT
check_said()
{
	check_json "$EVENT" obstacle "$1"
	take_stats gw
	check_stat unforgeable "$2"
	check_stat probes_sent 0
	check_stat rst_sent 0
	check_stat fin_sent 0
}

# Each way of ending it, while it lives: ACTION OBSTACLE COUNT.
expires()
{
	begin action "$1"
	talk
	SINCE=${EPOCHREALTIME/./}
	check_listed "$2"
	event '"event":"expired"'
	check_due "the event" "$SINCE" "${EPOCHREALTIME/./}" 100
	check_json "$EVENT" reason idle
	pass_time 10
	check_said "$2" "$3"
	take_stats gw
	check_stat expired_idle 1
}

# forgotten ACTION OBSTACLE COUNT: its next payload has it taken up again.
forgotten()
{
	expires "$@"
	check_flows 0
	talk
	check_listed "$2"
	check_untouched
}

# noted OBSTACLE: it stays, and what a user asks for is refused, too.
noted()
{
	expires none "$1" 0
	check_flows 1
	check_eq "kill with rst" "$(ka gw -j flow kill all 2>/dev/null)" \
		'{"matched":1,"ended":0,"refused":1}'
	check_eq "kill with fin" \
		"$(ka gw -j flow kill all with fin 2>/dev/null)" \
		'{"matched":1,"ended":0,"refused":1}'
	ka gw flow probe all >/dev/null 2>&1
	check_flows 1
	take_stats gw
	check_stat unforgeable 2
	check_eq "kill with drop" "$(ka gw -j flow kill all with drop)" \
		'{"matched":1,"ended":1,"refused":0}'
	event '"event":"killed"'
	check_said "$1" 2
	check_flows 0
	talk
	check_untouched
}

# With an end that has lost its power nobody is declared dead.
unpowered()
{
	begin
	talk
	power_off sv gw
	pass_time 99
	check_flows 1
	take_stats gw
	check_stat peers_dead 0
	check_stat probes_sent 0
	power_on sv gw
	talk
	check_untouched
}

all_actions()
{
	forgotten rst "$1" 1
	forgotten fin "$1" 1
	forgotten drop "$1" 0
	noted "$1"
	unpowered
}

# What both ends say: programs of the kernel's, or scripted ones.
talk=by_kernel

talk()
{
	"$talk"
}

by_kernel()
{
	carry cl 1 sv 1 10
	carry sv 1 cl 1 10
}

by_script()
{
	say_scripted rc rs
	say_scripted rs rc
}

closed()
{
	ask_ok cl close 1
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	ask_ok sv close 1
	# a flow of which one direction is seen does not end by itself
	ka gw policy flush
}

# signed KIND
signed()
{
	ask_ok cl kind "$1" "$S"
	ask_ok sv kind "$1" "$C"
	policy gw expire on forward idle 100s
	join cl sv 1 8001
	check_listed signed
	all_actions signed
	closed
	ask_ok cl kind plain
	ask_ok sv kind plain
}

# has KIND: this kernel signs so.
has()
{
	local said

	use_family ipv4
	ask_ok cl kind "$1" "$S"
	ask cl listen 1001 "$C" 8002
	said=$SAID
	ask cl close 1001
	ask_ok cl kind plain
	[ "$said" = ok ]
}

say_scripted()
{
	ask_ok "$1" seg PA len=10
	ask "$2" wait
	check_match "$2 hears" "$SAID" "ok PA seq=0 .*len=10"
	ask_ok "$2" seg A
	ask "$1" wait
	check_match "$1 hears" "$SAID" "ok A "
}

# Any kind of signature is one, whoever made it.
signed_by_script()
{
	local port=$((5000 + $1))

	talk=by_script
	policy gw expire on forward idle 100s
	ask_ok rs open "$SR" 8003 "$CR" "$port" sign="$1" iss=900000 ts
	ask_ok rc open "$CR" "$port" "$SR" 8003 sign="$1" iss=100000 ts
	tell rs accept
	ask_ok rc connect
	expect rs ok
	check_listed signed
	all_actions signed
	ka gw policy flush
	talk=by_kernel
}

for_signed()
{
	if has "$1"; then
		for_each_family "signed by TCP-$2" signed "$1"
	else
		say "this kernel has no TCP-$2"
	fi
}

# The responder has signed, and nobody goes on: it is not freed by a RST.
signed_handshake()
{
	ka gw policy flush
	policy gw embryos on forward half-open 20s
	ka gw stats reset
	ask_ok rs open "$SR" 8004 "$CR" 5004 sign=29 iss=900000
	ask_ok rc open "$CR" 5004 "$SR" 8004 sign=29 iss=100000
	ask_ok rs drain
	ask_ok rc seg S
	ask rs wait
	check_match "the SYN" "$SAID" "ok S "
	ask_ok rs seg SA
	ask rc wait
	check_match "the SYN-ACK" "$SAID" "ok SA"
	event '"event":"expired"'
	check_json "$EVENT" reason half-open
	check_said signed 1
	check_flows 0
	ask rs wait 5
	check_eq "the server hears" "$SAID" ETIMEDOUT
}

# one_way FUNCTION: by which one end's segments go past gw.
one_way()
{
	"$1" gw2
	join cl sv 1 8001
	all_actions one-way
	closed
	"$1" gw
}

# What is in the way of an end only: it is probed as others are.
subflow()
{
	local with

	ask_ok cl kind mptcp
	ask_ok sv kind mptcp
	ka gw policy flush
	policy gw expire on forward keepalive 45s idle 100s
	ka gw stats reset
	capture "cl$family" gw cl
	capture "sv$family" gw sv
	join cl sv 1 8001
	json "$(ka gw -j flow list)" obstacle
	check_eq "the obstacle" "$VALUE" mptcp
	event '"event":"expired"'
	check_json "$EVENT" obstacle mptcp
	for with in rst fin drop; do
		check_eq "kill with $with" \
			"$(ka gw -j flow kill all with "$with" 2>/dev/null)" \
			'{"matched":1,"ended":0,"refused":1}'
	done
	pass_time 300
	talk
	check_flows 1
	take_stats gw
	check_stat unforgeable 4
	check_stat rst_sent 0
	check_stat fin_sent 0
	check_stat peers_dead 0
	stat probes_answered
	[ "$VALUE" -ge 8 ] || fail "probes answered: $VALUE"
	capture_stop "cl$family" "sv$family"
	for with in cl sv; do
		find_segments "$with$family" any any 'flags ~ /[RF]/'
		check_eq "RST and FIN at $with" "${#FOUND[@]}" 0
	done
	closed
	ask_ok cl kind plain
	ask_ok sv kind plain
}

for_subflow()
{
	local node

	for node in cl sv; do
		in_ns "$node" sysctl -qw net.mptcp.enabled=1 2>/dev/null ||
			return
	done
	for_each_family "a subflow of MPTCP" subflow
}

topology cl gw sv
second_gateway obstacle
load
ends cl:cl sv:sv
scripted rc cl gw
scripted rs sv gw
monitor gw flow
for_signed md5 MD5
for_signed ao AO
for_each_family "signed, who knows how" signed_by_script 29
for_each_family "signed, a handshake" signed_handshake
for_each_family "the server's segments go past" one_way go_back
for_each_family "the client's segments go past" one_way go_there
for_subflow
finish
