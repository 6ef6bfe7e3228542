#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
# uses: jq
#
# What tcpkactl prints: JSON with the promised keys, columns that line up,
# counters as OpenMetrics.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# keys JQ-PATH: the keys found there, sorted, in one line.
keys()
{
	jq -r "[$1 | keys_unsorted[]] | unique | join(\" \")"
}

policy_json()
{
	check_eq keys "$(ka gw -j policy list | keys '.[]')" \
		"action dead dport dst family flows idle_ms iif intvl_ms keepalive_ms mark max_age_ms name oif on override prio probes sport src"
	check_eq values "$(ka gw -p policy list one | jq -c \
		'.[0] | [.prio, .dport, .sport, .mark, .override, .idle_ms]')" \
		'[5,80,"1-9","0x10/0xf0",true,1500]'
	check_eq "what is not set" "$(ka gw -j policy list two | keys '.[]')" \
		"action dead flows idle_ms name override prio"
}

flow_json()
{
	check_eq keys "$(ka gw -j flow list | keys '.[]')" \
		"age_ms data_idle_ms dport dst ends expires_ms family idle_ms kind policy probes_sent probes_unanswered sport src state"
	check_eq ends "$(ka gw -j flow list | keys '.[].ends[]')" \
		"guessed last_seen_ms role unanswered"
	check_eq count "$(ka gw -j flow count)" '{"flows":2}'
	check_eq groups "$(ka gw -j flow count by dport top 1 | jq -c .)" \
		'[{"key":8001,"flows":2}]'
	check_eq "no flow" "$(ka gw -j flow list dport 1)" "[]"
}

other_json()
{
	check_eq config "$(ka gw -j config | keys .)" \
		"fin_quiet_ms fin_wait_ms linger_ms max_flows pickup probe_rate"
	check_eq test "$(ka gw -j policy test all idle 1h | keys .)" \
		"would_expire would_rule"
	check_eq stats "$(ka gw -j stats | jq '[.[] | numbers] | length')" \
		"$(ka gw stats | wc -l)"
	check_eq probe "$(ka gw -j flow probe dport 1 | jq -c .)" \
		'{"matched":0,"refused":0}'
	check_eq kill "$(ka gw -j flow kill dport 1 | jq -c .)" \
		'{"matched":0,"ended":0,"refused":0}'
}

# column FILE NAME: where the column begins; each line has a blank before it.
column()
{
	local head at line

	read -r head <"$1"
	at=${head%%"$2"*}
	at=${#at}
	while read -r line; do
		[[ ${line:at - 1:2} == " "[!\ ] ]] ||
			fail "$2 does not line up: $line"
	done <"$1"
}

text_columns()
{
	local name

	ka gw flow list >"$work/flows"
	check_eq lines "$(wc -l <"$work/flows")" 3
	for name in Kind Src:port Dst:port Idle Data-idle Expires Policy \
		Probes; do
		column "$work/flows" "$name"
	done
	ka gw policy list >"$work/policies"
	column "$work/policies" prio
}

service_names()
{
	check_match numbers "$(ka gw -N flow count by dport)" 8001
}

# openmetrics [POLICY...]: the rules of the format that a reader trips over.
openmetrics()
{
	ka gw stats openmetrics "$@" >"$work/metrics" || fail "openmetrics"
	check_eq "last line" "$(tail -n 1 "$work/metrics")" "# EOF"
	awk '
	$1 == "#" && $2 == "TYPE" {
		if (seen[$3]++)
			print "told apart: " $3
		name = $3; type = $4; next
	}
	$1 == "#" && $2 == "HELP" { if ($3 != name) print "help: " $0; next }
	$1 == "#" && $2 == "EOF" { next }
	{
		want = name (type == "counter" ? "_total" : "")
		split($1, part, "{")
		if (part[1] != want || $2 !~ /^[0-9]+$/ || NF != 2)
			print "sample: " $0
	}' "$work/metrics" >"$work/complaints"
	check_eq complaints "$(<"$work/complaints")" ""
}

all_metrics()
{
	openmetrics
	grep -q '^tcpka_flows 2$' "$work/metrics" || fail "flows"
	grep -q '^tcpka_flows_created_total 2$' "$work/metrics" ||
		fail "flows created"
	grep -q '^tcpka_policy_flows{policy="two"} 2$' "$work/metrics" ||
		fail "flows of a policy"
	openmetrics policy two
	if grep -q '^tcpka_flows ' "$work/metrics"; then
		fail "counters of the namespace among those of a policy"
	fi
}

# More probes than probe-rate: told, and done.
warning()
{
	local said

	ka gw config set probe-rate 1
	said=$(ka gw policy add fast prio 1 all keepalive 2s 2>&1)
	check_eq "exit status" "$?" 0
	check_match warning "$said" 'probe-rate'
	said=$(ka gw policy add slow prio 2 all keepalive 1h 2>&1)
	check_eq "what need not be told" "$said" ""
	ka gw config set probe-rate 10000
}

topology cl gw sv
load
ka gw policy add one prio 5 on forward family ipv4 src 10/8 dst 10.1.2.3 \
	sport 1-9 dport 80 iif a oif b mark 0x10/0xf0 keepalive 45s intvl 2s \
	probes 3 idle 1500ms max-age 1d action drop dead none override yes ||
	die "policy add"
ka gw policy add two all idle 1h || die "policy add"
ends cl:cl sv:sv
use_family ipv4
join cl sv 1 8001
use_family ipv6
join cl sv 2 8001
try "policies as JSON" policy_json
try "connections as JSON" flow_json
try "the rest as JSON" other_json
try "text in columns" text_columns
try "ports as numbers" service_names
try "counters as OpenMetrics" all_metrics
try "too many probes are warned of" warning
finish
