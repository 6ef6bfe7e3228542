# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what this, lib_bench.sh and the scripts share
#
# What the benchmarks share that hold rates in real time against each other.
# Sourced instead of lib_bench.sh. The kernel is User Mode Linux, and the speed the
# machine's own, but where two CPUs are wanted (scaling.sh).
#
# Such a machine is noisy: what else runs on it moves a rate by a third from one
# second to the next. So there are two rows, 1 and 2, alike, of which one gateway
# has a policy that rules every flow, and the other one none: nothing of tcpka is
# registered there. They are measured in turns of some milliseconds (A B B A),
# each held against the one beside it; what counts is the median of these ratios.
# The rows change their parts several times, as where things happen to lie in
# memory makes a difference, too. Least and most are the quartiles here.
#
# A segment is made, forwarded and dropped by its sender's system call, on its
# CPU: what making it takes is in the rate.

# shellcheck source=lib_bench.sh
. "${BASH_SOURCE[0]%/*}/lib_bench.sh"

rounds=${TCPKA_BENCH_ROUNDS:-4}	# in which the rows have their parts
turns=40			# of each
window=12			# ms
opened=2000			# connections
flows=1000			# of a sender; a segment each is a system call
ahead=30000			# us from the word to several until they begin
prefix=native-			# of what is found
declare -A seq			# the next one, by row and sender's place

# native_row ROW CPUS: the programs c from the first CPU, d from the last one, u
# without offload, and s at the other side, each with the row's number.
native_row()
{
	local run=("$bin/tcp_many" "gw$1")

	bench_row "cl$1" "gw$1" "sv$1"
	program "c$1" "cl$1" taskset -c 0 "${run[@]}" \
		02:00:00:00:00:02 offload
	program "d$1" "cl$1" taskset -c $(($2 - 1)) "${run[@]}" \
		02:00:00:00:00:02 offload
	program "u$1" "cl$1" taskset -c 0 "${run[@]}" 02:00:00:00:00:02
	program "s$1" "sv$1" taskset -c 0 "${run[@]}" \
		02:00:00:00:01:01 offload
}

# As bench_family, for both rows.
native_family()
{
	local row who clients=10.78.0.0

	use_family "$1"
	full=1448
	[ "$1" = ipv4 ] || { clients=fd78::; full=1428; }
	for row in 1 2; do
		for who in c d u; do
			ask_ok "$who$row" as client "$clients" "$S" 80
		done
		ask_ok "s$row" as server "$clients" "$S" 80
	done
}

# Handshakes of the connections, and their numbers.
open_row()
{
	ask_ok "c$1" send S 0 "$opened" 0 0 0
	ask_ok "s$1" send SA 0 "$opened" 0 1 0
	ask_ok "c$1" send A 0 "$opened" 1 1 0
	seq[$1c]=1 seq[$1d]=1
	SENT[$1]=$((2 * opened))
}

# place SENDER: u has the flows of c, and d those after them.
place()
{
	PLACE=${1/u/c}
	FIRST=0
	[ "$1" != d ] || FIRST=$flows
}

# stream ROW LEN SENDER...: each for a moment; RATE is that of all, or 0 if one
# was late.
stream()
{
	local who n ns next at=0

	RATE=0
	# several begin at the same time
	[ $# = 3 ] || at=$((${EPOCHREALTIME/./} + ahead))
	for who in "${@:3}"; do
		place "$who"
		tell "$who$1" stream "$at" "$window" "$FIRST" "$flows" \
			"${seq[$1$PLACE]}" 1 "$2"
	done
	for who in "${@:3}"; do
		place "$who"
		hear "$who$1"
		[ "$SAID" != ETIME ] || { RATE=-1000000000; continue; }
		[[ $SAID == "ok "* ]] || { fail "$who: $SAID"; continue; }
		read -r _ n ns next <<<"$SAID"
		seq[$1$PLACE]=$next
		SENT[$1]=$((SENT[$1] + n))
		RATE=$((RATE + n * 1000000000 / ns))
	done
	((RATE > 0)) || RATE=0
}

# What a benchmark may have its own of: settle GATEWAY, with its policy; warm ROW,
# which fills caches, and files flows anew; remain GATEWAY, whether all is there
# that is to be; summary, after the last part; and
settle() { :; }
summary() { :; }

warm()
{
	stream "$1" 100 c d
}

remain()
{
	flows_are "$opened" "$1"
}

# Their receiver keeps up, or they would run out of its window.
acknowledge()
{
	ask_ok "s$1" send A 0 "$flows" 1 "${seq[$1c]}" 0
	ask_ok "s$1" send A "$flows" "$flows" 1 "${seq[$1d]}" 0
}

# turn ROW VARIANT: what "rates" finds is a line.
turn()
{
	local key

	rates "$1"
	for key in $keys; do
		echo "${rate[$key]}" >>"$work/rates.$key.$2"
	done
	acknowledge "$1"
}

# part ROW: this one has tcpka for some time, the other one has not.
part()
{
	local bare=$((3 - $1)) row
	local -i i
	local -A from

	load
	policy "gw$1" every on forward idle 1d
	settle "gw$1"
	for row in 1 2; do
		arrived "sv$row" "gw$row"
		from[$row]=$VALUE
		open_row "$row"
		warm "$row"
	done
	for ((i = 0; i < turns; i++)); do
		if ((i % 2)); then
			turn "$1" tcpka
			turn "$bare" bare
		else
			turn "$bare" bare
			turn "$1" tcpka
		fi
	done
	for row in 1 2; do
		arrived "sv$row" "gw$row"
		forwarded $((VALUE - from[$row])) "${SENT[$row]}"
	done
	remain "gw$1"
	check_stat segments_invalid 0
	flows_are 0 "gw$bare"
	unload
}

# quartiles KEY VARIANT: of the values on standard input, "MEDIAN LEAST MOST".
quartiles()
{
	FIGURE=$(sort -g | awk '{ v[NR] = $1 }
		END { print v[int((NR + 1) / 2)], v[int((NR + 3) / 4)],
			    v[int((3 * NR + 3) / 4)] }')
	say "$1 $2: $FIGURE"
	echo "$1 $2 $FIGURE" >>"$out/figures"
}

# judge KEY: both values, and the ratio of those that ran one after the other.
judge()
{
	local name=$prefix$1-$family

	paste -d ' ' "$work/rates.$1.bare" "$work/rates.$1.tcpka" |
		awk '$1 && $2 { printf("%s %s %.4f\n", $1, $2, $2 / $1) }' \
		>"$out/pairs.$1-$family"
	rm "$work/rates.$1".*
	cut -d ' ' -f 1 "$out/pairs.$1-$family" | quartiles "$name" bare
	cut -d ' ' -f 2 "$out/pairs.$1-$family" | quartiles "$name" tcpka
	cut -d ' ' -f 3 "$out/pairs.$1-$family" | quartiles "$name" paired
}

one_family()
{
	local -i i
	local key

	native_family "$1"
	for ((i = 0; i < rounds; i++)); do
		part $((i % 2 + 1))
	done
	for key in $keys; do
		judge "$key"
	done
	summary
}

# side_by_side CPUS KEY...: "rates ROW" sets rate[KEY] for each, or to 0.
side_by_side()
{
	local f
	declare -gA rate SENT

	[ "$(nproc)" = "$1" ] || die "$(nproc) CPUs, expected $1"
	native_row 1 "$1"
	native_row 2 "$1"
	keys=${*:2}
	for f in ${TCPKA_BENCH_FAMILY:-ipv4 ipv6}; do
		try "segments a second, $f" one_family "$f"
	done
	finish
}

# native CPUS KEY...: the same at the machine's own speed, segments a second.
native()
{
	[ -n "${TCPKA_NATIVE:-}" ] || skip_all "runs on the kernel uml"
	side_by_side "$@"
}
