# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what lib.sh and the tests share
#
# Captures, and what was in them as lines of words. Sourced by lib.sh.

# capture NAME NODE DEVICE [FILTER]: into NAME.pcap, from the time of return on.
# Of a segment that much, or the kernel's buffer holds no more than eight.
capture()
{
	local fd line

	rm -f "$work/$1.err"
	mkfifo "$work/$1.err"
	ip netns exec "${ns[$2]}" tcpdump -Z root --immediate-mode -U -n \
		-s 2048 -i "$3" -w "$out/$1.pcap" "${4:-tcp or ip6}" 2>"$work/$1.err" &
	capture_pid[$1]=$!
	exec {fd}<"$work/$1.err"
	while read -r -t 60 -u "$fd" line; do
		[[ $line != *"listening on"* ]] || return 0
	done
	die "tcpdump does not start: $line"
}

# What is under way gets into the capture before.
capture_stop()
{
	local name

	pass_time 0.3
	for name; do
		kill -INT "${capture_pid[$name]}"
		wait "${capture_pid[$name]}"
		unset "capture_pid[$name]"
		segments "$name" >"$out/$name.segments"
	done
}

# segments NAME: a line each: TIME(us) SRC.PORT DST.PORT FLAGS SEQ ACK WIN LEN
# TSVAL TSECR CHECKSUM(correct or incorrect) TTL; numbers absolute, - for none.
segments()
{
	tcpdump -r "$out/$1.pcap" -n -S -tt -vv 2>/dev/null | awk '
	function after(word,	i) {
		i = index($0, word)
		if (!i)
			return "-"
		i = substr($0, i + length(word))
		sub(/[^0-9].*/, "", i)
		return i
	}
	/^[0-9]/ { time = $1; sub(/\./, "", time); ttl = after("ttl ") }
	/^[0-9].* IP6 / { ttl = after("hlim ") }
	/ Flags \[/ {
		match($0, /[^ ]+ > [^ ]+: Flags/)
		split(substr($0, RSTART, RLENGTH), end, " ")
		sub(/:$/, "", end[3])
		match($0, /Flags \[[^]]*/)
		flags = substr($0, RSTART + 7, RLENGTH - 7)
		match($0, /cksum 0x[0-9a-f]* \([a-z]*/)
		ck = substr($0, RSTART, RLENGTH)
		sub(/.*\(/, "", ck)
		len = $0
		sub(/.*length /, "", len)
		print time, end[1], end[3], flags, after(" seq "),
		      after(" ack "), after(" win "), len + 0,
		      after("TS val "), after(" ecr "), ck, ttl
	}'
}

# find_segments NAME FROM TO [AWK-CONDITION]: into FOUND, a line each. FROM and
# TO as ADDR.PORT, or "any". Names of fields: time flags seq ack win len tsval
# tsecr ck ttl.
find_segments()
{
	mapfile -t FOUND < <(awk -v from="$2" -v to="$3" '
	{
		time = $1; flags = $4; seq = $5; ack = $6; win = $7; len = $8
		tsval = $9; tsecr = $10; ck = $11; ttl = $12
	}
	(from == "any" || $2 == from) && (to == "any" || $3 == to) &&
	'"(${4:-1})" "$out/$1.segments")
}

# next_number NAME FROM: what the last segment of FROM's leads to, into VALUE.
next_number()
{
	find_segments "$1" "$2" any
	VALUE=$(awk '{ printf "%.0f", ($5 + $8) % 4294967296 }' \
		<<<"${FOUND[-1]}")
}

# find_probes NAME FROM TO: into FOUND, a line each: TIME HEARD FROM TO, HEARD is
# when TO was last heard before. FROM and TO as above. What repeats a number of
# the past and carries nothing is a probe.
find_probes()
{
	mapfile -t FOUND < <(awk -v from="$2" -v to="$3" '
	{ way = $2 " " $3 }
	(from == "any" || $2 == from) && (to == "any" || $3 == to) &&
	$4 == "." && $8 == 0 && $5 == nxt[way] - 1 {
		print $1, heard[$3 " " $2], way
	}
	{
		heard[way] = $1
		end = $5 + $8 + ($4 ~ /[SF]/)
		if (end > nxt[way])
			nxt[way] = end
	}
	' "$out/$1.segments")
}

# watch: both ends' cables, until judge.
watch()
{
	capture cl cl gw
	capture sv sv gw
}

# judge: keeps what was captured for tshark.
judge()
{
	local side

	capture_stop cl sv
	for side in cl sv; do
		cp "$out/$side.pcap" "$work/$side.$((++judged)).pcap"
	done
}

# remarks SIDE [OPTION...]: of tshark, on what is more than a keepalive.
remarks()
{
	mergecap -F pcap -w "$out/$1.pcap" "$work/$1".*.pcap || fail "mergecap"
	tshark -r "$out/$1.pcap" "${@:2}" -Y '_ws.malformed ||
		tcp.analysis.flags && !tcp.analysis.keep_alive &&
		!tcp.analysis.keep_alive_ack' 2>>"$out/tshark.err"
}

# Another implementation's word: no segment out of order, sent twice, of
# something never seen, or malformed, at either end. It is asked once: to start
# tshark takes longer than all that it has to read.
judge_all()
{
	local side said

	[ "$judged" -gt 0 ] || fail "nothing was captured"
	for side in cl sv; do
		said=$(remarks "$side")
		check_eq "tshark's remarks at $side" "$said" ""
	done
}
judged=0
