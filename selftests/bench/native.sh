#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: smp
# limit: 1200
# uses: taskset
#
# Segments a second of 1,000 established flows, on one CPU: in bulk (full ones),
# the same with checksums that no device has looked at, and small (100 bytes).

# shellcheck source=lib_native.sh
. "${0%/*}/lib_native.sh"

rates()
{
	stream "$1" "$full" c
	rate[bulk]=$RATE
	stream "$1" "$full" u
	rate[unsummed]=$RATE
	stream "$1" 100 c
	rate[small]=$RATE
}

native 1 bulk unsummed small
