#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# half-closed goes on for what TCP leaves of a socket in FIN_WAIT2 when its program
# has closed it: the peer gets a RST with the exact number, counted from the FIN.
# What closes in time is TCP's, TIME_WAIT and all; and so is everything when the
# policy goes, the module, or the namespace.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# left [OPTION...]: the scripted client has connected to sv, whose program has
# closed since; the client has acknowledged that. SINCE: the FIN.
left()
{
	meet rc sv 1 4001 8001 "$@"
	pass_time 5
	SINCE=${EPOCHREALTIME/./}
	ask_ok sv close 1
	ask rc wait 1
	check_match "the FIN" "$SAID" "^ok FA seq=0 ack=0 "
	ask_ok rc seg A
	pass_time 0.1
	is_left
}

is_left()
{
	check_eq "what is left" "$(in_ns sv ss -Htan state fin-wait-2 | wc -l)" 1
}

nothing_left()
{
	check_eq "sockets" "$(in_ns sv ss -Htan)" ""
}

# The peer resets what is left.
clear_away()
{
	ask_ok rc seg R
	pass_time 0.1
	nothing_left
}

silent()
{
	ask rc wait "$1"
	check_eq "the peer hears" "$SAID" ETIMEDOUT
}

# told_after SECONDS: it hears the RST then, and nothing more.
told_after()
{
	ask rc wait 200
	check_match "the peer hears" "$SAID" "^ok RA seq=0 ack=0 "
	check_due "the RST" "$SINCE" "$WHEN" "$1"
	RST=$SAID
	nothing_left
	silent 3
}

expired()
{
	event '"event":"expired"' 5
	check_json "$EVENT" reason half-closed
	check_json "$EVENT" policy half
	check_json "$EVENT" kind local
	check_json "$EVENT" by tcpka
	check_json "$EVENT" state fin-wait
	check_json "$EVENT" sport 4001
	check_json "$EVENT" dport 8001
	check_json "$EVENT" role initiator
	check_json "$EVENT" guessed false
}

# counted EXPIRED RST, and from 0 again. Nothing is ruled any more.
counted()
{
	take_stats sv
	check_stat expired_half_closed "$1"
	check_stat rst_sent "$2"
	check_stat fin_sent 0
	check_stat send_errors 0
	check_stat flows 0
	ka sv stats reset
}

# shellcheck disable=SC2120 # the options are for_each_family's
over()
{
	left "$@"
	told_after 20
	if [ -n "${1:-}" ]; then
		check_match "its timestamp" "$RST" "ts=[1-9][0-9]*,[1-9]"
	fi
	expired
	counted 1 1
}

# As above, by the side that has connected, with an address of the other kind.
initiator()
{
	ask_ok rc open "$CR" 8002 "$S" 40001
	tell rc accept
	ask_ok sv connect 1 "${MAPPED}$CR" 8002 40001
	expect rc "ok*"
	SINCE=${EPOCHREALTIME/./}
	ask_ok sv close 1
	ask rc wait 1
	ask_ok rc seg A
	told_after 20
	event '"event":"expired"' 5
	check_json "$EVENT" sport 40001
	check_json "$EVENT" dport 8002
	counted 1 1
}

# The clock began when the program shut it down, and it closes later.
shut_before()
{
	meet rc sv 1 4001 8001
	SINCE=${EPOCHREALTIME/./}
	ask_ok sv shut 1
	ask rc wait 1
	ask_ok rc seg A
	pass_time 15
	ask_ok sv close 1
	pass_time 0.1
	is_left
	told_after 20
	expired
	counted 1 1
}

# seconds AT: the peer closes then; what comes is TIME_WAIT, for its whole time.
closes()
{
	left
	pass_time "$1"
	ask_ok rc seg FA
	ask rc wait 1
	check_match "its FIN is acknowledged" "$SAID" "^ok A "
	silent 25
	check_eq "TIME_WAIT" "$(in_ns sv ss -Htan state time-wait | wc -l)" 1
	counted 0 0
	time_waits_end
}

# A policy of the same name has it end sooner, or later.
replaced()
{
	policy sv half on local half-closed "$1"
	left
	pass_time 3
	policy sv half on local half-closed "$2"
	told_after "$2"
	expired
	policy sv half on local half-closed 20s
	counted 1 1
}

flushed()
{
	left
	take_stats sv
	check_stat flows 1
	ka sv policy flush
	busywait 5 forgotten || fail "flows: $VALUE"
	silent 30
	is_left
	policy sv half on local half-closed 20s
	silent 25
	clear_away
	counted 0 0
}

forgotten()
{
	take_stats sv
	stat flows
	[ "$VALUE" = 0 ]
}

noted()
{
	policy sv half on local half-closed 20s action none
	left
	silent 25
	expired
	silent 20
	no_event
	is_left
	clear_away
	counted 1 0
	policy sv half on local half-closed 20s
}

# The peer has its FIN, and now a while to close.
by_fin()
{
	policy sv half on local half-closed 20s action fin
	ka sv config set fin-wait 5s
	left
	told_after 25
	expired
	take_stats sv
	check_stat fin_fell_back 1
	counted 1 1
	ka sv config set fin-wait 60s
	policy sv half on local half-closed 20s
}

# Whose it was is known although nobody owns it any more.
by_user()
{
	policy sv half on local uid 0 half-closed 20s
	# shellcheck disable=SC2119
	over
	policy sv half on local half-closed 20s
}

# Where TCP itself ends it sooner it does so, without a word.
tcp_sooner()
{
	in_ns sv sysctl -qw net.ipv4.tcp_fin_timeout=10
	left
	forgotten || fail "flows: $VALUE"
	silent 30
	nothing_left
	counted 0 0
	in_ns sv sysctl -qw net.ipv4.tcp_fin_timeout=60
}

signed()
{
	ask_ok cl kind md5 "$S"
	ask_ok sv kind md5 "$C"
	join cl sv 1 8003
	ask_ok sv close 1
	pass_time 25
	is_left
	take_stats sv
	check_stat unforgeable 1
	counted 0 0
	ask_ok cl kind plain
	ask_ok sv kind plain
	ask_ok cl close 1
	time_waits_end
}

# killed by a user, and by nobody else afterwards
killed()
{
	left
	check_eq "kill" "$(ka sv -j flow kill all)" \
		'{"matched":1,"ended":1,"refused":0}'
	ask rc wait 1
	check_match "the peer hears" "$SAID" "^ok RA seq=0 ack=0 "
	silent 25
	take_stats sv
	check_stat killed 1
	counted 0 1
}

unloaded()
{
	left
	stop_program monitor
	unload
	silent 30
	is_left
	clear_away
	load
	monitor sv flow
	policy sv half on local half-closed 20s
}

namespace_gone()
{
	left
	take_stats sv
	check_stat flows 1
	stop_program monitor sv
	ip netns delete "${ns[sv]}"
	unset "ns[sv]"
	unload
}

topology cl sv
need_modules tcp_diag
load
ends cl:cl sv:sv
scripted rc cl sv
MAPPED=
policy sv half on local half-closed 20s
monitor sv flow
for_each_family "the peer never closes" over
for_each_family "with timestamps" over ts
for_each_family "this side has connected" initiator
use_family ipv4
MAPPED=::ffff:
try "this side has connected, v4-mapped" initiator
MAPPED=
for_each_family "shut down before" shut_before
for_each_family "the peer closes at once" closes 0
for_each_family "the peer closes in time" closes 15
for_each_family "a shorter time" replaced 50 10
for_each_family "a longer time" replaced 10 30
for_each_family "no policy any more" flushed
for_each_family "action none" noted
for_each_family "action fin" by_fin
for_each_family "a policy for a user" by_user
for_each_family "TCP is sooner" tcp_sooner
if ask cl kind md5 "$S" && ask cl listen 1001 "$C" 8009 && [ "$SAID" = ok ]; then
	ask_ok cl close 1001
	ask_ok cl kind plain
	for_each_family "signed" signed
fi
for_each_family "killed" killed
for_each_family "the module goes" unloaded
use_family ipv4
try "the namespace goes" namespace_gone
finish
