# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what lib.sh and the tests share
#
# The module and its tool. Sourced by lib.sh.

# What is told of a module that is not built is told once.
load()
{
	[ ! -e /sys/module/tcpka ] || die "tcpka is loaded already"
	if [ -n "${TCPKA_KO:-}" ]; then
		insmod "$TCPKA_KO" || die "cannot load $TCPKA_KO"
	elif [ -e "$self/../tcpka.ko" ]; then
		insmod "$self/../tcpka.ko" || die "cannot load tcpka.ko"
	else
		modprobe tcpka 2>/dev/null || skip_all "no tcpka.ko"
	fi
	loaded=1
}

# A local socket holds the module for the moment in which it is aborted.
remove_module()
{
	busywait 5 rmmod tcpka 2>/dev/null
}

unload()
{
	remove_module || die "cannot unload"
	loaded=
}

# ka NODE ARGUMENT...: tcpkactl there.
ka()
{
	local node=$1
	shift

	"$TCPKACTL" -n "${ns[$node]}" "$@"
}

# policy NODE NAME WORD...: puts it into force.
policy()
{
	ka "$1" policy replace "${@:2}" || die "policy ${*:2} refused"
}

# take_stats NODE [policy NAME]: for stat and check_stat.
take_stats()
{
	STATS=$(ka "$1" -j stats show "${@:2}") || fail "stats: $STATS"
}

# json JSON KEY: the first value of KEY, without its quotes, or "absent".
json()
{
	VALUE=absent
	[[ $1 =~ \"$2\":\ *\"?([^\",}]*) ]] && VALUE=${BASH_REMATCH[1]}
}

check_json()
{
	json "$1" "$2"
	check_eq "$2" "$VALUE" "$3"
}

stat()
{
	json "$STATS" "$1"
}

check_stat()
{
	stat "$1"
	check_eq "counter $1" "$VALUE" "$2"
}

# monitor NODE [ARGUMENT...]: subscribed when it returns, see event.
monitor()
{
	local node=$1
	shift

	rm -f "$work/monitor"
	mkfifo "$work/monitor"
	ip netns exec "${ns[$node]}" "$TCPKACTL" -j monitor "$@" \
		>"$work/monitor" &
	prog_pid[monitor]=$!
	exec {monitor_fd}<"$work/monitor"
	busywait 10 monitor_listens "$node" "$!" ||
		die "the monitor does not subscribe"
}

# The lines of /proc/net/netlink: sk Eth Pid Groups; Eth 16 is generic netlink.
monitor_listens()
{
	in_ns "$1" awk -v pid="$2" '
		$2 == 16 && $3 == pid && $4 != "00000000" { found = 1 }
		END { exit !found }' /proc/net/netlink
}

# event PATTERN [SECONDS]: waits for a line that matches: EVENT.
event()
{
	local limit=${2:-3600} until now

	until=$((${EPOCHREALTIME/./} / 1000000 + limit))
	while now=$((${EPOCHREALTIME/./} / 1000000)) && [ "$now" -le "$until" ] &&
	      read -r -t $((until - now + 1)) -u "$monitor_fd" EVENT; do
		[[ $EVENT =~ $1 ]] && return 0
	done
	fail "no event $1"
	EVENT=
	return 1
}

# no_event: nothing has come since. Once what is under way has arrived.
no_event()
{
	while read -r -t 0.3 -u "$monitor_fd" EVENT; do
		fail "unexpected event: $EVENT"
	done
}

# seen_ago NODE END [FILTER...]: ms since the last segment of it there, 1 for the
# initiator. In whole ticks of 17 ms, rounded down: to be compared with itself.
seen_ago()
{
	ka "$1" -j flow list "${@:3}" | grep -o '"last_seen_ms": *[0-9]*' |
		sed -n "$2s/.*: *//p"
}
