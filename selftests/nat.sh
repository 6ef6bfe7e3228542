#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# A gateway that translates: what is sent in an end's name leaves translated, as
# the end's own segments do, in both directions; a firewall beyond that forgets
# after 60 s is held open, a dead peer is found, an idle connection is ended by
# RSTs that both programs take, and conntrack's entry goes with it.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=lib_nft.sh
. "${0%/*}/lib_nft.sh"

# meet_through CONNECT-PORT LISTEN-PORT
meet_through()
{
	ask_ok sv listen 1000 "$S" "$2"
	tell sv accept 1000 1
	ask_ok cl connect 1 "$S" "$1"
	expect sv "ok*"
	ask_ok sv close 1000
	carry cl 1 sv 1
	carry sv 1 cl 1
}

entries()
{
	in_ns gw conntrack -L -f "$family" -p tcp --state ESTABLISHED \
		2>/dev/null | grep -c "dport=$1"
}

# Behind the second machine the client is whoever the gateway says it is.
lives()
{
	ka gw policy flush
	policy gw hold on forward keepalive 45s intvl 5s probes 3
	ka gw stats reset
	meet_through "$@"
	pass_time 300
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	take_stats gw
	check_stat unforgeable 0
	check_stat peers_dead 0
	stat probes_answered
	[ "$VALUE" -ge 10 ] || fail "answered: $VALUE"
	ask_ok cl close 1
	ask_ok sv close 1
}

dies()
{
	meet_through "$@"
	power_off sv mid
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 60
	power_on sv mid
	ask_ok sv vanish 1
	ask_ok cl close 1
	pass_time 61
}

expires()
{
	ka gw policy flush
	policy gw expire on forward idle 100s keepalive 45s
	ka gw stats reset
	meet_through "$@"
	tell sv recv 1
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 100
	expect sv ECONNRESET
	pass_time 61
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent 2
	check_stat unforgeable 0
	check_stat relearned 0
	check_eq "conntrack's entries" "$(entries "$1")" 0
	ask_ok cl close 1
	ask_ok sv close 1
}

translated()
{
	lives "$@"
	dies "$@"
	expires "$@"
}

dnat_to()
{
	use_family "$1"
	[ "$1" = ipv4 ] && echo "$S" || echo "[$S]"
}

need_modules nf_tables nft_chain_nat nft_masq nft_nat nft_ct nf_conntrack
topology cl gw mid sv
ends cl:cl sv:sv
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet nat {
		chain in {
			type nat hook prerouting priority -100
			tcp dport 8005 ct mark set 5
			tcp dport {8003, 8005} dnat ip to $(dnat_to ipv4):8004
			tcp dport {8003, 8005} dnat ip6 to $(dnat_to ipv6):8004
		}
		chain out {
			type nat hook postrouting priority 100
			tcp dport 8001 masquerade
			tcp dport 8002 snat ip to 10.77.1.1:40000-50000
			tcp dport 8002 snat ip6 to [fd77:1::1]:40000-50000
			ct mark 5 masquerade
		}
	}
	# what an administrator adds must not stop us
	table inet strict {
		chain forward {
			type filter hook forward priority 0
			ct state invalid drop
		}
		chain output {
			type filter hook output priority 0; policy drop
		}
		chain post {
			type filter hook postrouting priority 0
			ct state invalid drop
		}
	}
RULES
firewall_beyond mid
load
for_each_family "masquerade" translated 8001 8001
for_each_family "source and port" translated 8002 8002
for_each_family "destination" translated 8003 8004
for_each_family "both" translated 8005 8004
finish
