# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh and the tests share
#
# Two pairs of machines with the same addresses behind one gateway: cl and sv as
# topology made them, cl2 and sv2 beside them. Whatever keeps them apart there,
# two connections with the same addresses and ports are probed and ended each
# by itself.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# twins: the second pair. Its devices at the gateway are named after it, and
# are for twin_devices to set up.
twins()
{
	local name

	for name in cl2 sv2; do
		ns[$name]=$row_name-$name
		ip netns add "${ns[$name]}" || die "cannot make $name"
	done
	{
		echo "link add gw netns ${ns[cl2]}" \
			"address 02:00:00:00:00:01 type veth" \
			"peer name cl2 netns ${ns[gw]}" \
			"address 02:00:00:00:00:02"
		echo "link add sv2 netns ${ns[gw]}" \
			"address 02:00:00:00:01:01 type veth" \
			"peer name gw netns ${ns[sv2]}" \
			"address 02:00:00:00:01:02"
	} >"$work/twins"
	ip -batch "$work/twins" || die "cannot link the twins"
	twin_end cl2 0 1
	twin_end sv2 1 2
}

# twin_end NAME LINK SIDE
twin_end()
{
	{
		echo "link set lo up"
		link_config "$2" "$3" gw
		echo "route add default via 10.77.$2.$((3 - $3))"
		echo "route add default via fd77:$2::$((3 - $3))"
	} >"$work/node"
	ip -n "${ns[$1]}" -batch "$work/node" || die "cannot set up $1"
}

# twin_devices SUFFIX [MASTER]: the gateway's two of a pair, as ports of MASTER.
twin_devices()
{
	local dev

	{
		for dev in "cl$1" "sv$1"; do
			echo "addr flush dev $dev"
			[ -z "${2:-}" ] || echo "link set $dev master $2"
		done
		link_config 0 2 "cl$1"
		link_config 1 1 "sv$1"
	} >"$work/node"
	ip -n "${ns[gw]}" -batch "$work/node" || die "cannot set up cl$1, sv$1"
}

# check_probes NAME TO SECONDS COUNT [UNTIL]: in the other end's name TO was
# probed so often, each time when it had been silent for SECONDS. A RST is
# checked by probes, too: those come after UNTIL.
check_probes()
{
	local line from count=0

	find_probes "$1$family" any "$2"
	for line in "${FOUND[@]}"; do
		[ "${line%% *}" -lt "${5:-${line%% *}9}" ] || continue
		count=$((count + 1))
		from=${line#* }
		check_second "$1: a probe" "${from%% *}" "${line%% *}" "$3"
	done
	check_eq "$1: probes to $2" "$count" "$4"
}

# Of what the one connection is sent, nothing goes the other's way.
apart()
{
	local first second end i

	ka gw policy flush
	policy gw one on forward iif cl keepalive 20s intvl 5s idle 90s
	policy gw two on forward iif cl2 keepalive 30s intvl 5s idle 200s
	ka gw stats reset
	for i in cl cl2 sv sv2; do
		capture "$i$family" gw "$i"
	done
	join cl sv 1 8001 40001
	first=$SINCE
	join cl2 sv2 1 8001 40001
	check_eq "connections" \
		"$(ka gw -j flow count state established)" '{"flows":2}'
	tell sv recv 1
	ask cl recv 1
	check_eq "the first client's recv" "$SAID" ECONNRESET
	check_due "its end" "$first" "$WHEN" 90
	expect sv ECONNRESET
	# the other was not told, and is not blocked by a tombstone
	pass_time 25
	carry cl2 1 sv2 1
	carry sv2 1 cl2 1
	second=$SINCE
	for i in cl cl2 sv sv2; do
		capture_stop "$i$family"
	done
	end=$((first + 90000000))
	check_probes cl "$C.40001" 20 4 "$end"
	check_probes sv "$S.8001" 20 4 "$end"
	check_probes cl2 "$C.40001" 30 3
	check_probes sv2 "$S.8001" 30 3
	for i in cl sv; do
		find_segments "$i$family" any any 'flags ~ /R/'
		[ "${#FOUND[@]}" -ge 1 ] || fail "$i: no RST"
		find_segments "${i}2$family" any any 'flags ~ /R/'
		check_eq "${i}2: RSTs" "${#FOUND[@]}" 0
	done
	tell sv2 recv 1
	ask cl2 recv 1
	check_eq "the second client's recv" "$SAID" ECONNRESET
	check_due "its end" "$second" "$WHEN" 200
	expect sv2 ECONNRESET
	take_stats gw
	check_stat expired_idle 2
	check_stat rst_sent 4
	check_stat relearned 0
	check_stat send_errors 0
	for i in cl cl2 sv sv2; do
		ask_ok "$i" close 1
	done
	pass_time 61
}
