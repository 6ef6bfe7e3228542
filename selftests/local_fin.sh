#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 180
#
# action fin, and kill with fin, for local sockets: the program reads all that
# has come and then an end of file, the peer all that was sent and then one; a
# socket that is not over within fin-wait is ended by RST; and so is one that both
# sides have closed, and that is killed.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# told REASON SENT COMPLETED FELL-BACK RSTS: one event, and these counters.
told()
{
	event '"event":"(expired|killed|dead|closed)"' 10
	check_json "$EVENT" reason "$1"
	check_json "$EVENT" kind local
	check_json "$EVENT" by tcpka
	no_event
	counted "${@:2}"
}

# counted SENT COMPLETED FELL-BACK RSTS, and from 0 again.
counted()
{
	take_stats cl
	check_stat fin_sent "$1"
	check_stat fin_completed "$2"
	check_stat fin_fell_back "$3"
	check_stat rst_sent "$4"
	ka cl stats reset
}

# over: no socket is left but in TIME_WAIT, whose time then goes by.
over()
{
	local node

	pass_time 1
	for node in cl sv; do
		check_eq "sockets of $node" \
			"$(in_ns "$node" ss -Htan | grep -v TIME-WAIT)" ""
	done
}

both_close()
{
	ask_ok cl close 1
	ask_ok sv close 1
	over
}

# both_read_eof: the program when its time has come, the peer then.
both_read_eof()
{
	tell sv recv 1
	ask cl recv 1
	check_eq "the program reads" "$SAID" eof
	check_due "the program reads" "$SINCE" "$WHEN" 100
	expect sv eof
}

# Both programs wait in recv, and close.
idle()
{
	join cl sv 1 8001
	both_read_eof
	ask cl send 1 1
	check_eq "the program writes" "$SAID" EPIPE
	both_close
	told idle 1 1 0 0
}

# wakes CALL: poll or epoll
wakes()
{
	join cl sv 1 8001
	ask cl "$1" 1
	check_eq "$1" "$SAID" "ok IN|HUP|RDHUP"
	check_due "the program is woken" "$SINCE" "$WHEN" 100
	both_close
	told idle 1 1 0 0
}

# The peer hears the program's close, and takes its time to close, too.
peer_late()
{
	join cl sv 1 8001
	both_read_eof
	ask_ok cl close 1
	pass_time 90
	ask_ok sv close 1
	pass_time 1
	told idle 1 1 0 0
	time_waits_end
	over
}

unread()
{
	join cl sv 1 8001
	SINCE=${EPOCHREALTIME/./}
	ask_ok sv send 1 5
	pass_time 102
	told idle 1 0 0 0
	ask cl recv 1 5
	check_eq "what had come" "$SAID" "ok 5"
	ask cl recv 1
	check_eq "and then" "$SAID" eof
	ask sv recv 1
	check_eq "the peer reads" "$SAID" eof
	both_close
	counted 0 1 0 0
}

# More than the peer's window holds waits before the FIN.
unsent()
{
	join cl sv 1 8001
	ask_ok cl send 1 150000
	pass_time 103
	ask cl info 1
	check_match "the peer's window" "$SAID" "snd_wnd=0 "
	told idle 1 0 0 0
	json "$(ka cl -j flow list dport 8001)" state
	check_eq "state" "$VALUE" fin-wait
	ask sv recv 1 150000
	check_eq "the peer reads" "$SAID" "ok 150000"
	ask sv recv 1
	check_eq "and then" "$SAID" eof
	both_close
	counted 0 1 0 0
}

# A program in the middle of a send has not sent all: no FIN may say so.
blocked_writer()
{
	join cl sv 1 8001
	tell cl send 1 10000000
	pass_time 10
	kill_with fin 1
	expect cl ECONNABORTED
	ask sv recv 1 100000000
	check_eq "the peer reads up to" "$SAID" ECONNRESET
	told user 0 0 1 1
	both_close
}

# The listener's queue has no place for what has closed by itself.
queued()
{
	ask_ok cl listen 1000 "$C" 8001
	ask_ok sv connect 1 "$C" 8001
	check_eq "kill with fin" "$(ka cl -j flow kill dport 8001 with fin)" \
		'{"matched":1,"ended":1,"refused":0}'
	ask sv recv 1
	check_eq "the peer reads" "$SAID" ECONNRESET
	told user 0 0 1 1
	ask_ok sv close 1
	ask_ok cl close 1000
}

# kill_with ACTION MATCHED
kill_with()
{
	check_eq "kill with $1" "$(ka cl -j flow kill dport 8001 with "$1")" \
		"{\"matched\":$2,\"ended\":$2,\"refused\":0}"
}

# The peer does not close: to the second, and told once.
falls_back()
{
	local closed

	join cl sv 1 8001
	both_read_eof
	closed=$WHEN
	told idle 1 0 0 0
	ask cl get 1
	check_match "put back" "$SAID" "ok keepalive=0 idle=7200 "
	json "$(ka cl -j flow list dport 8001)" expires_ms
	((VALUE > 50000 && VALUE <= 60000)) || fail "expires_ms: $VALUE"
	capture back sv cl
	pass_time 62
	capture_stop back
	find_segments back any any "flags ~ /R/"
	check_eq "RSTs" "${#FOUND[@]}" 1
	check_due "the RST" "$closed" "${FOUND[0]%% *}" 60
	no_event
	counted 0 0 1 1
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ETIMEDOUT"
	ask sv error 1
	# tcp_reset() in CLOSE_WAIT
	check_eq "the peer's error" "$SAID" "ok EPIPE"
	both_close
}

# As a socket that is closed would.
answered()
{
	join cl sv 1 8001
	both_read_eof
	told idle 1 0 0 0
	ask_ok sv send 1 1
	pass_time 1
	ask sv error 1
	check_eq "the peer's error" "$SAID" "ok EPIPE"
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ECONNRESET"
	no_event
	both_close
	counted 0 0 0 0
}

killed()
{
	join cl sv 1 8001
	check_eq "kill with drop" \
		"$(ka cl -j flow kill dport 8001 with drop)" \
		'{"matched":1,"ended":0,"refused":1}'
	kill_with fin 1
	kill_with fin 0
	tell sv recv 1
	ask cl recv 1
	check_eq "the program reads" "$SAID" eof
	expect sv eof
	both_close
	take_stats cl
	check_stat killed 1
	told user 1 1 0 0
}

# And then with rst, at once.
impatient()
{
	join cl sv 1 8001
	kill_with fin 1
	told user 1 0 0 0
	kill_with rst 1
	told user 0 0 0 1
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ECONNABORTED"
	both_close
}

# The peer has closed, the program never does.
close_wait()
{
	join cl sv 1 8002
	ask_ok sv shut 1
	SINCE=${EPOCHREALTIME/./}
	ask cl recv 1
	check_eq "the program reads" "$SAID" eof
	ask sv recv 1
	check_eq "the peer reads" "$SAID" eof
	check_due "the peer reads" "$SINCE" "$WHEN" 100
	pass_time 1
	ask cl send 1 1
	check_eq "the program writes" "$SAID" EPIPE
	told half-closed 1 1 0 0
	both_close
}

# The same, and the peer's window is closed: tcp_abort() would not tell it.
last_ack()
{
	join cl sv 1 8002
	ask_ok sv shut 1
	ask_ok cl send 1 150000
	event '"event":"expired"' 110
	pass_time 1
	ask cl info 1
	check_match "the program's socket" "$SAID" "state=9 snd_wnd=0 "
	pass_time 62
	counted 1 0 1 1
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ETIMEDOUT"
	ask sv error 1
	check_eq "the peer's error" "$SAID" "ok ECONNRESET"
	both_close
}

# The program has closed, and waits for a peer that never does.
fin_wait()
{
	join cl sv 1 8002
	ask_ok cl shut 1
	SINCE=${EPOCHREALTIME/./}
	both_read_eof
	told half-closed 0 0 0 0
	pass_time 62
	counted 0 0 1 1
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ETIMEDOUT"
	both_close
}

# The peer has more to say than the program has room for: no FIN.
no_room()
{
	join cl sv 1 8001
	tell sv send 1 10000000
	expect sv ECONNRESET
	told idle 0 0 1 1
	ask cl recv 1 100000000
	check_eq "the program reads up to" "$SAID" ETIMEDOUT
	both_close
}

# A segment is missing before what has come: neither.
hole()
{
	policy sv fin on local dport 8003 idle 100s action fin
	ask_ok sv listen 1000 "$S" 8003
	tell sv accept 1000 1
	ask_ok rc open "$CR" 4000 "$S" 8003 iss=1000
	ask_ok rc connect
	expect sv ok
	ask_ok sv close 1000
	ask_ok rc seg A seq=100 len=10
	ask sv recv 1
	check_eq "the program reads" "$SAID" ETIMEDOUT
	take_stats sv
	check_stat fin_sent 0
	check_stat fin_fell_back 1
	check_stat rst_sent 1
	ka sv policy flush
	ka sv stats reset
	ask_ok sv close 1
}

# TLS in the kernel, which may hold what TCP has not seen: no FIN.
kernel_tls()
{
	join cl sv 1 8001
	ask_ok cl tls 1
	tell sv recv 1
	ask cl recv 1
	check_eq "the program reads" "$SAID" ETIMEDOUT
	check_due "the program is told" "$SINCE" "$WHEN" 100
	expect sv ECONNRESET
	told idle 0 0 1 1
	both_close
}

# Somebody takes a snapshot of it: it is left alone as long as that takes.
repaired()
{
	join cl sv 1 8001
	ask_ok cl repair 1 1
	pass_time 150
	no_event
	check_eq "kill with fin" "$(ka cl -j flow kill dport 8001 with fin)" \
		'{"matched":1,"ended":0,"refused":1}'
	check_match "the socket" "$(in_ns cl ss -Htn dport = 8001)" ESTAB
	SINCE=${EPOCHREALTIME/./}
	# without a probe of the window
	ask_ok cl repair 1 -1
	ask cl recv 1
	check_eq "the program reads" "$SAID" eof
	((WHEN - SINCE <= 1250000)) || fail "told after $((WHEN - SINCE)) us"
	ask sv recv 1
	check_eq "the peer reads" "$SAID" eof
	both_close
	told idle 1 1 0 0
}

# TCP signs its FIN as all else (RFC 2385).
kind_md5()
{
	ask_ok cl kind md5 "$S"
	ask_ok sv kind md5 "$C"
}

kind_plain()
{
	ask_ok cl kind plain
	ask_ok sv kind plain
}

signed()
{
	kind_md5
	idle
	kind_plain
}

# A RST beside it would not be signed: it is not sent.
signed_last_ack()
{
	kind_md5
	join cl sv 1 8002
	ask_ok sv shut 1
	ask_ok cl send 1 150000
	event '"event":"expired"' 110
	pass_time 63
	take_stats cl
	check_stat unforgeable 1
	counted 1 0 1 0
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ETIMEDOUT"
	ask sv error 1
	check_eq "the peer's error" "$SAID" "ok 0"
	ask_ok cl close 1
	ask_ok sv vanish 1
	kind_plain
}

# killed_in STATE: tcp_abort() is silent there, and the peer's window is closed.
killed_in()
{
	pass_time 1
	ask cl info 1
	check_match "the program's socket" "$SAID" "state=$1 snd_wnd=0 "
	kill_with rst 1
	told user 0 0 0 1
	ask cl error 1
	check_eq "the program's error" "$SAID" "ok ECONNABORTED"
	ask sv error 1
	check_eq "the peer's error" "$SAID" "ok ECONNRESET"
	both_close
}

# The peer closes first, the program then.
killed_last_ack()
{
	join cl sv 1 8001
	ask_ok sv shut 1
	pass_time 1
	ask_ok cl send 1 150000
	ask_ok cl shut 1
	killed_in 9
}

# Both at once, as far as they know.
killed_closing()
{
	join cl sv 1 8001
	ask_ok cl send 1 150000
	ask_ok cl shut 1
	pass_time 1
	ask_ok sv shut 1
	killed_in 11
}

# No policy rules it any more: it is TCP's.
forgotten()
{
	join cl sv 1 8001
	both_read_eof
	told idle 1 0 0 0
	ka cl policy flush
	pass_time 100
	check_match "the socket" "$(in_ns cl ss -Htn dport = 8001)" FIN-WAIT-2
	both_close
	counted 0 0 0 0
	policies
}

# No module is there any more.
unloads()
{
	join cl sv 1 8001
	both_read_eof
	stop_program monitor
	unload
	pass_time 100
	check_match "the socket" "$(in_ns cl ss -Htn dport = 8001)" FIN-WAIT-2
	both_close
	load
	policies
	monitor cl flow
}

# keepalive has no part in what follows a FIN.
policies()
{
	policy cl fin on local dport 8001 keepalive 20s idle 100s action fin
	policy cl half on local dport 8002 half-closed 100s action fin
}

need_modules tcp_diag tls gcm ghash-generic
topology cl sv
load
ends cl:cl sv:sv
scripted rc cl sv
policies
monitor cl flow
for_each_family "both programs read an end of file" idle
for_each_family "poll wakes" wakes poll
for_each_family "epoll wakes" wakes epoll
for_each_family "the program closes, the peer later" peer_late
for_each_family "what has come is read first" unread
for_each_family "what is queued is sent first" unsent
for_each_family "in the middle of a write: RST" blocked_writer
for_each_family "nobody has accepted it yet: RST" queued
for_each_family "a peer that does not close gets a RST" falls_back
for_each_family "a peer that goes on gets a RST" answered
for_each_family "kill with fin" killed
for_each_family "kill with fin, then with rst" impatient
for_each_family "half-closed by the peer" close_wait
for_each_family "half-closed by the peer, which does not read" last_ack
for_each_family "half-closed by the program" fin_wait
for_each_family "no room for what the peer says: RST" no_room
for_each_family "a hole in what the peer has said: RST" hole
for_each_family "TLS in the kernel: RST" kernel_tls
for_each_family "under TCP_REPAIR: left alone" repaired
for_each_family "signed by TCP-MD5" signed
for_each_family "signed, and the peer does not read: no RST" signed_last_ack
for_each_family "kill with rst in LAST_ACK: the peer gets it" killed_last_ack
for_each_family "kill with rst in CLOSING: the peer gets it" killed_closing
for_each_family "the policy goes meanwhile" forgotten
for_each_family "the module goes meanwhile" unloads
finish
