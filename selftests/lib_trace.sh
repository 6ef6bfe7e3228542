# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the classic traces share: a server loses power, and its client hears of
# it. Both families at once: each runs on clocks of its own.

# shellcheck source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# trace_run KEEPALIVE INTVL PROBES: in seconds.
trace_run()
{
	local f limit=$(($1 + $2 * $3 + 60))

	type tshark >/dev/null || skip_all "no tshark"
	topology cl gw sv
	load
	ends c4:cl c6:cl sv:sv
	policy gw trace on forward keepalive "$1" intvl "$2" probes "$3"
	capture trace gw sv
	use_family ipv4
	join c4 sv 4 8004 40004
	use_family ipv6
	join c6 sv 6 8006 40006
	power_off sv gw
	tell c4 recv 4
	tell c6 recv 6
	for f in 4 6; do
		hear c$f "$limit"
		declare -g "said$f=$SAID" "when$f=$WHEN"
	done
	# The RST is checked 1 s and 3 s later; then nothing more is sent.
	pass_time "$limit"
	capture_stop trace
	trace_judge
	for_each_family "probes each $2 s after $1 s, then RST" \
		trace_check "$1" "$2" "$3"
}

# tshark is asked once: TIME FAMILY FLAGS KEEPALIVE of all that goes to the
# server. Its word counts, not ours.
trace_judge()
{
	tshark -r "$out/trace.pcap" -T fields -E separator=' ' \
		-Y 'tcp.dstport == 8004 || tcp.dstport == 8006' \
		-e frame.time_epoch -e tcp.dstport -e tcp.flags.str \
		-e tcp.analysis.keep_alive >"$out/trace.tshark" \
		2>"$out/tshark.err" || say "tshark: $(<"$out/tshark.err")"
}

# The program's end: told to the second, by ECONNRESET.
trace_check()
{
	local digit=${family#ipv} said when limit=$(($1 + $2 * $3))
	local -i i=0 judged last

	said=said$digit when=when$digit
	find_segments trace "$S.800$digit" any
	last=0
	for line in "${FOUND[@]}"; do
		last=${line%% *}
	done
	check_eq "the client's recv" "${!said}" ECONNRESET
	check_second "the client is told" "$last" "${!when}" "$limit"
	find_segments trace any "$S.800$digit" "time >= $last && len == 0"
	# The client's acknowledgment of the server's byte comes first.
	for line in "${FOUND[@]:1}"; do
		trace_segment "$i" "$line" "$last" "$@"
		i+=1
	done
	check_eq "segments to the silent server" "$i" $(($3 + 3))
	judged=$(awk -v port="800$digit" '$2 == port && /1$|true$/ { n++ }
		END { print n + 0 }' < <(trace_keepalives))
	check_eq "keepalives that tshark sees" "$judged" $(($3 + 2))
	judged=$(awk -v port="800$digit" '$2 == port { n++ }
		END { print n + 0 }' < <(trace_keepalives))
	check_eq "of them after the last word of the server" "$judged" \
		$(($3 + 2))
}

trace_keepalives()
{
	awk 'NF == 4' "$out/trace.tshark"
}

# trace_segment INDEX LINE LAST KEEPALIVE INTVL PROBES
trace_segment()
{
	local -i at=$(($4 + $5 * $1)) index=$1
	local time flags ck rest

	read -r time _ _ flags _ _ _ _ _ _ ck rest <<<"$2"
	if ((index < $6)); then
		check_eq "flags of probe $index" "$flags" .
	elif ((index == $6)); then
		check_match "flags of the RST" "$flags" R
	else
		# checked 1 s and 3 s after
		check_eq "flags of check $index" "$flags" .
		at=$(($4 + $5 * $6 + ((index - $6) * 2 - 1)))
	fi
	check_second "segment $index" "$3" "$time" "$at"
	check_eq "checksum of segment $index" "$ck" correct
}
