# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what this, lib.sh and the scripts share
#
# What the benchmarks share. Sourced instead of ../lib.sh.
#
# A gateway, and at its sides two programs that make up the segments of many
# connections; what comes to a far end is dropped there, at ingress. In virtual
# time an instruction takes a nanosecond, and each segment is forwarded while
# its sender waits for the system call: so its time is the instructions of
# sending, forwarding and dropping one segment, and what a gateway's variant
# adds is the difference. Every connection is set up by its own handshake, which
# passes the gateway.
#
# What is found is written to $out/figures, "KEY VARIANT MEDIAN LEAST MOST".

# shellcheck source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"

samples=3
step=1000000000		# connections that open_all opens side by side
declare -A recorded

# sample KEY VARIANT VALUE: adds one.
sample()
{
	echo "$3" >>"$work/sample.$1.$2"
}

# record KEY VARIANT: what the samples say.
record()
{
	local -a all

	[ -s "$work/sample.$1.$2" ] || return
	mapfile -t all < <(sort -n "$work/sample.$1.$2")
	rm "$work/sample.$1.$2"
	FIGURE="${all[${#all[@]} / 2]} ${all[0]} ${all[-1]}"
	say "$1 $2: $FIGURE"
	echo "$1 $2 $FIGURE" >>"$out/figures"
	recorded[$1/$2]=$FIGURE
}

# compare_with KEY OTHER-KEY VARIANT: KEY is held against what that had.
compare_with()
{
	echo "$1 bare ${recorded[$2/$3]}" >>"$out/figures"
}

# bench_row CLIENT GATEWAY SERVER: a row, its far ends deaf.
bench_row()
{
	topology "$@"
	power_off "$1" "$2"
	power_off "$3" "$2"
	ip -n "${ns[$2]}" route add 10.78.0.0/22 via 10.77.0.1
	ip -n "${ns[$2]}" route add fd78::/64 via fd77::1
}

bench_topology()
{
	[ "${TCPKA_LANE:-}" = virtual ] || skip_all "counts instructions"
	bench_machines
}

# The row, and the programs c and s beside client and server.
bench_machines()
{
	bench_row cl gw sv
	program c cl "$bin/tcp_many" gw 02:00:00:00:00:02
	program s sv "$bin/tcp_many" gw 02:00:00:00:01:01
}

# bench_family FAMILY: of what the programs send from now on.
bench_family()
{
	local clients=10.78.0.0

	use_family "$1"
	[ "$1" = ipv4 ] || clients=fd78::
	ask_ok c as client "$clients" "$S" 80
	ask_ok s as server "$clients" "$S" 80
}

# arrived NODE [DEVICE]: how many packets have come to it.
arrived()
{
	VALUE=$(in_ns "$1" cat "/sys/class/net/${2:-gw}/statistics/rx_packets")
}

# took PROGRAM WORD...: the ns of what it sends are in NS.
took()
{
	ask_ok "$1" send "${@:2}"
	NS=${SAID#ok }
}

# open_all COUNT: handshakes of so many connections, of "step" at a time; SUM is
# what they took.
open_all()
{
	local first n

	SUM=0
	for ((first = 0; first < $1; first += step)); do
		n=$(($1 - first < step ? $1 - first : step))
		took c S "$first" "$n" 0 0 0
		SUM=$((SUM + NS))
		took s SA "$first" "$n" 0 1 0
		SUM=$((SUM + NS))
		took c A "$first" "$n" 1 1 0
		SUM=$((SUM + NS))
	done
	OFFSET=1
}

# close_all COUNT: of those that open_all has opened.
close_all()
{
	took c FA 0 "$1" "$OFFSET" 1 0
	SUM=$NS
	took s FA 0 "$1" 1 $((OFFSET + 1)) 0
	SUM=$((SUM + NS))
	took c A 0 "$1" $((OFFSET + 1)) 2 0
	SUM=$((SUM + NS))
}

# data KEY VARIANT COUNT PASSES: samples of a segment of 100 bytes.
data()
{
	local i j sum

	for ((i = 0; i <= samples; i++)); do
		sum=0
		for ((j = 0; j < $4; j++)); do
			took c PA 0 "$3" "$OFFSET" 1 100
			OFFSET=$((OFFSET + 100))
			sum=$((sum + NS))
		done
		# the first fills caches, and files flows anew
		((i == 0)) || sample "$1" "$2" $((sum / $3 / $4))
	done
	record "$1" "$2"
}

# flows_are COUNT [GATEWAY]: as tcpka has it.
flows_are()
{
	take_stats "${2:-gw}"
	stat flows
	[ "$VALUE" = "$1" ] || fail "flows: $VALUE, expected $1"
}

# The three gateways: NAME_begin and NAME_end.
bare_begin() { :; }
bare_end() { :; }

tcpka_begin()
{
	load
	policy gw every on forward idle 1d
	ka gw config set max-flows 16000000 || die "config set"
}

tcpka_end()
{
	unload
}

# As many buckets as there are flows: its best.
conntrack_begin()
{
	need_modules nf_conntrack
	in_ns gw nft -f - <<-RULES || die "no conntrack"
		table inet firewall {
			chain forward {
				type filter hook forward priority 0
				ct state established,related accept
				ct state new accept
			}
		}
	RULES
	echo "${1:-65536}" >/sys/module/nf_conntrack/parameters/hashsize
	sysctl -qw net.netfilter.nf_conntrack_max=16000000
}

conntrack_end()
{
	in_ns gw nft flush ruleset
	in_ns gw conntrack -F 2>/dev/null
}

# forwarded COUNT EXPECTED: a gateway may say a word of its own.
forwarded()
{
	(($1 >= $2 && $1 < $2 + 10)) || fail "forwarded: $1, expected $2"
}

# established VARIANT COUNT PASSES: segments of that many flows; tcpka stays.
established()
{
	local key=segment-$2-$family from

	"$1_begin" "$2"
	arrived sv
	from=$VALUE
	open_all "$2"
	[ "$1" != tcpka ] || flows_are "$2"
	pass_time 1
	data "$key" "$1" "$2" "$3"
	arrived sv
	forwarded $((VALUE - from)) $(($2 * 2 + $2 * $3 * (samples + 1)))
	[ "$1" = tcpka ] || { "$1_end"; return; }
	take_stats gw
	check_stat segments_invalid 0
}
