#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 600
#
# Instructions for one forwarded segment of 100 bytes of 20,000 established
# flows.

# shellcheck source=lib_bench.sh
. "${0%/*}/lib_bench.sh"

one_family()
{
	bench_family "$1"
	established bare 20000 1
	established conntrack 20000 1
	established tcpka 20000 1
	tcpka_end
}

bench_topology
for f in ipv4 ipv6; do
	try "instructions a segment of 20,000 flows, $f" one_family "$f"
done
finish
