# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh and the tests share
#
# Namespaces that exit, and the module that goes, while TCP connections are opened
# and closed over loopback as fast as the machine can. Sourced after lib.sh.

# So many connections of a storm live at once; each is two sockets.
storm_living=64

# So many a namespace must have seen before it goes. In real time that takes its
# time.
storm_enough=200
[ "${TCPKA_LANE:-}" != virtual ] || storm_enough=2500

# Where computing takes no time a storm would last for ever.
storm_rate=
[ -z "${TCPKA_DEBUG:-}" ] || storm_rate=12000

# storm NAME NODE: a program that makes one there.
storm()
{
	local loop=127.0.0.1

	[ "$family" = ipv4 ] || loop=::1
	program "$1" "$2" "$bin/tcp_churn"
	ask_ok "$1" storm "$loop" 8000 "$storm_living" $storm_rate
}

# opened NAME: connections so far: OPENED, at WHEN.
opened()
{
	ask_ok "$1" count
	OPENED=${SAID#ok }
}

# There is nothing else to wait for.
storm_rages()
{
	opened "$1"
	[ "$OPENED" -ge "$storm_enough" ]
}

# storm_policy NODE: rules all of them, by all that a socket has of tcpka.
storm_policy()
{
	policy "$1" all on local keepalive 60s idle 1d
}

# doomed_begins NAME: a namespace with a policy and a storm of its own. A link
# shows when it goes.
doomed_begins()
{
	ns[$1]=$row_name-$1
	ip -batch - <<-FILE || die "cannot make $1"
		netns add ${ns[$1]}
		link add $1 netns ${ns[cl]} type veth peer name cl netns ${ns[$1]}
	FILE
	ip -n "${ns[$1]}" link set lo up
	storm_policy "$1"
	storm "storm $1" "$1"
	busywait 60 storm_rages "storm $1" || fail "only $OPENED connections"
}

# doomed_ends NAME: its program dies, and the namespace with it, full of sockets
# that are ruled. How many there were is added to DOOMED.
doomed_ends()
{
	take_stats "$1"
	stat flows
	[ "$VALUE" -ge "$storm_living" ] || fail "$1: flows: $VALUE"
	stat flows_created
	[ "$VALUE" -ge "$storm_enough" ] || fail "$1: flows_created: $VALUE"
	opened "storm $1"
	DOOMED=$((DOOMED + OPENED))
	stop_program "storm $1"
	ip netns delete "${ns[$1]}"
	unset "ns[$1]"
}

doomed_gone()
{
	! ip -n "${ns[cl]}" link show "$1" >/dev/null 2>&1
}

# storm_round N: the module comes, two namespaces go, the second together with the
# module. RATE: connections a second from the first to the last moment.
storm_round()
{
	local -i before since

	DOOMED=0
	opened steady
	before=$OPENED since=$WHEN
	load
	storm_policy cl
	doomed_begins "doom$1"
	doomed_ends "doom$1"
	busywait 20 doomed_gone "doom$1" || fail "doom$1 does not go"
	doomed_begins "fate$1"
	doomed_ends "fate$1"
	unload
	opened steady
	RATE=$(((OPENED - before + DOOMED) * 1000000 / (WHEN - since)))
	say "$((OPENED - before + DOOMED)) connections, $DOOMED of them in" \
		"namespaces that went, in $(((WHEN - since) / 1000)) ms:" \
		"$RATE a second"
	busywait 20 doomed_gone "fate$1" || fail "fate$1 does not go"
}

# What the kernel of cl itself has counted.
active_opens()
{
	in_ns cl awk '/^Tcp: [0-9]/ { print $6 }' /proc/net/snmp
}

# storm_counted BEFORE: as many as the program says, BEFORE having been there.
storm_counted()
{
	local -i few opens

	opened steady
	few=$OPENED
	opens=$(active_opens)-$1
	opened steady
	((opens >= few && opens <= OPENED + 1)) ||
		fail "ActiveOpens: $opens, expected $few to $OPENED"
}
