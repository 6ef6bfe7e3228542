#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# flow kill of many local sockets that no policy rules, and unload, or the end of
# the namespace, right after it.

# shellcheck source=lib_kill.sh
. "${0%/*}/lib_kill.sh"

# held N: so many connections, of two ports.
held()
{
	ask_ok many hold "$S" 8010 $(($1 / 2))
	ask_ok many hold "$S" 8011 $(($1 / 2))
}

in_one_go()
{
	held 2000
	kills cl 2000 2000 0 all
	count cl 0
	ask many release
	check_eq "aborted" "$SAID" "ok 2000"
	counted cl 2000 2000 0 0 0
	# the server has one after the other
	pass_time 75
	count sv 0
	# a monitor is told as much as it has room for
	stop_program monitor
	monitor cl flow
}

# unloads WITH: right after many were killed. What is being closed is TCP's then.
unloads()
{
	held 500
	stop_program monitor
	ka cl flow kill all with "$1" >/dev/null
	unload
	load
	monitor cl flow
	ask_ok many release
	pass_time 130
	count cl 0
	count sv 0
}

# gone NODE: what it had is freed, its end of the cable, too.
gone()
{
	! ip -n "${ns[sv]}" link show dev "$1" >/dev/null 2>&1
}

# deleted WITH: right after all of its sockets were killed.
deleted()
{
	program doomed end "$bin/tcp_churn"
	ask_ok doomed hold "$S" 8010 300
	ka end flow kill all with "$1" >/dev/null
	stop_program doomed
	ip netns delete "${ns[end]}" || fail "delete"
	unset "ns[end]"
	busywait 150 gone end || fail "the namespace stays"
	again
}

# again: the third machine, beside the server.
again()
{
	ns[end]=$row_name-end$((++ends_made))
	{
		echo "netns add ${ns[end]}"
		echo "link add end netns ${ns[sv]} type veth peer name sv" \
			"netns ${ns[end]}"
	} | ip -batch - || die "cannot make a machine"
	{
		echo "link set lo up"
		echo "link set sv up"
		echo "addr add 10.78.0.1/24 dev sv"
		echo "addr add fd78::1/64 dev sv nodad"
		echo "route add default via 10.78.0.2"
		echo "route add default via fd78::2"
	} | ip -n "${ns[end]}" -batch - || die "cannot set up a machine"
	{
		echo "link set end up"
		echo "addr add 10.78.0.2/24 dev end"
		echo "addr add fd78::2/64 dev end nodad"
	} | ip -n "${ns[sv]}" -batch - || die "cannot set up its cable"
	busywait 20 is_up end sv || die "the link is not ready"
	busywait 20 is_up sv end || die "nor its other side"
}

# is_up NODE DEVICE: as links_ready.
is_up()
{
	local link

	link=$(ip -n "${ns[$1]}" -o link show dev "$2")
	[[ $link != *"qdisc noop "* && $link != *DOWN* ]]
}

ulimit -n 8192
ends_made=0
topology cl sv
load
program many cl "$bin/tcp_churn"
program servers sv "$bin/tcp_churn"
monitor cl flow
for port in 8010 8011; do
	ask_ok servers serve 0.0.0.0 "$port"
	ask_ok servers serve :: "$port"
done
for_each_family "2000 of them" in_one_go
for_each_family "unload, right after rst" unloads rst
for_each_family "unload, right after fin" unloads fin
again
for_each_family "the namespace goes, right after rst" deleted rst
for_each_family "the namespace goes, right after fin" deleted fin
finish
