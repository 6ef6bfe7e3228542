# SPDX-License-Identifier: GPL-2.0-only
#
# From bench.json to an SVG: what a segment costs more than on a bare gateway,
# and the memory of a flow, tcpka beside nf_conntrack.

# Names in bench.json, what is told of them, and where.
def panels: [
	{ title: "instructions added to a forwarded segment", x: 30,
	  bars: [["segment-1000", "added", "1,000 flows"],
		 ["segment-20000", "added", "20,000 flows"]] },
	{ title: "bytes of memory for a flow", x: 400,
	  bars: [["memory-20000", "whole", "20,000 flows"],
		 ["memory-1000000", "whole", "1,000,000 flows"]] }
];

def value($how; $of): if .[$of] == null then 0
	elif $how == "added" then .[$of].median - .bare.median
	else .[$of].median end;

def rect($x; $y; $w; $h; $fill):
	"<rect x=\"\($x)\" y=\"\($y)\" width=\"\($w)\" height=\"\($h)\" fill=\"\($fill)\"/>";

def words($x; $y; $text; $size):
	"<text x=\"\($x)\" y=\"\($y)\" font-size=\"\($size)\">\($text)</text>";

(.figures | map({ key: .figure, value: . }) | from_entries) as $f |
"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 280\" font-family=\"sans-serif\">",
"<!-- SPDX-License-Identifier: GPL-2.0-only -->",
rect(0; 0; 760; 280; "#ffffff"),
rect(30; 252; 12; 12; "#c0504d"), words(48; 263; "nf_conntrack"; 12),
rect(150; 252; 12; 12; "#4f81bd"), words(168; 263; "tcpka"; 12),
words(400; 263; "Linux \(.kernel), \(.lane) time, \(.commit)"; 12),
(panels[] | . as $p |
	[.bars[] as $b | ("ipv4", "ipv6") as $family |
	 $f["\($b[0])-\($family)"] | select(. != null) |
	 { label: ([$b[2], { ipv4: "IPv4", ipv6: "IPv6" }[$family]] |
		   map(select(. != "")) | join(", ")),
	   conntrack: value($b[1]; "conntrack"),
	   tcpka: value($b[1]; "tcpka") }] as $rows |
	([$rows[] | .conntrack, .tcpka] | max) as $most |
	select($rows | length > 0) |
	words($p.x; 24; $p.title; 14),
	($rows | to_entries[] | .key as $i | .value |
		(50 * $i + 40) as $y |
		words($p.x; $y + 10; .label; 11),
		rect($p.x; $y + 14; .conntrack * 280 / $most | round; 12; "#c0504d"),
		words($p.x + 4 + (.conntrack * 280 / $most | round); $y + 24;
		      .conntrack; 11),
		rect($p.x; $y + 28; .tcpka * 280 / $most | round; 12; "#4f81bd"),
		words($p.x + 4 + (.tcpka * 280 / $most | round); $y + 38;
		      .tcpka; 11))),
"</svg>"
