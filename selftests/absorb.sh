#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# The answer to a probe is not passed on, unless it says anything new: a
# window, an acknowledgment, SACK, payload, ECN, an option that is not known, FIN;
# or unless it may be the answer to what the other end has said since.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

port=4000

# Two scripted ends; rc has been silent long enough for a probe, rs spoke a
# moment ago. Leaves the probe unanswered.
until_probe()
{
	port=$((port + 1))
	ask_ok rs open "$SR" 80 "$CR" "$port" ts sack wscale=4 iss=2000000000
	ask_ok rc open "$CR" "$port" "$SR" 80 ts sack wscale=4 iss=4294967000
	tell rs accept
	ask_ok rc connect
	expect rs "ok*"
	pass_time 40
	ask_ok rs seg A seq=-1
	ask_ok rc wait 1
	"$@"
	ask rc wait 30
	check_match "the probe" "$SAID" '^ok A seq=-1(1)? ack=[-0-9]* len=0 '
}

# Nothing arrives at rs.
quiet()
{
	ask rs wait 2
	check_eq "passed on" "$SAID" ETIMEDOUT
}

# heard PATTERN: this arrives at rs.
heard()
{
	ask rs wait 2
	check_match "passed on" "$SAID" "$1"
}

plain()
{
	until_probe :
	ask_ok rc seg A
	quiet
	# the very same once more is not an answer to our probe
	ask_ok rc seg A
	heard '^ok A seq=0 ack=0 len=0'
}

window()
{
	until_probe :
	ask_ok rc seg A win=4321
	heard '^ok A seq=0 ack=0 len=0 win=4321 '
}

# rs has sent 10 bytes, which rc acknowledges only now.
unacked()
{
	ask_ok rs seg PA len=10
	ask_ok rc wait 1
}

ack_advance()
{
	until_probe unacked
	ask_ok rc seg A
	heard '^ok A seq=0 ack=0 len=0'
}

sack()
{
	until_probe :
	ask_ok rc seg A sack=10-20
	heard '^ok A seq=0 ack=0 len=0'
}

payload()
{
	ka gw stats reset
	# rs has gone on since its keepalive: but for the probe all is routine
	until_probe unacked
	ask_ok rc seg PA len=7
	heard '^ok PA seq=0 ack=0 len=7'
	quiet
	take_stats gw
	check_stat probes_answered 1
}

ecn()
{
	until_probe :
	ask_ok rc seg AE
	heard '^ok AE seq=0 ack=0 len=0'
}

# An MP_PRIO is said once (RFC 8684 3.3.8); what else comes, nobody can know.
option()
{
	local kind

	for kind in 30 253; do
		until_probe :
		ask_ok rc seg A "opt=$kind"
		heard '^ok A seq=0 ack=0 len=0'
	done
}

fin()
{
	until_probe :
	ask_ok rc seg FA
	heard '^ok FA seq=0 ack=0 len=0'
}

# The answer may be one to rs's own keepalive, which crosses our probe.
crossing()
{
	until_probe :
	ask_ok rs seg A seq=-1
	ask_ok rc wait 1
	ask_ok rc seg A
	heard '^ok A seq=0 ack=0 len=0'
}

# Payload of rs crosses our probe; rc's acknowledgment of it is needed.
payload_crossing()
{
	until_probe :
	ask_ok rs seg PA len=5
	ask_ok rc seg A
	heard '^ok A seq=0 ack=-5 len=0'
	ask_ok rc wait 1
	ask_ok rc seg A
	heard '^ok A seq=0 ack=0 len=0'
}

# rs's own keepalive passes just before the probe, and of two that come so close
# rc answers one.
keeps()
{
	pass_time 19.5
	ask_ok rs seg A seq=-1
	ask_ok rc wait 1
}

just_before()
{
	until_probe keeps
	ask_ok rc seg A
	heard '^ok A seq=0 ack=0 len=0'
}

topology cl gw sv
load
scripted rc cl gw
scripted rs sv gw
policy gw probe on forward keepalive 60s intvl 5s probes 4
for_each_family "a plain answer is absorbed, once" plain
for_each_family "a window update passes" window
for_each_family "an ack advance passes" ack_advance
for_each_family "SACK passes" sack
for_each_family "payload passes" payload
for_each_family "ECN passes" ecn
for_each_family "MPTCP and unknown options pass" option
for_each_family "FIN passes" fin
for_each_family "an answer passes that may be for the other end" crossing
for_each_family "an answer passes that is for both" just_before
for_each_family "payload that crosses a probe is acknowledged" payload_crossing
finish
