#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
# uses: tshark mergecap
#
# A FIN must not make a stream that was cut look whole: it is sent when nothing
# is under way; where that does not come to be within fin-quiet, it is a RST.

# shellcheck source=lib_fin.sh
. "${0%/*}/lib_fin.sh"

# chat UNTIL(us): payload each half second, which arrives.
chat()
{
	while [ "${EPOCHREALTIME/./}" -lt "$1" ]; do
		ask cl send 1 5
		[ "$SAID" = ok ] || return
		ask sv recv 1 5
		[ "$SAID" = "ok 5" ] || return
		CHAT=$WHEN
		pass_time 0.5
	done
}

# Busy to the last: the stream ends by RST, 10 s after its time.
busy()
{
	begin
	join cl sv 1 8001
	local from=$SINCE

	chat $((from + 90000000))
	event '"event":"expired"'
	check_json "$EVENT" reason max-age
	[[ $((CHAT - from)) -gt 69000000 && $((CHAT - from)) -lt 72000000 ]] ||
		fail "last payload after $((CHAT - from)) us"
	pass_time 1
	check_gone cl sv
	check_fins 0 1 0 2
	both_close
	capture_stop cl sv
	find_segments cl any any "flags ~ /F/"
	check_eq "FINs" "${#FOUND[@]}" 0
	pass_time 60
}

# A pause comes in time: FIN in the pause.
pause()
{
	begin
	join cl sv 1 8001
	local from=$SINCE

	chat $((from + 65000000))
	tell sv recv 1
	ask cl recv 1
	check_eq "the client reads" "$SAID" eof
	check_due "in the pause" "$CHAT" "$WHEN" 1
	expect sv eof
	both_close
	pass_time 1
	check_gone cl sv
	check_fins 1 0 2 0
	judge
	pass_time 60
}

# begin_scripted: counters at 0, rc and rs are connected.
begin_scripted()
{
	ka gw stats reset || fail "stats reset"
	scripted_pair 4000 8001 ts
}

# begin_owing: the same, and rs has not acknowledged 20 bytes.
begin_owing()
{
	begin_scripted
	ask_ok rc seg PA len=20
	ask_ok rs wait 1
}

# begin_even: the same, and it has.
begin_even()
{
	begin_owing
	ask_ok rs seg A
	ask_ok rc wait 1
}

# 20 bytes that the server never acknowledges.
unacknowledged()
{
	begin_owing
	ask rs wait 69
	check_eq "before fin-quiet is over" "$SAID" ETIMEDOUT
	ask rs wait 3
	check_match "the question" "$SAID" "^ok A "
	ask rs wait 2
	check_match "the RST" "$SAID" "^ok RA? seq=-20 "
	ask rc wait 1
	check_match "the client's RST" "$SAID" "^ok RA? seq=0 "
	check_fins 0 1 0 2
	pass_time 60
}

# And 20 that it does acknowledge, 5 s late: the FIN follows, but the client has
# a second to go on.
acknowledged()
{
	local from

	begin_owing
	ask rs wait 65
	check_eq "before it is acknowledged" "$SAID" ETIMEDOUT
	from=${EPOCHREALTIME/./}
	ask_ok rs seg A
	ask rc wait 1
	check_match "the acknowledgment" "$SAID" "^ok A seq=0 ack=0"
	answered rs rc 2
	wait_fin rs 1
	check_due "the FIN" "$from" "$WHEN" 1
	wait_fin rc 1
	close_scripted rs
	close_scripted rc
	check_fins 1 0 2 0
	pass_time 60
}

# And a retransmission that it acknowledges late: the client goes on.
goes_on()
{
	begin_owing
	ask rs wait 65
	ask_ok rc seg PA len=20 seq=-20
	ask_ok rs wait 1
	ask_ok rs seg A
	ask_ok rc wait 1
	went_on
}

# Its window was closed, and opens: what waited before it comes.
opens()
{
	begin_scripted
	ask_ok rs seg A win=0
	ask_ok rc wait 1
	ask rs wait 65
	check_eq "while the window is closed" "$SAID" ETIMEDOUT
	ask_ok rs seg A win=8192
	ask_ok rc wait 1
	went_on
}

# Somebody has said other numbers, so the ends are asked; what an answer says
# that is new, the other end hears.
answers()
{
	begin_scripted
	ask_ok rs seg A seq=1000000
	ask_ok rc wait 1
	ask_ok rc seg PA len=20
	ask_ok rs wait 1
	ask rs wait 65
	check_match "the question" "$SAID" "^ok A seq=-21 "
	ask_ok rs seg A
	ask rc wait 1
	check_match "the client's question" "$SAID" "^ok A seq=-1 "
	ask rc wait 1
	check_match "the acknowledgment" "$SAID" "^ok A seq=0 ack=0"
	ask_ok rc seg A
	ask rs wait 0.2
	check_eq "an answer that says nothing new" "$SAID" ETIMEDOUT
	went_on
}

# What the client sent last was lost before it came here: its answer says that
# there is more.
lost()
{
	begin_even
	ask rs wait 65
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask rc wait 1
	check_match "the client's question" "$SAID" "^ok A seq=-1 "
	ask_ok rs seg A
	ask_ok rc seg A seq=20
	ask rs wait 1
	check_match "the client's answer" "$SAID" "^ok A seq=20 "
	ask rs wait 2
	check_eq "as long as something is missing" "$SAID" ETIMEDOUT
	went_on
}

# It does not answer, and its payload comes when each has its FIN already: who
# has not closed yet gets a RST after all.
too_late()
{
	begin_even
	ask_ok rs drain
	ask_ok rc drain
	pass_time 61
	ask_ok rs seg A
	pass_time 2.5
	ask_ok rs drain
	ask_ok rc drain
	ask_ok rs seg A ack=1
	ask_ok rc seg PA len=20
	ask rs wait 1
	check_match "the server's RST" "$SAID" "^ok RA? seq=1 "
	ask rc wait 1
	check_match "the client's RST" "$SAID" "^ok RA? "
	check_fins 0 1 2 2
	pass_time 60
}

# The client has aborted, and the server has not heard it: that is no end of file.
# The question whether it has comes to the server alone.
aborted()
{
	begin_even
	pass_time 50
	ask_ok rc seg R
	ask rs wait 1
	check_match "what is lost" "$SAID" "^ok R "
	ask rs wait 2
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask_ok rs seg A
	ask rs wait 15
	check_match "when its time has come" "$SAID" "^ok RA? seq=0 "
	ask_ok rc drain
	check_fins 0 1 0 2
	pass_time 60
}

# It answers the question before the FIN by RST, which is lost.
aborted_late()
{
	begin_even
	ask rs wait 65
	check_match "the question" "$SAID" "^ok A seq=-1 "
	ask rc wait 1
	check_match "the client's question" "$SAID" "^ok A seq=-1 "
	ask_ok rc seg R
	ask rs wait 1
	check_match "what is lost" "$SAID" "^ok R "
	ask rs wait 1
	check_match "and comes again" "$SAID" "^ok RA? seq=0 "
	ask_ok rs seg A
	ask rs wait 2
	check_match "until it is heard" "$SAID" "^ok (A seq=-1|RA? seq=0) "
	ask_ok rc drain
	pass_time 60
	ask_ok rs drain
}

# answered NAME NAME SECONDS: both are asked, and say what they have said.
answered()
{
	local name

	for name in "$1" "$2"; do
		ask "$name" wait "$3"
		check_match "$name is asked" "$SAID" "^ok A seq=-1 .* len=0 "
	done
	for name in "$1" "$2"; do
		ask_ok "$name" seg A
	done
}

# wait_fin NAME SECONDS
wait_fin()
{
	ask "$1" wait "$2"
	check_match "the FIN of $1" "$SAID" "^ok FA seq=0 ack=0 len=0"
}

went_on()
{
	pass_time 0.6
	ask_ok rc seg PA len=20
	ask rs wait 1
	check_match "what comes then" "$SAID" "^ok PA seq=0 ack=0 len=20"
	ask_ok rs seg A
	ask_ok rc wait 1
	answered rs rc 2
	wait_fin rs 1
	wait_fin rc 1
	close_scripted rs
	close_scripted rc
	check_fins 1 0 2 0
	pass_time 60
}

# It acknowledges, and its FIN is acknowledged, each time.
close_scripted()
{
	ask_ok "$1" seg A
	ask "$1" wait 0.5
	check_eq "after its acknowledgment" "$SAID" ETIMEDOUT
	ask_ok "$1" seg FA
	ask "$1" wait 0.5
	check_match "the last word" "$SAID" "^ok A seq=0 ack=0 len=0"
	ask_ok "$1" seg FA seq=-1
	ask "$1" wait 0.5
	check_match "and again" "$SAID" "^ok A seq=0 ack=0 len=0"
}

# Not waited for.
off()
{
	ka gw config set fin-quiet off || fail "config set"
	begin_owing
	ask rs wait 61
	check_match "the question" "$SAID" "^ok A "
	ask rs wait 2
	check_match "the RST" "$SAID" "^ok RA? "
	check_fins 0 1 0 2
	ka gw config set fin-quiet 10s || fail "config set"
	pass_time 60
}

type tshark >/dev/null || skip_all "no tshark"
need_modules tcp_diag
topology cl gw sv
load
ends cl:cl sv:sv
scripted rc cl gw
scripted rs sv gw
monitor gw flow
policy gw old on forward max-age 60s action fin
for_each_family "busy to the last: RST" busy
for_each_family "a pause: FIN" pause
for_each_family "payload is never acknowledged: RST" unacknowledged
for_each_family "it is acknowledged late: FIN" acknowledged
for_each_family "and sent again before: FIN, after more" goes_on
for_each_family "a window opens: FIN, after more" opens
for_each_family "an answer says something new: it is passed on" answers
for_each_family "the last payload is lost before us: FIN, after it" lost
for_each_family "it comes too late: RST after the FIN" too_late
for_each_family "an end has aborted: RST" aborted
for_each_family "it does when it is asked: RST" aborted_late
for_each_family "fin-quiet off: RST at once" off
try "tshark has no remark" judge_all
finish
