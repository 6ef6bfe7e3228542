#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# A helper that rewrites addresses in what a connection carries, and so has each
# end count from other numbers than its peer: FTP's PORT and EPRT through SNAT.
# Until then the connection is like any other; from then on nothing is sent in
# an end's name, the event and the list say why, and it goes on.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# dialogue FROM TO LENGTH WORD...: a line, which arrives with that many bytes.
dialogue()
{
	SINCE=${EPOCHREALTIME/./}
	ask_ok "$1" say 1 "${@:4}"
	ask "$2" recv 1 "$3"
	check_eq "$2 reads" "$SAID" "ok $3"
}

# control PORT: a control connection, up to the login.
control()
{
	ka gw policy flush
	policy gw watch on forward keepalive 45s idle 200s
	ka gw stats reset
	ask_ok sv listen 1000 "$S" "$1"
	tell sv accept 1000 1
	ask_ok cl connect 1 "$S" "$1"
	expect sv "ok*"
	ask_ok sv close 1000
	dialogue sv cl 11 220 Ready
	dialogue cl sv 16 USER anonymous
	dialogue sv cl 16 230 Logged in.
}

# transfer LONGER PORT: what the gateway makes of the client's address is longer.
# An IPv6 address it writes in full. A port that it still expects somebody at, it
# changes, too.
transfer()
{
	if [ "$family" = ipv4 ]; then
		dialogue cl sv $((20 + $1)) PORT "10,77,0,1,4,$2"
	else
		dialogue cl sv $((23 + 32 * $1)) "EPRT |2|fd77::1|$((1024 + $2))|"
	fi
}

over()
{
	ask_ok cl close 1
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	ask_ok sv close 1
	pass_time 1
}

check_adjusted()
{
	json "$(ka gw -j flow list)" obstacle
	check_eq "the obstacle" "$VALUE" adjusted
}

check_silent()
{
	local side

	for side in cl sv; do
		find_segments "$side$family" any any \
			"len == 0 && time > $SINCE + 1000000"
		check_eq "sent to $side" "${#FOUND[@]}" 0
	done
}

# Up to the transfer it is probed, by the right numbers: they are answered.
adjusted()
{
	control 21
	pass_time 100
	take_stats gw
	check_stat probes_sent 4
	check_stat probes_answered 4
	check_stat unforgeable 0
	capture "cl$family" gw cl
	capture "sv$family" gw sv
	transfer 1 1
	dialogue sv cl 11 200 Fine.
	event '"event":"expired"'
	check_due "the event" "$SINCE" "${EPOCHREALTIME/./}" 200
	check_json "$EVENT" reason idle
	check_json "$EVENT" obstacle adjusted
	pass_time 10
	capture_stop "cl$family" "sv$family"
	check_silent
	take_stats gw
	check_stat probes_sent 4
	check_stat rst_sent 0
	check_stat unforgeable 1
	dialogue cl sv 6 NOOP
	dialogue sv cl 11 200 Fine.
	over
}

# The server has only acknowledged it. What a user asks for at that very moment
# is refused.
at_once()
{
	control 21
	capture "cl$family" gw cl
	capture "sv$family" gw sv
	transfer 1 2
	pass_time 1.1
	check_eq "kill" "$(ka gw -j flow kill all 2>/dev/null)" \
		'{"matched":1,"ended":0,"refused":1}'
	ka gw flow probe all >/dev/null 2>&1
	pass_time 10
	capture_stop "cl$family" "sv$family"
	check_silent
	check_adjusted
	take_stats gw
	check_stat unforgeable 1
	check_stat probes_sent 0
	dialogue cl sv 6 NOOP
	dialogue sv cl 11 200 Fine.
	over
}

# With its helper, but without translation, nothing is adjusted.
plain()
{
	control 2121
	transfer 0 3
	dialogue sv cl 11 200 Fine.
	pass_time 100
	take_stats gw
	check_stat probes_answered 4
	json "$(ka gw -j flow list)" obstacle
	check_eq "the obstacle" "$VALUE" absent
	tell sv recv 1
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" 200
	expect sv ECONNRESET
	take_stats gw
	check_stat relearned 0
	check_stat unforgeable 0
	ask_ok cl close 1
	ask_ok sv close 1
	pass_time 61
}

# table FAMILY ADDRESS
table()
{
	cat <<-RULES
		table $1 ftp {
			ct helper control {
				type "ftp" protocol tcp
				l3proto $1
			}
			chain in {
				type filter hook prerouting priority 0
				tcp dport {21, 2121} ct helper set "control"
			}
			chain forward {
				type filter hook forward priority 0
				ct state invalid drop
			}
			chain out {
				type nat hook postrouting priority 100
				tcp dport 21 snat to $2
			}
		}
	RULES
}

need_modules nf_tables nft_chain_nat nft_nat nft_ct nft_objref \
	nf_conntrack_ftp nf_nat_ftp
topology cl gw sv
# An address of the server's link that no machine has.
{
	table ip 10.77.1.66
	table ip6 fd77:1::66
} | in_ns gw nft -f - || skip_all "no FTP helper"
load
ends cl:cl sv:sv
monitor gw flow
for_each_family "PORT, EPRT through SNAT" adjusted
for_each_family "asked for at that moment" at_once
for_each_family "not translated" plain
finish
