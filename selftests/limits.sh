#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# max-flows: what is over it is refused and counted, and its traffic passes.
# probe-rate: a burst of deadlines becomes no burst of probes, and none is
# forgotten. Outside of the initial user namespace limits can only be lowered.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

max_flows()
{
	local i

	ka gw stats reset
	ka gw config set max-flows 3 || fail "config set"
	for i in 1 2 3 4 5; do
		join cl sv "$i" 8001
		carry cl "$i" sv "$i" 1000
	done
	take_stats gw
	check_stat flows 3
	check_stat flows_refused 2
	check_stat flows_created 3
	ask_ok cl close 1
	ask_ok sv close 1
	join cl sv 6 8001
	take_stats gw
	check_stat flows_refused 2
	check_stat flows_created 4
	for i in 2 3 4 5 6; do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
	ka gw config set max-flows 1000
}

# Half-open flows give way to new connections.
half_open()
{
	local i

	ka gw stats reset
	ka gw config set max-flows 2 || fail "config set"
	for i in 1 2 3; do
		ask_ok rc open "$CR" "600$i" "$SR" 80
		ask_ok rc seg S
	done
	join cl sv 1 8001
	take_stats gw
	check_stat flows_evicted 2
	check_stat flows_refused 0
	check_stat flows 2
	json "$(ka gw -j flow list state established)" dport
	check_eq "the connection's dport" "$VALUE" 8001
	ask_ok cl close 1
	ask_ok sv close 1
	ka gw policy flush
	ka gw config set max-flows 1000
	policy gw watch on forward keepalive 60s
}

# 40 connections, 80 ends: with 10 a second it takes 8 s.
probe_rate()
{
	local i first

	ka gw config set probe-rate 10 || fail "config set"
	capture "client$family" gw cl
	capture "server$family" gw sv
	for i in {1..40}; do
		join cl sv "$i" 8001
		[ "$i" != 1 ] || first=$SINCE
	done
	pass_time 70
	capture_stop "client$family" "server$family"
	{
		find_probes "client$family" "$S.8001" any
		printf '%s\n' "${FOUND[@]}"
		find_probes "server$family" any "$S.8001"
		printf '%s\n' "${FOUND[@]}"
	} | sort -n >"$work/probes"
	check_eq "probes" "$(wc -l <"$work/probes")" 80
	check_eq "ends probed" \
		"$(awk '{ print $3 $4 }' "$work/probes" | sort -u | wc -l)" 80
	check_eq "ends probed too soon" \
		"$(awk '$1 - $2 < 60000000' "$work/probes" | wc -l)" 0
	# no second, wherever it begins, has more
	check_eq "seconds with more than 10" "$(awk '
		{ time[NR] = $1 }
		NR > 10 && $1 - time[NR - 10] < 1000000 { n++ }
		END { print n + 0 }' "$work/probes")" 0
	check_last "$first" "$(tail -n 1 "$work/probes" | cut -d' ' -f1)"
	ka gw config set probe-rate 10000
	for i in {1..40}; do
		ask_ok cl vanish "$i"
		ask_ok sv vanish "$i"
	done
	ka gw policy flush
	policy gw watch on forward keepalive 60s
}

# check_last FIRST AT: connections fall due one after another, as slowly as this
# machine has made them. The 8 s begin with the first of them, at the soonest:
# since no second has more than 10, with what pacing keeps between them for it
# (2 ticks), the last one comes 78 * 103.36 ms - 2 ticks later. They begin with
# the last of them at the latest.
check_last()
{
	local soon=$(($2 - $1 - 60000000 - 8028170))
	local late=$(($2 - SINCE - 68000000))

	[ "$soon" -ge 0 ] || fail "the last one: $soon us too soon"
	[ "$late" -le 930000 ] || fail "the last one: $late us late at 68 s"
}

# What is only forgotten has no turn to wait for: 60 at once, with 1 a second.
forgotten()
{
	local i at

	for i in {1..60}; do
		join cl sv "$i" 8001
	done
	ka gw stats reset
	ka gw config set probe-rate 1 || fail "config set"
	at=${EPOCHREALTIME/./}
	check_eq "kill" "$(ka gw -j flow kill all with drop)" \
		'{"matched":60,"ended":60,"refused":0}'
	((${EPOCHREALTIME/./} - at < 2000000)) ||
		fail "it took $((${EPOCHREALTIME/./} - at)) us"
	ka gw config set probe-rate 10000
	take_stats gw
	check_stat killed 60
	check_stat flows 0
	for i in {1..60}; do
		ask_ok cl vanish "$i"
		ask_ok sv vanish "$i"
	done
}

# Nor has what is forgotten when its time has come.
dropped()
{
	local i

	ka gw config set probe-rate 1 || fail "config set"
	ka gw policy flush
	policy gw short on forward idle 10s action drop
	for i in {1..60}; do
		join cl sv "$i" 8001
	done
	ka gw stats reset
	pass_time 10.4
	take_stats gw
	check_stat expired_idle 60
	check_stat flows 0
	ka gw config set probe-rate 10000
	for i in {1..60}; do
		ask_ok cl vanish "$i"
		ask_ok sv vanish "$i"
	done
	ka gw policy flush
	policy gw watch on forward keepalive 60s
}

user_namespace()
{
	local said

	unshare -Urn "$TCPKACTL" config set max-flows 100 probe-rate 10 ||
		fail "cannot lower the limits"
	for key in max-flows probe-rate; do
		said=$(unshare -Urn "$TCPKACTL" config set "$key" 4000000 2>&1)
		check_eq "exit status of $key" "$?" 2
		check_match "message" "$said" "\"$key\""
	done
}

topology cl gw sv
load
ends cl:cl sv:sv
scripted rc cl gw
policy gw watch on forward keepalive 60s
for_each_family "max-flows: refused, counted, passed" max_flows
for_each_family "max-flows: half-open flows give way" half_open
for_each_family "probe-rate" probe_rate
use_family ipv4
try "probe-rate: flow kill with drop" forgotten
try "probe-rate: action drop" dropped
try "a user namespace only lowers them" user_namespace
finish
