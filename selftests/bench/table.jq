# SPDX-License-Identifier: GPL-2.0-only
#
# From bench.json to a table, tab-separated.

def shown: if . == null then "-" else .median | tostring end;

# Half of the widest spread among the variants; of a rate, the quartiles of what
# is judged.
def spread:
	if .paired != null then "\(.paired.least)-\(.paired.most)"
	else [.bare, .conntrack, .tcpka | select(. != null) |
	      .most - .least] | max / 2 | ceil | "±\(.)" end;

"# Linux \(.kernel), lane \(.lane), commit \(.commit), \(.date)",
(["figure", "family", "bare", "conntrack", "tcpka", "spread", "judged",
  "target", "reached"] | @tsv),
(.figures[] | [.text, .family, (.bare | shown), (.conntrack | shown),
	       (.tcpka | shown), spread, .judged, .target,
	       if .reached then "yes" else "no" end] | @tsv)
