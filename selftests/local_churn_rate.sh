#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 180
#
# The module loads and unloads, and namespaces with policies exit, under at least
# 10,000 local TCP connections a second, all of which a policy rules while there
# is one: nothing of it disturbs them, nothing is left behind. In virtual time an
# instruction takes a nanosecond, so they have 100,000 each at most, with all that
# is done meanwhile. (local_churn does the same on two CPUs, for races.)

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=lib_storm.sh
. "${0%/*}/lib_storm.sh"

fast()
{
	local -i before

	before=$(active_opens)
	storm steady cl
	storm_round "$family"
	((RATE >= 10000)) || fail "$RATE connections a second"
	storm_counted "$before"
	stop_program steady
}

[ "${TCPKA_LANE:-}" = virtual ] || skip_all "counts instructions"
topology cl sv
for_each_family "10,000 connections a second" fast
finish
