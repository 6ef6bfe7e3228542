#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 600
#
# Instructions for one forwarded segment of 100 bytes: of 1,000 established
# flows; with 1, 10 and 100 policies; of flows that no policy matches; and with
# the module loaded and no policy.

# shellcheck source=lib_bench.sh
. "${0%/*}/lib_bench.sh"

# more_policies COUNT: so many that match nothing, before the one that does.
more_policies()
{
	local -i i

	for ((i = 1; i < $1; i++)); do
		echo "policy add p$i prio 1 on forward dport $((10000 + i))" \
			"idle 1d"
	done >"$work/batch"
	ka gw -b "$work/batch" || die "policies refused"
	pass_time 1
}

policies()
{
	local n

	for n in 1 10 100; do
		ka gw policy flush
		pass_time 1
		more_policies "$n"
		policy gw every prio 2 on forward idle 1d
		open_all 1000
		flows_are 1000
		pass_time 1
		data "policies-$n-$family" tcpka 1000 "$passes"
		compare_with "policies-$n-$family" "policies-1-$family" tcpka
	done
}

unruled()
{
	ka gw policy flush
	pass_time 1
	open_all 1000
	data "none-$family" tcpka 1000 "$passes"
	compare_with "none-$family" "segment-1000-$family" bare
	elsewhere "" dport 9999
	elsewhere -prefix src "$([ "$family" = ipv4 ] && echo 192.0.2.0/24 ||
		echo 2001:db8::/64)"
	elsewhere -mark mark 7
}

# elsewhere KEY WORD...: the one policy is for these.
elsewhere()
{
	policy gw other on forward "${@:2}" idle 1d
	data "unruled$1-$family" tcpka 1000 "$passes"
	compare_with "unruled$1-$family" "segment-1000-$family" bare
	flows_are 0
}

one_family()
{
	bench_family "$1"
	established bare 1000 "$passes"
	established conntrack 1000 "$passes"
	established tcpka 1000 "$passes"
	policies
	unruled
	tcpka_end
}

passes=5
bench_topology
for f in ipv4 ipv6; do
	try "instructions a segment, $f" one_family "$f"
done
finish
