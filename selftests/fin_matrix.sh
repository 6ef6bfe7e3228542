#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 240
# uses: tshark mergecap
#
# action fin: both programs read an end of file and no error, whenever they
# close; an end that does not, or cannot be reached, or writes on, gets a RST.
# tshark sees a connection as it should be.

# shellcheck source=lib_fin.sh
. "${0%/*}/lib_fin.sh"

at_once()
{
	begin
	join cl sv 1 8001
	tell sv recv 1
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	check_due "the client is told" "$SINCE" "$WHEN" 60
	expect sv eof
	check_due "the server is told" "$SINCE" "$WHEN" 60
	both_close
	event '"event":"expired"'
	check_json "$EVENT" reason idle
	check_json "$EVENT" by tcpka
	pass_time 1
	check_gone cl sv
	check_fins 1 0 2 0
	judge
	check_fin cl "$S.8001" "$(peer_of cl)"
	check_fin sv "$(peer_of sv)" "$S.8001"
	pass_time 60
	check_eq "flows after linger" "$(ka gw -j flow count)" '{"flows":0}'
}

# peer_of CAPTURE: the client, as ADDR.PORT.
peer_of()
{
	local from

	find_segments "$1" any "$S.8001"
	read -r _ from _ <<<"${FOUND[0]:-}"
	echo "$from"
}

after_10s()
{
	begin
	join cl sv 1 8001
	both_read eof
	pass_time 10
	take_stats gw
	check_stat fin_completed 0
	both_close
	pass_time 1
	check_gone cl sv
	check_fins 1 0 2 0
	judge
}

# The client's program never closes.
never()
{
	begin
	join cl sv 1 8001
	both_read eof
	ask_ok sv close 1
	pass_time 59
	check_fins 0 0 2 0
	pass_time 2
	check_fins 0 1 2 1
	ask cl error 1
	check_eq "error of the client's socket" "$SAID" "ok EPIPE"
	check_gone cl sv
	ask_ok cl close 1
	judge
	pass_time 60
	check_eq "flows after linger" "$(ka gw -j flow count)" '{"flows":0}'
}

# The server does not read: what the client has yet to send must not end in
# what looks like its end.
unsent()
{
	begin
	join cl sv 1 8001
	tell cl send 1 50000000
	expect cl ECONNRESET
	ask sv recv 1 100000000
	check_eq "the server reads" "$SAID" ECONNRESET
	check_gone cl sv
	both_close
	check_fins 0 1 0 2
	capture_stop cl sv
	# the RSTs are checked
	pass_time 4
}

# It has come, and the program closes without having read it: its kernel says
# RST itself.
unread()
{
	begin
	join cl sv 1 8001
	ask_ok sv send 1 5
	tell sv recv 1
	expect sv eof
	both_close
	pass_time 1
	check_gone cl sv
	check_fins 0 0 2 0
	judge
}

# Payload after the FIN gets a RST, as from a socket that is closed.
afterwards()
{
	begin
	join cl sv 1 8001
	both_read eof
	ask_ok cl send 1 5
	ask_ok sv close 1
	pass_time 1
	ask cl error 1
	check_eq "error of the client's socket" "$SAID" "ok EPIPE"
	check_gone cl sv
	check_fins 0 1 2 1
	ask_ok cl close 1
	judge
	find_segments sv any "$S.8001" "len == 5"
	check_eq "payload passed on" "${#FOUND[@]}" 0
}

# What other cases have left behind.
forget_events()
{
	while read -r -t 0.1 -u "$monitor_fd" _; do :; done
}

# Both ends' FINs are under way when ours are, which follow answers to questions.
crossing()
{
	forget_events
	begin
	join cl sv 1 8001
	tc -n "${ns[gw]}" qdisc add dev cl root netem delay 1s
	tc -n "${ns[gw]}" qdisc add dev sv root netem delay 1s
	event '"event":"expired"'
	pass_time 1.5
	ask_ok cl shut 1
	ask_ok sv shut 1
	both_read eof
	pass_time 3
	tc -n "${ns[gw]}" qdisc del dev cl root
	tc -n "${ns[gw]}" qdisc del dev sv root
	both_close
	check_gone cl sv
	check_fins 1 0 2 0
	capture_stop cl sv
}

# One end has closed long ago: it is only the other's turn.
half_closed()
{
	begin
	join cl sv 1 8001
	ask_ok sv shut 1
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	ask sv recv 1
	check_eq "the server reads" "$SAID" eof
	check_due "the server is told" "$SINCE" "$WHEN" 60
	both_close
	pass_time 1
	check_gone cl sv
	check_fins 1 0 1 0
	judge
}

# It is told by FIN again and again, then by RST, and late when it speaks.
unreachable()
{
	begin
	join cl sv 1 8001
	power_off sv gw
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	ask_ok cl close 1
	check_gone cl
	pass_time 65
	power_on sv gw
	capture_stop cl sv
	find_segments sv any "$S.8001" "flags ~ /F/"
	check_eq "FINs to the server" "${#FOUND[@]}" 6
	check_backoff
	take_stats gw
	check_stat fin_sent 7
	check_stat fin_fell_back 1
	check_stat fin_completed 0
	ask_ok sv send 1 5
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	ask_ok sv close 1
}

# 1, 2, 4, 8, 16 s between them.
check_backoff()
{
	local line time last='' wait=1

	for line in "${FOUND[@]}"; do
		time=${line%% *}
		if [ -n "$last" ]; then
			check_due "FIN again" "$last" "$time" "$wait"
			wait=$((wait * 2))
		fi
		last=$time
	done
}

dead()
{
	policy gw close on forward keepalive 20s intvl 2s probes 3 dead fin
	ka gw stats reset || fail "stats reset"
	join cl sv 1 8001
	power_off sv gw
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	ask_ok cl close 1
	event '"event":"dead"'
	check_json "$EVENT" by responder
	# fin-wait, and the two checks of the RST: none reaches the server
	pass_time 66
	check_gone cl
	take_stats gw
	check_stat fin_fell_back 1
	power_on sv gw
	ask_ok sv send 1 5
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
	ask_ok sv close 1
	# the last RST has been checked, lest it is counted where links are lossy
	pass_time 5
	policy gw close on forward idle 60s action fin
}

# netem NODE DEVICE: seeded where iproute2 and kernel can. Seven FINs and all
# that answers them are lost with 20% once in many thousand runs.
netem()
{
	local how=(delay 20ms 15ms reorder 25% 50% loss 20%)
	local add=(qdisc add dev "$2" root netem)

	tc -n "${ns[$1]}" "${add[@]}" "${how[@]}" seed 7 2>/dev/null ||
		tc -n "${ns[$1]}" "${add[@]}" "${how[@]}"
}

lossy()
{
	local i link

	ka gw stats reset || fail "stats reset"
	for i in 1 2 3 4 5; do
		join cl sv "$i" 8001
	done
	for link in cl:gw gw:cl gw:sv sv:gw; do
		netem "${link%:*}" "${link#*:}" || fail "no netem"
	done
	for i in 1 2 3 4 5; do
		ask cl recv "$i"
		check_eq "client $i reads" "$SAID" eof
		ask_ok cl close "$i"
		ask sv recv "$i"
		check_eq "server $i reads" "$SAID" eof
		ask_ok sv close "$i"
	done
	pass_time 50
	for link in cl:gw gw:cl gw:sv sv:gw; do
		tc -n "${ns[${link%:*}]}" qdisc del dev "${link#*:}" root
	done
	# what was lost to the last comes again after 51.2 s
	pass_time 55
	check_gone cl sv
	take_stats gw
	check_stat fin_completed 5
	check_stat fin_fell_back 0
	check_stat rst_sent 0
	stat fin_sent
	[ "$VALUE" -ge 10 ] || fail "FINs: $VALUE"
}

type tshark >/dev/null || skip_all "no tshark"
need_modules tcp_diag sch_netem
topology cl gw sv
load
ends cl:cl sv:sv
policy gw close on forward idle 60s action fin
monitor gw flow
for_each_family "both programs close at once" at_once
for_each_family "after 10 s" after_10s
for_each_family "one never closes: RST after fin-wait" never
for_each_family "one has unsent data: RST" unsent
for_each_family "one has not read all: its own RST" unread
for_each_family "one writes afterwards: RST" afterwards
for_each_family "both close at that very moment" crossing
for_each_family "one had closed before" half_closed
for_each_family "one is unreachable: FINs, then RST" unreachable
for_each_family "one is dead: the other reads an end of file" dead
for_each_family "a fifth of all segments is lost, others overtake" lossy
try "tshark has no remark" judge_all
finish
