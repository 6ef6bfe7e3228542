#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 240
#
# Connections that conntrack knows when a policy arrives, and that never say
# another word: they are taken up with the right opener, probed, and ended like
# any other. Each end is asked for its number before anything else is sent.
# What this machine does not forward is left alone.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

many=200

# meet_at CONNECT-PORT LISTEN-PORT [SOCK]: before tcpka is there.
meet_at()
{
	local sock=${3:-1}

	ask_ok sv listen 1000 "$S" "$2"
	tell sv accept 1000 "$sock"
	ask_ok cl connect "$sock" "$S" "$1"
	expect sv "ok*"
	ask_ok sv close 1000
	carry cl "$sock" sv "$sock" 700
	carry sv "$sock" cl "$sock" 1300
	# what is under way comes past nobody who would take it up
	pass_time 5
}

flows()
{
	[ "$(ka gw -j flow count on forward)" = "{\"flows\":$1}" ]
}

# comes NAME WORD...: tcpka, its policy, and its view of the one connection.
comes()
{
	load
	capture "c$1" gw cl
	capture "s$1" gw sv
	SINCE=${EPOCHREALTIME/./}
	policy gw late on forward "${@:2}"
	busywait 10 flows 1 || fail "flows: $(ka gw -j flow count)"
	LIST=$(ka gw -j flow list on forward)
	[[ ! $LIST =~ \"guessed\":\ *true ]] || fail "guessed: $LIST"
}

goes()
{
	ask_ok cl close 1
	ask_ok sv close 1
	unload
	forget
}

# What conntrack knows of connections that are over.
forget()
{
	pass_time 5
	in_ns gw conntrack -F 2>/dev/null
}

# towards CAPTURE TO: flags of all that an end was sent since SINCE.
towards()
{
	find_segments "$1" any "$2" "time > $SINCE && len == 0"
	printf '%s\n' "${FOUND[@]}" | awk '{ print $4 }' | xargs
}

# asked CAPTURE END: the first of ours that it is sent is one below what it
# expects, and it says so. Both use timestamps: what has none is ours.
asked()
{
	local time seq ack ts

	find_segments "$1" any "$2" \
		"time > $SINCE && (tsval + 0 == 0 || flags ~ /[FR]/)"
	read -r time _ _ _ seq _ _ _ ts _ <<<"${FOUND[0]:-}"
	check_eq "the question's timestamp" "${ts:-none}" -
	find_segments "$1" "$2" any "time >= ${time:-0}"
	read -r _ _ _ _ _ ack _ <<<"${FOUND[0]:-}"
	check_eq "the answer" "${ack:-none}" $((${seq:-0} + 1))
}

# ended NAME SECONDS FLAGS PORT: both are told in time; what each was sent.
ended()
{
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" "$2"
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	pass_time 10
	capture_stop "c$1" "s$1"
	check_eq "towards the client" "$(towards "c$1" "$C.$PORT")" "$3"
	check_eq "towards the server" "$(towards "s$1" "$S.$4")" "$3"
	asked "c$1" "$C.$PORT"
	asked "s$1" "$S.$4"
	take_stats gw
	check_stat flows_created 1
	check_stat expired_idle 1
	check_stat rst_sent 2
	check_stat unforgeable 0
	check_stat segments_invalid 0
}

# The opener, as policies see it: after DNAT, before SNAT.
opener()
{
	check_json "$LIST" src "$C"
	check_json "$LIST" dst "$S"
	check_json "$LIST" dport "$1"
	json "$LIST" sport
	PORT=$VALUE
}

never_heard()
{
	meet_at "$1" "$2"
	comes "$family$1" iif cl oif sv dport "$2" idle 100s
	opener "$2"
	ended "$family$1" 100 ". R. ." "$2"
	goes
}

probed()
{
	meet_at "$1" "$2"
	comes "p$family$1" idle 100s keepalive 30s intvl 5s probes 3
	opener "$2"
	ended "p$family$1" 100 ". . . . R. ." "$2"
	check_stat replies_absorbed 6
	check_stat probes_answered 6
	# what was absorbed has told how far the ends are
	find_segments "cp$family$1" any "$C.$PORT" "flags ~ /R/ && ttl != 63"
	check_eq "with another time to live" "${#FOUND[@]}" 0
	goes
}

by_fin()
{
	meet_at 8001 8001
	comes "f$family" idle 100s action fin
	opener 8001
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	check_due "the client is told" "$SINCE" "$WHEN" 100
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 10
	capture_stop "cf$family" "sf$family"
	asked "cf$family" "$C.$PORT"
	asked "sf$family" "$S.8001"
	take_stats gw
	check_stat fin_completed 1
	check_stat fin_fell_back 0
	check_stat rst_sent 0
	unload
	forget
}

# A server without power says nothing: the client is told.
dead()
{
	meet_at 8001 8001
	comes "d$family" keepalive 30s intvl 5s probes 3
	opener 8001
	power_off sv gw
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 45
	capture_stop "cd$family" "sd$family"
	asked "cd$family" "$C.$PORT"
	power_on sv gw
	ask_ok sv vanish 1
	ask_ok cl close 1
	unload
	forget
}

half_closed()
{
	ask_ok sv listen 1000 "$S" 8001
	tell sv accept 1000 1
	ask_ok cl connect 1 "$S" 8001
	expect sv "ok*"
	ask_ok sv close 1000
	ask_ok "$1" shut 1
	ask "$2" recv 1
	check_eq "the other end reads" "$SAID" eof
	pass_time 5
	comes "h$family$1" half-closed 40s
	ask "$1" recv 1
	check_eq "who closed reads" "$SAID" ECONNRESET
	check_due "it is told" "$SINCE" "$WHEN" 40
	capture_stop "ch$family$1" "sh$family$1"
	pass_time 10
	check_eq "sockets of the client" "$(in_ns cl ss -Htan)" ""
	check_eq "sockets of the server" "$(in_ns sv ss -Htan)" ""
	take_stats gw
	check_stat expired_half_closed 1
	check_stat rst_sent 2
	goes
}

half_closed_by_both()
{
	half_closed cl sv
	half_closed sv cl
}

# Traffic past the hooks keeps it alive; afterwards its numbers are of old.
offloaded()
{
	local i

	meet_at 8006 8006
	comes "o$family" idle 100s
	check_json "$LIST" dport 8006
	json "$LIST" sport
	PORT=$VALUE
	for i in 1 2 3 4 5 6; do
		pass_time 20
		carry cl 1 sv 1 5000
		carry sv 1 cl 1 5000
	done
	take_stats gw
	check_stat expired_idle 0
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	pass_time 10
	capture_stop "co$family" "so$family"
	SINCE=$((SINCE + 1000000))
	check_eq "towards the client" "$(towards "co$family" "$C.$PORT")" \
		". R. ."
	check_eq "towards the server" "$(towards "so$family" "$S.8006")" \
		". R. ."
	take_stats gw
	check_stat expired_idle 1
	check_stat unforgeable 0
	goes
}

# The gateway's own, one of its own that it has forgotten, what it redirects to
# itself, and what a transparent proxy of it takes, beside one that passes.
not_forwarded()
{
	local i

	ask_ok sv listen 1000 "$S" 8001
	for i in 2 5; do
		tell sv accept 1000 "$i"
		ask_ok gl connect "$i" "$S" 8001
		expect sv "ok*"
	done
	ask_ok gl vanish 5
	ask_ok sv close 1000
	ask_ok gl listen 1000 :: 8007
	tell gl accept 1000 3
	ask_ok cl connect 3 "$S" 8007
	expect gl "ok*"
	ask_ok gl close 1000
	ask_ok gl listen 1000 :: 8008
	ask_ok gl transparent 1000
	tell gl accept 1000 4
	ask_ok cl connect 4 "$S" 8008
	expect gl "ok*"
	ask_ok gl close 1000
	meet_at 8001 8001
	comes "l$family" idle 100s
	opener 8001
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	pass_time 10
	capture_stop "cl$family" "sl$family"
	carry gl 2 sv 2 5
	carry cl 3 gl 3 5
	carry cl 4 gl 4 5
	take_stats gw
	check_stat flows_created 1
	# one question and one check each
	check_stat probes_sent 4
	ask_ok gl close 2
	ask_ok sv close 2
	ask_ok sv close 5
	ask_ok cl close 3
	ask_ok gl close 3
	ask_ok cl close 4
	ask_ok gl close 4
	goes
}

# A subflow of MPTCP says so in its answer: that passes, and so does all else.
subflow()
{
	scripted_pair 4000 8001
	comes "m$family" idle 100s
	ask rc wait 101
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask rs wait 1
	check_match "the server's question" "$SAID" "^ok A seq=-1 "
	ask_ok rc seg A opt=30
	ask rs wait 1
	check_match "the answer" "$SAID" "^ok A seq=0 ack=0 len=0"
	ask_ok rs seg A opt=30
	pass_time 5
	ask_ok rc drain
	ask_ok rc seg PA len=20 opt=30
	ask rs wait 1
	check_match "payload" "$SAID" "^ok PA seq=0 ack=0 len=20"
	ask rc wait 5
	check_eq "what the client is told" "$SAID" ETIMEDOUT
	capture_stop "cm$family" "sm$family"
	take_stats gw
	check_stat rst_sent 0
	check_stat unforgeable 1
	check_stat segments_invalid 0
	unload
	forget
}

# Both ends drop what bears no timestamp, or an old one: each is asked in three
# ways, however few probes the policy has, and each tells by what it echoes which
# one it takes. What may be a timestamp to come is beyond its window.
strict()
{
	local end

	ask_ok rs open "$SR" 8001 "$CR" 4000 ts
	ask_ok rc open "$CR" 4000 "$SR" 8001 ts
	tell rs accept
	ask_ok rc connect
	expect rs "ok*"
	comes "t$family" keepalive 30s intvl 5s probes 2
	for end in rc rs; do
		ask "$end" wait 31
		check_match "without" "$SAID" "^ok A seq=-1 .* ts=0,0 "
	done
	for end in rc rs; do
		ask "$end" wait 6
		check_match "the first" "$SAID" "^ok A seq=1073741824 .* ts=0,"
	done
	for end in rc rs; do
		ask "$end" wait 6
		check_match "the second" "$SAID" \
			"^ok A seq=1073741824 .* ts=2147483648,"
		ask_ok "$end" seg A
	done
	pass_time 5
	ask_ok rc drain
	ask_ok rs drain
	for end in rc rs; do
		ask "$end" wait 31
		check_match "the usual" "$SAID" "^ok A seq=-1 .* ts=[1-9]"
		[[ $SAID != *ts=2147483648* ]] || fail "made up: $SAID"
		ask_ok "$end" seg A
	done
	pass_time 5
	capture_stop "ct$family" "st$family"
	take_stats gw
	check_stat probes_sent 8
	check_stat peers_dead 0
	check_stat both_silent 0
	check_stat flows 1
	unload
	forget
}

# What a policy does not match, and all where pickup is off.
not_wanted()
{
	meet_at 8001 8001
	load
	policy gw other on forward dport 9999 idle 100s
	policy gw back on forward iif sv idle 100s
	pass_time 5
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
	ka gw policy flush
	ka gw config set pickup no || fail "config set"
	policy gw late on forward idle 100s
	pass_time 5
	check_eq "flows" "$(ka gw -j flow count)" '{"flows":0}'
	goes
}

# One that arrives later has the rest.
later()
{
	meet_at 8001 8001
	load
	policy gw other on forward dport 9999 idle 100s
	pass_time 50
	SINCE=${EPOCHREALTIME/./}
	policy gw late on forward idle 100s
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 100
	goes
}

crowd()
{
	local -i i

	ask_ok sv listen 1000 "$S" 8001 "$many"
	for ((i = 0; i < many; i++)); do
		tell sv accept 1000 "$i"
		ask_ok cl connect "$i" "$S" 8001
		expect sv "ok*"
	done
	ask_ok sv close 1000
	load
	ka gw config set max-flows $((many - 10)) || fail "config set"
	policy gw late on forward keepalive 30s
	busywait 10 flows $((many - 10)) || fail "flows: $(ka gw -j flow count)"
	pass_time 1
	take_stats gw
	check_stat flows_refused 10
	ka gw config set max-flows $((many * 2))
	policy gw late on forward keepalive 31s
	busywait 10 flows "$many" || fail "flows: $(ka gw -j flow count)"
	pass_time 40
	take_stats gw
	check_stat flows_created "$many"
	check_stat probes_answered $((many * 2))
	check_stat peers_dead 0
	carry cl 50 sv 50
	unload
	for ((i = 0; i < many; i++)); do
		ask_ok cl vanish "$i"
		ask_ok sv vanish "$i"
	done
	forget
}

need_modules nf_tables nft_chain_nat nft_masq nft_nat nft_redir nft_ct \
	nf_conntrack nft_flow_offload nf_flow_table_inet tcp_diag
topology cl gw sv
ends cl:cl sv:sv gl:gw
scripted rc cl gw
scripted rs sv gw
use_family ipv4 && S4=$S
use_family ipv6 && S6=$S
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet nat {
		chain in {
			type nat hook prerouting priority -100
			tcp dport 8005 ct mark set 5
			tcp dport {8003, 8005} dnat ip to $S4:8004
			tcp dport {8003, 8005} dnat ip6 to [$S6]:8004
			tcp dport 8007 redirect
		}
		chain out {
			type nat hook postrouting priority 100
			tcp dport 8002 masquerade
			ct mark 5 masquerade
		}
	}
	table inet proxy {
		chain in {
			type filter hook prerouting priority -150
			iifname cl tcp dport 8008 meta mark set 8
		}
	}
	table inet filter {
		flowtable fast {
			hook ingress priority 0
			devices = { cl, sv }
		}
		chain forward {
			type filter hook forward priority 0
			ct state invalid drop
			tcp dport 8006 ct state established flow add @fast
		}
		chain output {
			type filter hook output priority 0
			ct state invalid drop
		}
	}
RULES
for way in -4 -6; do
	in_ns gw ip "$way" rule add fwmark 8 lookup 8
	in_ns gw ip "$way" route add local default dev lo table 8
done
for_each_family "asked first" never_heard 8001 8001
for_each_family "asked first, masquerade" never_heard 8002 8002
for_each_family "asked first, destination" never_heard 8003 8004
for_each_family "asked first, both translated" never_heard 8005 8004
for_each_family "probed" probed 8001 8001
for_each_family "probed, both translated" probed 8005 8004
for_each_family "ended by FIN" by_fin
for_each_family "a dead server" dead
for_each_family "half-closed" half_closed_by_both
for_each_family "offloaded" offloaded
for_each_family "not forwarded" not_forwarded
for_each_family "a subflow of MPTCP" subflow
for_each_family "strict about timestamps" strict
for_each_family "not wanted" not_wanted
for_each_family "a later policy" later
try "$many, and max-flows" crowd
finish
