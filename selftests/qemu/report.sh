# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # set by those that source this
#
# From what a guest says to KTAP: one top-level result for each test, its own
# results nested in it, and the totals of these. Both lanes report at once, so
# a test's lines are kept back until it is over. Sourced by run and mutants,
# which set work.

# The kernel's own words for trouble, whatever the tests say.
trouble='WARNING:|BUG:|BUG |Oops|Call Trace|general protection fault|'
trouble+='Kernel panic|detected stalls|rcu.*stall|suspicious RCU usage|'
trouble+='possible circular|possible recursive|inconsistent lock state|'
trouble+='held lock freed|lock held when returning|INFO: task|KASAN|UBSAN|'
trouble+='kmemleak: [0-9]+ new|refcount_t|unregister_netdevice: waiting|'
trouble+='ODEBUG|list_(add|del) corruption|scheduling while atomic|'
trouble+='soft lockup|hard LOCKUP|Bad page|Object .*(overwritten|leak)|'
trouble+='Slab cache still has objects|kmem_cache_destroy|'
trouble+='unchecked MSR|segfault at|Out of memory'

report_head()
{
	echo "TAP version 13"
	echo "# Linux $1, results in $work"
	echo "1..$2"
	: >"$work/totals"
	echo 0 >"$work/number"
}

# finish LANE DIR ID STATUS: prints the test that is over.
finish()
{
	{
		flock 9
		awk -v id="$3" -v lane="$1" -v status="$4" \
			-v totals="$work/totals" -v numbers="$work/number" \
			-f "$qemu_dir/report.awk" "$2/lines" | tee "$2/$3.ktap"
		awk '{ print $1 + 1 }' "$work/number" >"$work/number.new"
		mv "$work/number.new" "$work/number"
	} 9>"$work/lock"
}

# report_line LANE DIR LINE
report_line()
{
	local lane=$1 dir=$2 line=$3 id

	case $line in
	'@begin '*)
		echo "${line#@begin }" >"$dir/running"
		: >"$dir/lines"
		;;
	'@end '*)
		read -r _ id line <<<"$line"
		rm -f "$dir/running"
		not_again "$dir" "$id"
		finish "$lane" "$dir" "$id" "$line"
		;;
	'@lost '*)
		echo "${line#@lost }" >"$dir/lost"
		lost_test "$lane" "$dir" "${line#@lost }"
		;;
	' '*|'!'*)
		printf '%s\n' "$line" >>"$dir/lines"
		;;
	esac
}

# The next guest of the lane goes on after this test.
not_again()
{
	sed -i "\|^$2 |d" "$1/share/in/list"
}

# The start of the trouble, or what else came last.
last_words()
{
	grep -aE -m1 -A 30 "$trouble" "$1" || tail -n 20 "$1"
}

# Whether the guest died of a breakpoint that its memory does not have: the byte
# before the one that RIP is at is no int3. QEMU's fault: a CPU ran what QEMU had
# translated while the other one was patching it (a static key's text_poke(), which
# has each CPU serialize, so that no real one does that). What jumps to where it
# should not, into the padding between functions, finds an int3 there.
ran_stale_code()
{
	awk '/int3: 0000 \[/ { seen = 1 }
	     seen && / Code: / {
		stale = match($0, / [0-9a-f][0-9a-f] <[0-9a-f][0-9a-f]>/) &&
			substr($0, RSTART + 1, 2) != "cc"
		exit
	     }
	     END { exit !stale }' "$1"
}

# The guest died: of its running test, or before any.
lost_test()
{
	local lane=$1 dir=$2 id

	if ran_stale_code "$dir/console.log"; then
		rm -f "$dir/running"
		mv "$dir/console.log" "$(mktemp "$dir/stale.XXXXXX")"
		echo "# the $lane guest ran stale code, a fault of QEMU's: once more"
	elif [ -e "$dir/running" ]; then
		id=$(cat "$dir/running")
		rm "$dir/running"
		not_again "$dir" "$id"
		echo "!the guest was lost: $3" >>"$dir/lines"
		last_words "$dir/console.log" | sed 's/^/ # /' >>"$dir/lines"
		finish "$lane" "$dir" "$id" 1
	else
		echo "# the $lane guest was lost outside any test: $3"
		tail -n 20 "$dir/console.log" "$dir/qemu.log" | sed 's/^/# /'
	fi
}

report_extra()
{
	printf 'not ok - %s\n' "$1"
	echo "failed" >>"$work/totals"
}

report_console()
{
	local lane=$1 dir=$2

	if grep -aE "$trouble" "$dir/console.log" >"$dir/trouble"; then
		report_extra "$lane: the kernel complained, see $dir/console.log"
		head -n 20 "$dir/trouble" | sed 's/^/# /'
	fi
	if [ -s "$dir/share/out/kmemleak" ]; then
		report_extra "$lane: memory leaked"
		head -n 60 "$dir/share/out/kmemleak" | sed 's/^/# /'
	fi
}

# A test that was asked for and has not reported.
report_absent()
{
	local id

	while read -r id _; do
		[ -e "$2/$id.ktap" ] ||
			report_extra "$1: $id is listed and did not run"
	done <"$2/asked"
}

report_totals()
{
	local passed failed skipped

	passed=$(grep -c '^passed' "$work/totals") || true
	failed=$(grep -c '^failed' "$work/totals") || true
	skipped=$(grep -c '^skipped' "$work/totals") || true
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
