#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# What tcpka has ended stays known for linger: an end that did not hear, or
# that says by its answer that it expects another number, gets another RST;
# RSTs and what is out of window get no answer.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# The RST and both of its checks are lost; the server speaks later.
late()
{
	join cl sv 1 8001
	power_off sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	pass_time 20
	power_on sv gw
	ask_ok sv send 1 5
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	check_quiet_client
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 60
}

# The late words of the server went no further.
check_quiet_client()
{
	check_eq "sockets of the client" "$(in_ns cl ss -Htan)" ""
}

# The RST is lost, its check is answered: another RST.
checked()
{
	join cl sv 1 8001
	power_off sv gw
	ask cl recv 1
	power_on sv gw
	tell sv recv 1
	expect sv ECONNRESET 4
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 60
}

# A challenge ACK states the number that is expected (RFC 5961): rs has got
# bytes, and its acknowledgment was lost; it does not answer when it is asked.
challenge()
{
	scripted_pair 4000 8001 ts
	ask_ok rc seg PA len=20
	ask_ok rs wait 1
	ask rs wait 100
	check_match "the question" "$SAID" "^ok A seq=-21 "
	ask rs wait 2
	check_match "the RST" "$SAID" "^ok RA? seq=-20 "
	ask_ok rs seg A
	ask rs wait 1
	check_match "the corrected RST" "$SAID" "^ok RA? seq=0 "
	# no answer to a RST, nor to what is out of window
	ask_ok rs seg R
	ask_ok rs seg A seq=1000000
	ask rs wait 0.9
	check_eq "further answers" "$SAID" ETIMEDOUT
	pass_time 60
}

# One that takes back what it has said draws no RST each time.
to_and_fro()
{
	local i

	scripted_pair 4000 8001 ts
	ask_ok rc seg PA len=20
	ask_ok rs wait 1
	ask_ok rs seg A
	pass_time 1
	ask_ok rs drain
	ka gw stats reset
	ka gw flow kill all >/dev/null || fail "kill"
	for i in {1..20}; do
		ask_ok rs seg A ack=-1
		ask_ok rs seg A
	done
	take_stats gw
	stat rst_sent
	[ "$VALUE" -le 12 ] || fail "RSTs: $VALUE"
	# nor does it help to say in between that it is gone
	for i in {1..20}; do
		ask_ok rs seg R
		ask_ok rs seg A
	done
	take_stats gw
	stat rst_sent
	[ "$VALUE" -le 14 ] || fail "RSTs: $VALUE"
	pass_time 61
}

# What was acknowledged in its name it has never got.
lowered()
{
	ask_ok rs open "$SR" 8001 "$CR" 4000 iss=5000
	ask_ok rc open "$CR" 4000 "$SR" 8001 iss=1000
	tell rs accept
	ask_ok rc connect
	expect rs "ok*"
	ask_ok rc seg PA len=20
	ask_ok rs wait 1
	ask_ok rs seg A
	ask_ok rs open "$SR" 8001 "$CR" 4000 iss=5001 rcv=1001
	ask rs wait 100
	check_match "the RST" "$SAID" "^ok RA? seq=20 "
	ask_ok rs seg A
	ask rs wait 1
	check_match "the corrected RST" "$SAID" "^ok RA? seq=0 "
	pass_time 60
}

# An end is told and checked, however short linger is.
no_linger()
{
	ka gw config set linger 0s || fail "config set"
	join cl sv 1 8001
	power_off sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	power_on sv gw
	tell sv recv 1
	expect sv ECONNRESET 4
	ask_ok cl close 1
	ask_ok sv close 1
	busywait 10 no_flows || fail "flows: $(ka gw -j flow list)"
	ka gw config set linger 60s
}

no_flows()
{
	[ "$(ka gw -j flow count)" = '{"flows":0}' ]
}

# It goes on answering, and takes no RST: it is not told for ever.
deaf()
{
	join cl sv 1 8001
	in_ns sv nft -f - <<-RULES || fail "no nft"
		table inet deaf {
			chain in {
				type filter hook input priority 0
				tcp flags rst drop
			}
		}
	RULES
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	pass_time 61
	check_eq "flows after linger" "$(ka gw -j flow count)" '{"flows":0}'
	in_ns sv nft delete table inet deaf
	ask_ok cl close 1
	ask_ok sv vanish 1
}

# One that goes on sending is told so again, not for each segment.
rate()
{
	local i n=0

	scripted_pair 4000 8001 ts
	ask rs wait 100
	check_match "the RST" "$SAID" "^ok RA? seq=0 "
	pass_time 10
	while ask rs wait 0.1 && [ "$SAID" != ETIMEDOUT ]; do :; done
	for i in {1..50}; do
		ask_ok rs seg PA len=1
	done
	while ask rs wait 0.2 && [[ $SAID == "ok R"* ]]; do
		n=$((n + 1))
	done
	((n >= 1 && n <= 3)) || fail "RSTs to 50 segments: $n"
	ask rc wait 0.1
	[[ $SAID != *len=1* ]] || fail "passed on: $SAID"
	pass_time 60
}

need_modules tcp_diag nf_tables
topology cl gw sv
load
ends cl:cl sv:sv
scripted rc cl gw
scripted rs sv gw
policy gw expire on forward idle 60s
for_each_family "an end that speaks late is told" late
for_each_family "a lost RST is noticed" checked
# nobody is asked before: it need not have been quiet
ka gw policy flush
policy gw expire on forward max-age 60s
for_each_family "a challenge ACK gets the corrected RST" challenge
for_each_family "an end that has got less is told so" lowered
for_each_family "an end that goes to and fro" to_and_fro
for_each_family "without linger" no_linger
for_each_family "an end that takes no RST" deaf
for_each_family "answers are rate-limited" rate
finish
