#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 300
#
# Instructions for one request and for a bulk megabyte over loopback, both ends
# local sockets: without the module, and with a policy for local sockets.

# shellcheck source=lib_bench.sh
. "${0%/*}/lib_bench.sh"
# shellcheck source=../lib_cost.sh
. "${0%/*}/../lib_cost.sh"

rounds=3 requests=2000 chunks=200

# taken KEY FILE STATE VARIANT CHUNKS-OF-64-KIB: from ps to ns.
taken()
{
	local value

	while read -r value; do
		sample "$1-$family" "$4" $((value * $5 / 1000))
	done <"$work/$2.$3"
	record "$1-$family" "$4"
}

one_family()
{
	local address=127.0.0.1

	use_family "$1"
	[ "$1" = ipv4 ] || address=::1
	ask_ok b pairs "$address" 8000 20 1
	cost_measure
	ask_ok b reset
	taken request request without bare 1
	taken request request on-local tcpka 1
	taken bulk chunk without bare 16
	taken bulk chunk on-local tcpka 16
	rm "$work"/{request,chunk}.*
}

[ "${TCPKA_LANE:-}" = virtual ] || skip_all "counts instructions"
topology cl sv
program b cl "$bin/tcp_cost"
for f in ipv4 ipv6; do
	try "instructions over loopback, $f" one_family "$f"
done
finish
