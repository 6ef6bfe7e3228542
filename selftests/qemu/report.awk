# SPDX-License-Identifier: GPL-2.0-only
#
# One test's lines to nested KTAP. Lines that start with a blank are the
# test's, those with "!" the guest's complaints about it. Leaf results go to
# the file "totals", a word each. A test fails by a "not ok", by its status,
# by a complaint, or by another number of results than it planned.

function leaf(word)
{
	count[word]++
	print word >>totals
	fflush(totals)
}

function fault(text)
{
	leaf("failed")
	faults = faults "    not ok - " text "\n"
}

BEGIN { planned = -1 }

{ mark = substr($0, 1, 1); line = substr($0, 2) }

mark == "!" { fault(line); next }

line ~ /^(TAP|KTAP) version/ { next }

line ~ /^1\.\.[0-9]+/ {
	split(line, plan, /[. ]+/)
	planned = plan[2]
	if (planned == 0 && line ~ /SKIP/) {
		leaf("skipped")
		planned = -1
		skipped = line
	}
	next
}

line ~ /^ok / {
	results++
	leaf(toupper(line) ~ /# *SKIP/ ? "skipped" : "passed")
	body = body "    " line "\n"
	next
}

line ~ /^not ok / {
	results++
	leaf(toupper(line) ~ /# *SKIP/ ? "skipped" : "failed")
	body = body "    " line "\n"
	next
}

{ body = body "    " (line ~ /^#/ ? "" : "# ") line "\n" }

END {
	if (!results && !skipped && !count["failed"]) {
		if (status == 4)
			leaf("skipped")
		else if (status == 0)
			fault("printed no result")
	}
	if (planned >= 0 && planned != results)
		fault("planned " planned " results and gave " results + 0)
	if (status != 0 && status != 4 && !count["failed"])
		fault("exit status " status)
	getline number <numbers
	good = !count["failed"]
	if (planned < 0)
		planned = results
	if (results)
		print "    KTAP version 1\n    1.." planned
	# The chatter of a test that passed is in its log.
	n = split(body, lines, "\n")
	for (i = 1; i < n; i++)
		if (!good || lines[i] !~ /^    #/)
			print lines[i]
	printf "%s", faults
	printf "%s %d %s # %s%s\n", good ? "ok" : "not ok", number + 1, id,
	       !count["passed"] && good ? "SKIP " : "", lane
}
