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

# both_joined WORD...: N and N2 are the next numbers of the two clients.
both_joined()
{
	ka gw policy flush
	policy gw watch on forward "$@"
	ka gw stats reset
	capture "n$family" gw cl
	capture "n2$family" gw cl2
	join cl sv 1 8001 40001
	join cl2 sv2 1 8001 40001
	capture_stop "n$family" "n2$family"
	next_number "n$family" "$C.40001"
	N=$VALUE
	next_number "n2$family" "$C.40001"
	N2=$VALUE
}

both_closed()
{
	local i

	for i in cl cl2; do
		ask_ok "$i" close 1
	done
	for i in sv sv2; do
		ask_ok "$i" vanish 1
	done
	pass_time 130
}

# An error that is about what was sent in one client's name is one for the
# other's, and passes.
errors_apart()
{
	local i

	both_joined keepalive 60s intvl 10s probes 3
	for i in sv sv2; do
		power_off "$i" gw
		ask_ok "icmp_$i" about "$C" 40001 "$S" 8001 "$S"
	done
	pass_time 65
	for i in cl cl2; do
		capture "errors_$i$family" "$i" gw "icmp or icmp6"
	done
	for i in sv sv2; do
		ask_ok "icmp_$i" error host "$((N - 1))"
		ask_ok "icmp_$i" error host "$((N2 - 1))"
	done
	for i in cl cl2; do
		capture_stop "errors_$i$family"
		check_eq "errors at $i" "$(tcpdump -n -r \
			"$out/errors_$i$family.pcap" 2>/dev/null | wc -l)" 1
	done
	power_on sv gw
	power_on sv2 gw
	pass_time 30
	take_stats gw
	check_stat peers_dead 0
	for i in "" 2; do
		carry "cl$i" 1 "sv$i" 1
		carry "sv$i" 1 "cl$i" 1
	done
	both_closed
}

# This machine itself says that the next hop does not answer.
hop_silent()
{
	both_joined keepalive 60s intvl 10s probes 3
	capture "errors_cl$family" cl gw "icmp or icmp6"
	power_off sv gw
	ip -n "${ns[gw]}" neigh del "$S" dev sv
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	pass_time 5
	capture_stop "errors_cl$family"
	check_eq "errors at cl" "$(tcpdump -n -r \
		"$out/errors_cl$family.pcap" 2>/dev/null | wc -l)" 0
	take_stats gw
	check_stat peers_dead 1
	ip -n "${ns[gw]}" neigh replace "$S" lladdr 02:00:00:00:01:02 \
		dev sv nud permanent
	power_on sv gw
	carry cl2 1 sv2 1
	both_closed
}

# for_errors WHAT: the two above.
for_errors()
{
	program icmp_sv sv "$bin/tcp_icmp" gw 02:00:00:00:01:01
	program icmp_sv2 sv2 "$bin/tcp_icmp" gw 02:00:00:00:01:01
	in_ns gw sysctl -qw net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0
	for_each_family "$1, ICMP errors" errors_apart
	for_each_family "$1, the next hop is silent" hop_silent
}
