#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# The unit tests of what needs no traffic: a module that runs them when it is
# loaded and prints KTAP into the kernel log.

module=${TCPKA_BIN:-$(dirname "$0")/unit}/tcpka_unit.ko

[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 4; }
before=$(dmesg | wc -l)
if ! insmod "$module"; then
	echo "1..1"
	echo "not ok 1 - cannot load $module"
	exit 1
fi
rmmod tcpka_unit
log=$(dmesg | sed "1,${before}d" | sed -n 's/^.*tcpka_unit: //p')
echo "$log"
plan=$(sed -n 's/^1\.\.//p' <<<"$log")
[ "$(grep -c '^ok ' <<<"$log")" = "${plan:-none}" ]
