#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# Does the debug kernel see? Each fault of tcpka_canary.ko must bring the report
# that is meant for it. For a guest of its own: booted without panic_on_warn,
# its log not held against it, and powered off afterwards.
#
# Order: lockdep ends with its first report of an inversion, and with the taint
# of KASAN's or SLUB's, so those come after everything that rests on it.

ko=${TCPKA_CANARY_KO:-$TCPKA_BIN/tcpka_canary.ko}
param=/sys/module/tcpka_canary/parameters/fault
kmemleak=/sys/kernel/debug/kmemleak
any='BUG:|WARNING:|UBSAN:|ODEBUG:|Call Trace:'
n=0
failed=0

result()
{
	local text=$2

	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		failed=1
	fi
}

# What the kernel has said since the fault was made.
since()
{
	dmesg | sed -n "/tcpka_canary: $1\$/,\$p"
}

fault()
{
	local name=$1 report=$2 text=$3

	echo "$name" 2>/dev/null >"$param"
	since "$name" | grep -qE "$report"
	result $? "$text"
}

# A leak is reported where two scans in a row found it and it is five seconds
# old: one leaked object for certain, though some may still be pointed at.
leak()
{
	echo clear >"$kmemleak"
	echo leak >"$param"
	sleep 6
	echo scan >"$kmemleak"
	echo scan >"$kmemleak"
	grep -A 20 "unreferenced object" "$kmemleak" | grep -q tcpka_canary
	result $? "kmemleak: memory that nobody points at"
}

[ "$(cat /proc/sys/kernel/panic_on_warn)" = 0 ] || {
	echo "1..0 # SKIP not for a guest that stops at a warning"
	exit 4
}
echo "TAP version 13"
echo "1..13"

insmod "$ko"
dmesg | grep -qE "$any"
result $((! $?)) "silence before the first fault"

fault rcu 'WARNING: suspicious RCU usage' \
	"PROVE_RCU: rcu_dereference() outside a read section"
fault sleep 'BUG: sleeping function called from invalid context' \
	"DEBUG_ATOMIC_SLEEP: allocation that may sleep under a spinlock"
fault double-call-rcu 'ODEBUG: activate active .*rcu_head' \
	"DEBUG_OBJECTS: call_rcu() twice"
fault free-timer 'ODEBUG: free active .*timer_list' \
	"DEBUG_OBJECTS: a pending timer freed"
fault free-work 'ODEBUG: free active .*work_struct' \
	"DEBUG_OBJECTS: a pending work freed"
fault list 'list_add double add' \
	"DEBUG_LIST: an entry added twice"
fault shift 'UBSAN: shift-out-of-bounds' \
	"UBSAN: shift by more than the type has"
fault out-of-bounds 'UBSAN: array-index-out-of-bounds' \
	"UBSAN: index beyond an array"
leak
fault inversion 'WARNING: possible circular locking dependency detected' \
	"lockdep: two locks in two orders"
fault use-after-free 'BUG: KASAN: slab-use-after-free in tcpka_canary_' \
	"KASAN: use after free"
fault cache-leak 'BUG tcpka_canary .*[Oo]bjects remaining' \
	"SLUB: a cache destroyed with an object in it"
exit $failed
