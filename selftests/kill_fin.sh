#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
# uses: tshark mergecap
#
# flow kill with fin: both programs read an end of file; a new connection may
# take the port at once. (Of local sockets: local_fin.)

# shellcheck source=lib_fin.sh
. "${0%/*}/lib_fin.sh"

killed()
{
	begin
	join cl sv 1 8001 40001
	check_eq "kill" "$(ka gw -j flow kill port 8001 with fin)" \
		'{"matched":1,"ended":1,"refused":0}'
	both_read eof
	event '"event":"killed"'
	check_json "$EVENT" reason user
	check_json "$EVENT" by tcpka
	check_eq "kill again" "$(ka gw -j flow kill port 8001 with fin)" \
		'{"matched":0,"ended":0,"refused":0}'
	both_close
	pass_time 1
	check_gone cl sv
	check_fins 1 0 2 0
	check_stat killed 1
	judge
	# the same ports, within linger
	join cl sv 1 8001 40001
	check_eq "kill the next" "$(ka gw -j flow kill port 8001 with rst)" \
		'{"matched":1,"ended":1,"refused":0}'
	both_read ECONNRESET
	both_close
	pass_time 60
}

# While it waits for its quiet moment, RST is taken at once.
impatient()
{
	ka gw stats reset || fail "stats reset"
	join cl sv 1 8001
	ka gw flow kill port 8001 with fin >/dev/null || fail "kill"
	ka gw flow kill port 8001 with rst >/dev/null || fail "kill"
	both_read ECONNRESET
	both_close
	check_fins 0 0 0 2
	pass_time 60
}

# The policies go in the middle of it. The ends are a number apart from each
# other by then: nothing but a RST can end that.
forgotten()
{
	begin
	join cl sv 1 8001
	ka gw flow kill port 8001 with fin >/dev/null || fail "kill"
	both_read eof
	ka gw policy flush || fail "flush"
	pass_time 1
	check_gone cl sv
	both_close
	take_stats gw
	check_stat fin_fell_back 1
	check_stat rst_sent 2
	capture_stop cl sv
	policy gw watch on forward keepalive 2h
}

# It was open before the policy: each end is asked first whether it is so.
picked_up()
{
	ka gw policy flush || fail "flush"
	join cl sv 1 8001
	policy gw watch on forward keepalive 2h
	carry cl 1 sv 1 5
	carry sv 1 cl 1 5
	begin
	ka gw flow kill port 8001 with fin >/dev/null || fail "kill"
	both_read eof
	both_close
	pass_time 1
	check_gone cl sv
	check_fins 1 0 2 0
	stat probes_sent
	[ "$VALUE" -ge 2 ] || fail "questions: $VALUE"
	capture_stop cl sv
	pass_time 60
}

# Somebody has made it up: nobody says that it is so, and nobody gets a FIN.
made_up()
{
	ka gw stats reset || fail "stats reset"
	ask_ok rc open "$CR" 5002 "$SR" 80 iss=1000
	ask_ok rs open "$SR" 80 "$CR" 5002 iss=5000
	ask_ok rc seg PA len=10 ack=5000
	ask_ok rs seg PA len=10 ack=1010
	# all is acknowledged, or it would not be quiet anyway
	ask_ok rc seg A ack=5010
	ka gw flow kill port 5002 with fin >/dev/null || fail "kill"
	pass_time 20
	check_fins 0 1 0 0
	check_eq "flows" "$(ka gw -j flow count port 5002)" '{"flows":0}'
}

# fin-wait is made shorter meanwhile: who has acknowledged its FIN, and never
# closes, is given up with the other.
sooner()
{
	ka gw stats reset || fail "stats reset"
	ka gw config set fin-wait 1h || fail "config set"
	join cl sv 1 8001
	power_off sv gw
	ka gw flow kill port 8001 with fin >/dev/null || fail "kill"
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	pass_time 90
	ka gw config set fin-wait 60s || fail "config set"
	pass_time 130
	check_gone cl
	take_stats gw
	check_stat fin_fell_back 1
	power_on sv gw
	ask_ok cl close 1
	ask_ok sv vanish 1
	pass_time 60
}

type tshark >/dev/null || skip_all "no tshark"
need_modules tcp_diag
topology cl gw sv
load
ends cl:cl sv:sv
scripted rc cl gw
scripted rs sv gw
policy gw watch on forward keepalive 2h
monitor gw flow
for_each_family "both programs read an end of file" killed
for_each_family "then with rst: at once" impatient
for_each_family "and flush: nobody is harmed" forgotten
for_each_family "it was open before: asked first" picked_up
for_each_family "it is made up: no FIN" made_up
for_each_family "fin-wait is made shorter" sooner
try "tshark has no remark" judge_all
finish
