#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# What tcpka sends is exact: the number one below what the end expects, the
# acknowledgment, window and latest timestamp of the end in whose name it
# speaks, and no timestamp where none was negotiated.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# begin OPTION...: rc and rs connect, and exchange bytes both ways.
begin()
{
	port=$((port + 1))
	ask_ok rs open "$SR" 80 "$CR" "$port" "$@" iss=700000
	ask_ok rc open "$CR" "$port" "$SR" 80 "$@" iss=300000
	tell rs accept
	ask_ok rc connect
	expect rs "ok*"
	ask_ok rc seg PA len=10
	ask_ok rs wait 1
	ask_ok rs seg A
	ask_ok rc wait 1
}

# An older timestamp that comes late is not taken for the latest.
with()
{
	local latest

	begin ts wscale=3
	ask_ok rs seg PA len=5 win=777
	ask_ok rc wait 1
	[[ $SAID =~ ts=([0-9]+), ]] && latest=${BASH_REMATCH[1]}
	ask_ok rc seg A
	ask_ok rs wait 1
	ask_ok rs seg A ts=-1000 seq=-5 len=5
	ask_ok rc wait 1
	ask rc wait 100
	check_match "the probe" "$SAID" \
		"^ok A seq=-1 ack=0 len=0 win=777 ts=$latest,"
	ask_ok rc seg A
	ask rs wait 100
	check_match "the probe to the other" "$SAID" \
		"^ok A seq=-1 ack=0 len=0 win=8192 ts=[1-9]"
	ask_ok rs seg A
	over "ts=$latest,"
}

# The RST: exactly what is expected.
over()
{
	ka gw flow kill all >/dev/null || fail "flow kill"
	ask rc wait 10
	check_match "the RST" "$SAID" "^ok RA? seq=0 ack=0 len=0 .*"
	ask rs wait 10
	check_match "the RST to the other" "$SAID" "^ok RA? seq=0 ack=0 len=0 "
	pass_time 70
}

without()
{
	begin
	ask rc wait 100
	check_match "the probe" "$SAID" '^ok A seq=-1 ack=0 .* ts=0,0 '
	ask_ok rc seg A
	ask rs wait 100
	check_match "the probe to the other" "$SAID" \
		'^ok A seq=-1 ack=0 .* ts=0,0 '
	ask_ok rs seg A
	over
}

# An end with no room says so, and its probe does, too.
no_window()
{
	begin ts
	ask_ok rs seg A win=0
	ask_ok rc wait 1
	ask rc wait 100
	check_match "the probe" "$SAID" '^ok A seq=-1 ack=0 len=0 win=0 '
	ask_ok rc seg A
	ask_ok rs wait 1
	ask_ok rs seg A
	over
}

port=5000
topology cl gw sv
load
scripted rc cl gw
scripted rs sv gw
policy gw watch on forward keepalive 60s
for_each_family "with timestamps" with
for_each_family "without" without
for_each_family "a window of 0" no_window
finish
