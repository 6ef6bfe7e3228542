# SPDX-License-Identifier: GPL-2.0-only
#
# Each figure of a run held against the kept one, as KTAP: what tcpka adds may
# not have risen by more than 3 %, and a little of noise. A rate is all noise at
# that size.
# --slurpfile kept

# What tcpka adds, or takes where nothing is without it.
def cost: if .kind == "ratio" or .kind == "over" then
		.tcpka.median - .bare.median
	  else .tcpka.median end;

def noise: if .unit == "instructions" and .kind != "apart" then
		if .figure | startswith("connection") then 150 else 15 end
	   else 0 end;

($kept[0].figures | map({ key: .figure, value: . }) | from_entries) as $old |
[.figures[] | select($old[.figure] != null and .kind != "rate") |
	cost as $now | ($old[.figure] | cost) as $before |
	{ ok: ($now <= $before + 0.03 * ($before | fabs) + noise),
	  line: "\(.text), \(.family): \($now), was \($before)" }] as $all |
"1..\($all | length)",
($all | to_entries[] |
	"\(if .value.ok then "ok" else "not ok" end) \(.key + 1) - \(.value.line)"),
"\([$all[] | select(.ok)] | length) passed, \([$all[] | select(.ok | not)] |
	length) failed, 0 skipped"
