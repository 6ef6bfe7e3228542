#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# half-open ends a connect() of this host's own programs that gets no answer: they
# get ETIMEDOUT, as from TCP itself, and nothing is sent. One that is answered in
# time goes on; what has sent no SYN yet waits for its program, not for a peer.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

MAPPED=

# connects: sv's program, to an address that hears and does not answer.
connects()
{
	SINCE=${EPOCHREALTIME/./}
	tell sv connect 1 "$MAPPED$CR" 8001 "$@"
}

# fails AFTER: connect(), or the send() that does its work.
fails()
{
	expect sv ETIMEDOUT
	check_due "it fails" "$SINCE" "$WHEN" "$1"
	ask_ok sv close 1
}

expired()
{
	event '"event":"expired"' 5
	check_json "$EVENT" reason half-open
	check_json "$EVENT" policy embryos
	check_json "$EVENT" kind local
	check_json "$EVENT" by tcpka
	check_json "$EVENT" dport 8001
	check_json "$EVENT" guessed false
	check_json "$EVENT" idle_ms absent
	no_event
}

# counted N, and from 0 again.
counted()
{
	take_stats sv
	check_stat expired_half_open "$1"
	check_stat rst_sent 0
	check_stat unforgeable 0
	check_stat killed 0
	check_stat flows 0
	check_stat flows_created 0
	ka sv stats reset
}

# SYNs at 0, 1, 3 and 7 seconds, and nothing else.
only_syns()
{
	local flags

	capture_stop syns
	flags=$(awk '{ print $4 }' "$out/syns.segments" | xargs)
	check_eq "what was sent" "$flags" "S S S S"
}

unanswered()
{
	capture syns cl sv
	connects
	fails 10
	only_syns
	expired
	counted 1
}

by_port()
{
	policy sv embryos on local sport 40001 half-open 10s
	connects 40001
	fails 10
	expired
	policy sv embryos on local sport 40002 half-open 10s
	in_ns sv sysctl -qw net.ipv4.tcp_syn_retries=3
	connects 40001
	expect sv ETIMEDOUT
	((WHEN - SINCE > 14000000)) || fail "ended after $((WHEN - SINCE)) us"
	ask_ok sv close 1
	in_ns sv sysctl -qw net.ipv4.tcp_syn_retries=6
	policy sv embryos on local half-open 10s
	counted 1
}

# It was connecting before the policy, whose clock begins with it.
found()
{
	ka sv policy flush
	connects
	pass_time 4
	SINCE=${EPOCHREALTIME/./}
	policy sv embryos on local half-open 10s
	fails 10
	expired
	counted 1
}

# The SYN of 7 s is answered.
late()
{
	connects 40001
	pass_time 4
	ask_ok rc open "$CR" 8001 "$S" 40001
	tell rc accept
	expect sv ok
	((WHEN - SINCE > 6000000)) || fail "connected at $((WHEN - SINCE)) us"
	expect rc "ok*"
	pass_time 20
	check_eq "it lives" "$(in_ns sv ss -Htan state established | wc -l)" 1
	no_event
	ask_ok sv reset 1
	ask_ok rc drain
	event '"event":"closed"' 5
	take_stats sv
	check_stat expired_half_open 0
	check_stat flows 0
	ka sv stats reset
}

noted()
{
	policy sv embryos on local half-open 10s action none
	in_ns sv sysctl -qw net.ipv4.tcp_syn_retries=4
	connects
	pass_time 12
	check_eq "it goes on" "$(in_ns sv ss -Htan state syn-sent | wc -l)" 1
	expired
	expect sv ETIMEDOUT
	((WHEN - SINCE > 30000000)) || fail "ended after $((WHEN - SINCE)) us"
	ask_ok sv close 1
	no_event
	in_ns sv sysctl -qw net.ipv4.tcp_syn_retries=6
	policy sv embryos on local half-open 10s
	counted 1
}

# connect() succeeds without a segment: the SYN goes with the first payload.
deferred()
{
	in_ns sv sysctl -qw net.ipv4.tcp_fastopen=5
	ask_ok sv kind fast
	ask_ok sv connect 1 "$CR" 8001
	ask_ok sv kind plain
	pass_time 30
	check_eq "SYN_SENT" "$(in_ns sv ss -Htan state syn-sent | wc -l)" 1
	counted 0
	SINCE=${EPOCHREALTIME/./}
	tell sv send 1 1
	fails 10
	expired
	counted 1
	in_ns sv sysctl -qw net.ipv4.tcp_fastopen=1
}

# A user is faster.
killed()
{
	connects
	pass_time 5
	check_eq "kill" "$(ka sv -j flow kill all)" \
		'{"matched":1,"ended":1,"refused":0}'
	expect sv ECONNABORTED
	ask_ok sv close 1
	pass_time 10
	take_stats sv
	check_stat killed 1
	check_stat expired_half_open 0
	ka sv stats reset
	event '"event":"killed"' 5
	no_event
}

unloaded()
{
	connects
	pass_time 5
	stop_program monitor
	unload
	in_ns sv sysctl -qw net.ipv4.tcp_syn_retries=3
	expect sv ETIMEDOUT
	((WHEN - SINCE > 14000000)) || fail "ended after $((WHEN - SINCE)) us"
	ask_ok sv close 1
	in_ns sv sysctl -qw net.ipv4.tcp_syn_retries=6
	load
	monitor sv flow
	policy sv embryos on local half-open 10s
}

topology cl sv
need_modules tcp_diag
load
ends sv:sv
scripted rc cl sv
# newer kernels repeat the first SYNs each second
in_ns sv sysctl -qw net.ipv4.tcp_syn_linear_timeouts=0 2>/dev/null
policy sv embryos on local half-open 10s
monitor sv flow
for_each_family "no answer" unanswered
use_family ipv4
MAPPED=::ffff:
try "no answer, v4-mapped" unanswered
MAPPED=
for_each_family "a policy for a port" by_port
for_each_family "connecting before the policy" found
for_each_family "a late answer" late
for_each_family "action none" noted
for_each_family "no SYN yet" deferred
for_each_family "killed" killed
for_each_family "the module goes" unloaded
finish
