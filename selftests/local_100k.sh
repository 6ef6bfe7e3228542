#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# 100,000 living sockets take a new policy, another one, and none, in less than
# 2 s of CPU each, and no spinlock is held for longer than 1 ms meanwhile. In
# virtual time an instruction takes a nanosecond.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

sockets=100000
# There computing takes no time at all: only that it works is to be seen.
[ -z "${TCPKA_DEBUG:-}" ] || sockets=4000

# cpu_start, cpu_used: us that the CPU was not idle between the two, whoever
# used it: USED; and how long it was: LASTED.
cpu_start()
{
	cpu_look
	CPU_FROM=$CPU CPU_IDLE_FROM=$CPU_IDLE
}

cpu_used()
{
	cpu_look
	LASTED=$((CPU - CPU_FROM))
	USED=$((LASTED - CPU_IDLE + CPU_IDLE_FROM))
}

# The fourth and fifth word are ticks of 10 ms in which it was idle.
cpu_look()
{
	local idle waiting

	read -r _ _ _ _ idle waiting _ </proc/stat
	CPU=${EPOCHREALTIME/./}
	CPU_IDLE=$(((idle + waiting) * 10000))
}

# rules NAME COUNT
rules()
{
	json "$(ka cl -j policy list "$1")" flows
	[ "$VALUE" = "$2" ]
}

records()
{
	take_stats cl
	stat flows
	[ "$VALUE" = "$1" ]
}

# given IDLE: all of them have it, or if that is 0, no keepalive.
given()
{
	ask b given "$1"
	check_eq "sockets with keepalive $1" "$SAID" "ok $sockets"
}

# within WHAT: for the sockets that there are.
within()
{
	cpu_used
	say "$1: $((USED / 1000)) ms of CPU in $((LASTED / 1000)) ms"
	((USED < 2000000)) || fail "$1: $USED us of CPU"
}

# takes IDLE: a policy, and what of it probe-rate holds back.
takes()
{
	cpu_start
	policy cl one on local keepalive "$1" idle 1d
	busywait 60 rules one "$sockets" || fail "the policy rules $VALUE"
	within "ruled"
	pass_time $((sockets / 10000 + 2))
	within "given keepalive"
	given "$1"
	take_stats cl
	check_stat flows_refused 0
}

gives_back()
{
	cpu_start
	ka cl policy flush
	busywait 60 records 0 || fail "records left: $VALUE"
	within "given back"
	given 0
}

# All at once.
unhindered()
{
	ka cl config set probe-rate 1000000
	at_most 1000 "a policy" policy cl one on local keepalive 60 idle 1d
	given 60
	at_most 1000 "another one" policy cl one on local keepalive 90 idle 1d
	given 90
	at_most 1000 "none" ka cl policy flush
	given 0
	records 0 || fail "records left: $VALUE"
}

# Without the first policy and the last: for them the kernel resizes the table
# of records, and clears 4 MiB in one go. It holds no lock, but to clear a byte
# counts as an instruction.
slices()
{
	policy cl one on local keepalive 60 idle 1d
	busywait 60 rules one "$sockets" || fail "the policy rules $VALUE"
	pass_time 3
	at_most 1000 "another one" policy cl one on local keepalive 90 idle 1d
	given 90
	ka cl policy flush
}

# at_most US WHAT COMMAND...: a program that comes before all others and wants to
# run each 100 us has to wait for so long at most.
at_most()
{
	local most=$1 what=$2
	shift 2

	ask_ok b pulse 100
	"$@"
	pass_time 3
	ask_ok b gap
	say "$what: at most ${SAID#ok } us in one go"
	((${SAID#ok } < most)) || fail "$what: ${SAID#ok } us"
}

# preempt HOW: a kernel built with PREEMPT_DYNAMIC lets it be chosen.
preempt()
{
	local switch=/sys/kernel/debug/sched/preempt

	[ ! -w "$switch" ] || echo "$1" >"$switch"
}

[ "${TCPKA_LANE:-}" = virtual ] || skip_all "counts instructions"
topology cl sv
program b cl "$bin/tcp_cost"
ask_ok b pairs 127.0.0.1 8000 $((sockets / 4)) 10
ask_ok b pairs ::1 8100 $((sockets / 4)) 10
load
try "a policy" takes 60
try "another one" takes 90
try "none" gives_back
# Whoever holds a spinlock, or has softirqs wait, is all that is not preempted.
preempt full
try "no lock is held for 1 ms" unhindered
# Between two points of rest.
preempt voluntary
try "others run meanwhile" slices
ask_ok b reset
finish
