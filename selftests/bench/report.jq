# SPDX-License-Identifier: GPL-2.0-only
#
# From what the guests found (lines "KEY VARIANT MEDIAN LEAST MOST") and the
# file "figures" to bench.json.
# --arg kernel, lane, commit, date; --rawfile what, found

def lines: split("\n") | map(select(length > 0 and (startswith("#") | not)));

def rounded: if . == null then null else (. * 1000 | round) / 1000 end;

# What is held against the target; the smaller the better, but for a rate.
def judged($kind):
	if $kind == "ratio" then
		(.tcpka.median - .bare.median) /
		(.conntrack.median - .bare.median)
	elif $kind == "over" then .tcpka.median - .bare.median
	elif $kind == "apart" then
		((.tcpka.median - .bare.median) | fabs) / .bare.median
	elif $kind == "part" then .tcpka.median / .conntrack.median
	elif $kind == "rate" then .paired.median
	else .tcpka.median end;

# Whether all is there that it is held against.
def complete($kind):
	.tcpka != null and
	(.bare != null or $kind == "most" or $kind == "part") and
	(.paired != null or $kind != "rate") and
	(.conntrack != null or ($kind != "ratio" and $kind != "part"));

($found | lines | map(split(" ") | {
	key: .[0], variant: .[1],
	value: { median: (.[2] | tonumber), least: (.[3] | tonumber),
		 most: (.[4] | tonumber) } }) |
	group_by(.key) | map({ key: .[0].key,
		value: map({ key: .variant, value: .value }) | from_entries }) |
	from_entries) as $all |
{
	kernel: $kernel, lane: $lane, commit: $commit, date: $date,
	figures: [
		$what | lines[] | split("\t") | . as $w |
		("ipv4", "ipv6") as $family |
		$all["\($w[0])-\($family)"] |
		select(. != null and complete($w[1])) |
		. as $v | judged($w[1]) as $j |
		{ figure: "\($w[0])-\($family)", text: $w[4], family: $family,
		  unit: $w[3], kind: $w[1], kernel: $kernel, lane: $lane,
		  commit: $commit } + $v +
		{ judged: ($j | rounded), target: ($w[2] | tonumber),
		  reached: (if $w[1] == "rate" then $j >= ($w[2] | tonumber)
			    else $j <= ($w[2] | tonumber) end) }
	]
}
