#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 240
#
# A FIN or RST that has passed here may be lost further on, and who sent it may
# be gone: the other end knows of nothing. It goes on being probed and timed.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

begin()
{
	ka gw policy flush
	policy gw close on forward "$@"
	ka gw stats reset
	join cl sv 1 8001
}

# lost GONE LEFT COMMAND REASON: what GONE does passes here, and does not arrive;
# then GONE loses power. The clock of REASON was last set at SINCE, or, where
# what is sent again counts, at CUT at the latest.
lost()
{
	local gone=$1 left=$2

	power_off "$left" gw
	# idle, and an end that is only reset, are counted from the payload
	[ "$3" = reset ] || [ "$4" = idle ] || SINCE=${EPOCHREALTIME/./}
	ask_ok "$gone" "$3" 1
	pass_time 0.05
	power_off "$gone" gw cut
	CUT=$SINCE
	[ "$4" != keepalive ] || CUT=${EPOCHREALTIME/./}
	power_on "$left" gw
}

# The survivor is ended SECONDS later, for REASON, and nothing is left.
ended()
{
	local gone=$1 left=$2

	ask "$left" recv 1
	check_eq "the survivor's recv" "$SAID" ECONNRESET
	((WHEN - SINCE >= $3 * 1000000)) ||
		fail "the survivor is told $((WHEN - SINCE)) us after, at $3 s"
	((WHEN - CUT <= $3 * 1010000 + 250000)) ||
		fail "the survivor is told $((WHEN - CUT)) us after, at $3 s"
	check_eq "the survivor's sockets" "$(in_ns "$left" ss -Htan)" ""
	event "\"event\":\"(dead|expired)\""
	check_json "$EVENT" reason "$4"
	ask_ok "$left" close 1
	power_on "$gone" gw
	pass_time 61
	ask "$gone" vanish 1
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
}

fin()
{
	begin keepalive 60s intvl 10s probes 3
	lost "$1" "$2" shut keepalive
	ended "$1" "$2" 90 keepalive
}

fin_idle()
{
	begin idle 10m
	lost "$1" "$2" shut idle
	ended "$1" "$2" 600 idle
}

fin_half()
{
	begin half-closed 40s
	lost "$1" "$2" shut half-closed
	ended "$1" "$2" 40 half-closed
}

# The second FIN is lost: who was first waits for it in FIN_WAIT2.
second_fin()
{
	begin "${@:5}"
	ask_ok "$2" shut 1
	ask "$1" recv 1
	check_eq "the other end reads" "$SAID" eof
	# a delayed acknowledgment
	pass_time 0.1
	lost "$1" "$2" close "$4"
	ended "$1" "$2" "$3" "$4"
}

rst()
{
	begin keepalive 60s intvl 10s probes 3
	lost "$1" "$2" reset keepalive
	ended "$1" "$2" 90 keepalive
}

rst_idle()
{
	begin idle 10m
	lost "$1" "$2" reset idle
	ended "$1" "$2" 600 idle
}

# Anybody's SYN in the sender's name, and payload far beyond, change nothing.
rst_and_others()
{
	ka gw policy flush
	policy gw close on forward "$@"
	ka gw stats reset
	join cl sv 1 8001 40005
	SINCE=${EPOCHREALTIME/./}
	ask_ok rs open "$C" 40005 "$S" 8001 iss=77000
	ask_ok rs seg PA len=1
	lost cl sv reset idle
	ask_ok rs seg S
}

rst_and_syn()
{
	rst_and_others idle 10m
	ended cl sv 600 idle
}

# The machine that has closed is there: what the survivor says when it is
# probed draws its RST again.
rst_again()
{
	begin keepalive 60s intvl 10s probes 3
	drawn_again
}

# It was open before the policy, and conntrack has taken the RST for arrived.
rst_again_picked()
{
	ka gw policy flush
	ka gw stats reset
	join cl sv 1 8001
	policy gw close on forward keepalive 60s intvl 10s probes 3
	carry cl 1 sv 1
	carry sv 1 cl 1
	drawn_again
}

drawn_again()
{
	power_off sv gw
	SINCE=${EPOCHREALTIME/./}
	ask_ok cl reset 1
	pass_time 0.05
	power_on sv gw
	ask sv recv 1
	check_eq "the survivor's recv" "$SAID" ECONNRESET
	((WHEN - SINCE < 4000000)) ||
		fail "the survivor is told $((WHEN - SINCE)) us later"
	event '"event":"closed"'
	check_json "$EVENT" reason rst
	check_json "$EVENT" by initiator
	take_stats gw
	check_stat flows_closed 1
	check_stat flows 0
	check_stat rst_sent 0
	ask_ok sv close 1
}

# A RST that arrives ends the connection here, too, as soon as that is known.
rst_arrives()
{
	begin keepalive 60s intvl 10s probes 3
	ask_ok cl reset 1
	ask sv recv 1
	check_eq "the other end reads" "$SAID" ECONNRESET
	event '"event":"closed"'
	check_json "$EVENT" reason rst
	check_json "$EVENT" by initiator
	pass_time 60
	no_event
	take_stats gw
	check_stat flows_closed 1
	check_stat flows 0
	ask_ok sv close 1
}

# Behind NAT conntrack forgets it soon: it is ended at once.
rst_translated()
{
	begin keepalive 60s intvl 10s probes 3
	SINCE=${EPOCHREALTIME/./}
	lost "$1" "$2" reset idle
	ask "$2" recv 1
	check_eq "the survivor's recv" "$SAID" ECONNRESET
	check_due "the survivor is told" "$SINCE" "$WHEN" 15
	check_eq "the survivor's sockets" "$(in_ns "$2" ss -Htan)" ""
	event '"event":"closed"'
	check_json "$EVENT" reason rst
	check_json "$EVENT" by "$3"
	take_stats gw
	check_stat flows_closed 1
	check_stat peers_dead 0
	ask_ok "$2" close 1
	power_on "$1" gw
	pass_time 61
	ask "$1" vanish 1
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
}

rst_and_syn_translated()
{
	rst_and_others keepalive 60s intvl 10s probes 3
	ask sv recv 1
	check_eq "the survivor's recv" "$SAID" ECONNRESET
	check_due "the survivor is told" "$SINCE" "$WHEN" 15
	event '"event":"closed"'
	ask_ok sv close 1
	power_on cl gw
	pass_time 61
	ask cl vanish 1
}

# Its sender opens another one from that port at once: the first is over.
rst_reused()
{
	ka gw policy flush
	policy gw close on forward keepalive 60s intvl 10s probes 3
	ka gw stats reset
	join cl sv 1 8001 40007
	ask_ok cl reset 1
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	ask_ok sv close 1
	join cl sv 1 8001 40007
	event '"event":"closed"'
	check_json "$EVENT" reason rst
	check_json "$EVENT" by initiator
	take_stats gw
	check_stat flows_created 2
	check_stat flows_closed 1
	ka gw flow kill all >/dev/null || fail "kill"
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	event '"event":"killed"'
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

# What the other end answers when it is asked about the RST crosses the SYN: that
# it has done with the first one is no reason not to know the next.
rst_crossed()
{
	ka gw policy flush
	policy gw close on forward keepalive 60s intvl 10s probes 3
	ka gw stats reset
	scripted_pair 4002 8001
	ask_ok rc seg R
	ask rs wait 1
	check_match "the RST" "$SAID" "^ok R "
	ask rs wait 5
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask_ok rc open "$CR" 4002 "$SR" 8001 iss=70000 wscale=3
	ask_ok rc seg S
	ask_ok rs seg R
	ask rc wait 1
	check_match "the answer" "$SAID" "^ok R "
	ask_ok rs open "$SR" 8001 "$CR" 4002 iss=80000 wscale=3
	ask_ok rs drain
	ask_ok rs seg SA ack=70001
	ask rc wait 1
	check_match "the SYN-ACK" "$SAID" "^ok SA "
	check_json "$(ka gw -j flow list)" state syn-recv
	event '"event":"closed"'
	check_json "$EVENT" reason rst
	check_json "$EVENT" by initiator
	take_stats gw
	check_stat flows_created 2
	check_stat flows_closed 1
	ask_ok rc seg A win=100
	check_json "$(ka gw -j flow list)" state established
	ask_ok rs seg PA seq=799 ack=70001 len=1
	take_stats gw
	check_stat segments_invalid 0
	# 800 octets are all that it takes
	ask_ok rs seg PA seq=801 ack=70001 len=1
	take_stats gw
	check_stat segments_invalid 1
	ka gw flow kill all with drop >/dev/null
	event '"event":"killed"'
}

# Its sender is there, and says the same whenever it is asked; the other end says
# nothing any more: that is the end of it.
rst_unheard()
{
	begin keepalive 60s intvl 10s probes 3
	power_off sv gw
	SINCE=${EPOCHREALTIME/./}
	ask_ok cl reset 1
	event '"event":"closed"' 20
	check_due "it is over" "$SINCE" "${EPOCHREALTIME/./}" 15
	take_stats gw
	check_stat flows 0
	check_stat probes_sent 6
	check_stat rst_sent 0
	power_on sv gw
	ask sv vanish 1
}

# Another has sent it in the client's name, and it was lost: who is asked lives.
rst_not_its_own()
{
	ka gw policy flush
	policy gw close on forward keepalive 60s intvl 10s probes 3
	ka gw stats reset
	ask_ok rs open "$SR" 8001 "$CR" 4000
	ask_ok rc open "$CR" 4000 "$SR" 8002
	tell rs accept
	ask_ok rc connect
	expect rs "ok*"
	ask_ok rc seg R
	ask rs wait 1
	check_match "the RST" "$SAID" "^ok R "
	ask rs wait 2
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask_ok rs seg A
	ask rc wait 1
	check_match "the client's question" "$SAID" "^ok A seq=-1 "
	ask_ok rc seg A
	pass_time 30
	check_json "$(ka gw -j flow list)" state established
	take_stats gw
	check_stat flows_closed 0
	check_stat rst_sent 0
	ka gw flow kill all with drop >/dev/null
}

need_modules tcp_diag nf_tables nft_ct nf_conntrack nft_chain_nat nft_masq nft_nat
topology cl gw sv
load
ends cl:cl sv:sv
scripted rc cl gw
scripted rs sv gw
use_family ipv4 && S4=$SR
use_family ipv6 && S6=$SR
monitor gw flow
for_each_family "the client's FIN, keepalive" fin cl sv
for_each_family "the server's FIN, keepalive" fin sv cl
for_each_family "a FIN, idle" fin_idle cl sv
for_each_family "a FIN, half-closed" fin_half cl sv
for_each_family "the second FIN, keepalive" \
	second_fin sv cl 90 keepalive keepalive 60s intvl 10s probes 3
for_each_family "the second FIN, a long keepalive" \
	second_fin cl sv 660 keepalive keepalive 10m intvl 20s probes 3
for_each_family "the second FIN, idle" second_fin sv cl 600 idle idle 10m
for_each_family "the second FIN, half-closed" \
	second_fin cl sv 40 half-closed half-closed 40s
for_each_family "the client's RST, keepalive" rst cl sv
for_each_family "the server's RST, keepalive" rst sv cl
for_each_family "a RST, idle" rst_idle cl sv
for_each_family "a RST, and anybody's segments" rst_and_syn
for_each_family "a RST, and its sender is there" rst_again
for_each_family "a RST that arrives" rst_arrives
for_each_family "its answer crosses a new SYN" rst_crossed
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet filter {
		chain forward {
			type filter hook forward priority 0
			ct state established accept
		}
	}
RULES
for_each_family "a RST of what was picked up, and conntrack" rst_again_picked
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet nat {
		chain in {
			type nat hook prerouting priority -100
			tcp dport 8002 dnat ip to $S4:8001
			tcp dport 8002 dnat ip6 to [$S6]:8001
		}
		chain out {
			type nat hook postrouting priority 100
			ct status dnat accept
			tcp dport 8001 masquerade
		}
	}
RULES
for_each_family "the client's RST, masqueraded" rst_translated cl sv initiator
for_each_family "the server's RST, masqueraded" rst_translated sv cl responder
for_each_family "a RST drawn again, masqueraded" rst_again
for_each_family "a RST drawn again and again, masqueraded" rst_unheard
for_each_family "a RST, and anybody's segments, masqueraded" rst_and_syn_translated
for_each_family "a RST, and the port is used again" rst_reused
for_each_family "a RST of another, translated" rst_not_its_own
finish
