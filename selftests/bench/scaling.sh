#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: smp
# limit: 1200
# uses: taskset
#
# Does a second CPU forward as much as the first one? Each has its sender and 32
# flows, through the same gateway; it forwards by itself, and by turns both do. What
# both do at once, of what each does by itself, is the scaling: that with tcpka is
# held against the bare gateway's. Segments of 100 bytes.
#
# QEMU's CPUs have a thread of the machine's each, and what one writes comes to the
# other as it does there; all else takes ten times as long.

# shellcheck source=lib_native.sh
. "${0%/*}/lib_native.sh"

turns=60
window=20
flows=32
opened=64
prefix=
ahead=20000

rates()
{
	local both one

	stream "$1" 100 c d
	both=$RATE
	stream "$1" 100 c
	one=$RATE
	stream "$1" 100 d
	one=$((one + RATE))
	rate[scaling-one]=$((one / 2))
	rate[scaling-both]=$both
	both=$((both * 10000 / one))
	printf -v "rate[scaling]" '%d.%04d' $((both / 10000)) \
		$((both % 10000))
}

[ -z "${TCPKA_NATIVE:-}" ] || skip_all "User Mode Linux's CPUs do not scale"
side_by_side 2 scaling scaling-one scaling-both
