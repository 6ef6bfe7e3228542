#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# Local sockets that flow kill refuses, and says so; they go on as if nothing had
# been.

# shellcheck source=lib_kill.sh
. "${0%/*}/lib_kill.sh"

# stays NODE: it goes on as if nothing had been.
stays()
{
	take_stats cl
	check_stat killed 0
	check_stat rst_sent 0
	check_stat flows 0
	ka cl stats reset
	no_event
	carry cl 1 sv 1
	carry sv 1 cl 1
}

repair()
{
	link_up 8001
	ask_ok cl repair 1 1
	kills cl 1 0 1 all
	kills cl 1 0 1 all with fin
	ask_ok cl repair 1 0
	stays
	ends_one cl all
	told dport 8001
	close_both
	ka cl stats reset
}

drop()
{
	link_up 8001
	kills cl 1 0 1 all with drop
	stays
	close_both
	time_waits_end
}

# A RST would have to be signed, by tcpka, where no socket is left that can.
signed()
{
	ask_ok cl kind md5 "$S"
	ask_ok sv kind md5 "$C"
	join cl sv 1 8001
	ask_ok cl close 1
	reads sv eof
	pass_time 1
	kills cl 1 0 1 state fin-wait
	take_stats cl
	check_stat unforgeable 1
	check_stat rst_sent 0
	ka cl stats reset
	ask_ok sv close 1
	time_waits_end
	# a whole one signs by itself
	join cl sv 1 8001
	ends_one cl dport 8001
	told dport 8001
	reads sv ECONNRESET
	counted cl 1 1 0 0 0
	close_both
	ask_ok cl kind plain
	ask_ok sv kind plain
}

signed_request()
{
	ask_ok sv kind md5 "$C"
	ask_ok sv listen 1000 "$S" 8001
	power_off cl sv
	tell cl kind md5 "$S"
	hear cl
	tell cl connect 1 "$S" 8001
	busywait 5 request_is_there || fail "no request"
	kills sv 1 0 1 all
	take_stats sv
	check_stat unforgeable 1
	check_stat killed 0
	ka sv stats reset
	power_on cl sv
	expect cl ok
	ask_ok sv accept 1000 1
	carry cl 1 sv 1
	ask_ok sv close 1000
	close_both
	ask_ok cl kind plain
	ask_ok sv kind plain
	time_waits_end
}

request_is_there()
{
	[ "$(ka sv -j flow count state syn-recv)" = '{"flows":1}' ]
}

# A subflow is not the connection.
mptcp()
{
	ask_ok cl kind mptcp
	ask_ok sv kind mptcp
	join cl sv 1 8001
	kills cl 1 0 1 all
	kills cl 1 0 1 all with fin
	take_stats cl
	check_stat unforgeable 2
	stays
	ask_ok cl kind plain
	ask_ok sv kind plain
	close_both
	time_waits_end
}

# Whose it is is not known before it is accepted: the kernel may listen, too.
unaccepted()
{
	program odd sv "$bin/tcp_odd"
	ask_ok odd listen "$S" 8001
	ask_ok cl connect 1 "$S" 8001
	kills sv 1 0 1 all
	ask_ok odd accept
	ends_one sv all
	reads cl ECONNRESET
	ask_ok cl close 1
	ask_ok odd close
	stop_program odd
	ka sv stats reset
}

# A process owns it for as long as it likes: nobody waits for that, but a while.
owned()
{
	local since

	program odd cl "$bin/tcp_odd"
	ask_ok sv listen 1000 "$S" 8002
	tell sv accept 1000 9
	ask_ok odd connect "$S" 8002
	expect sv ok
	ask_ok sv close 1000
	link_up 8001
	ask_ok odd stall
	since=${EPOCHREALTIME/./}
	kills cl 2 1 1 all
	((${EPOCHREALTIME/./} - since < 15000000)) ||
		fail "it took $((${EPOCHREALTIME/./} - since)) us"
	reads sv ECONNRESET
	told dport 8001
	ask_ok odd resume
	counted cl 1 1 0 0 0
	ends_one cl all
	told dport 8002
	ask odd recv
	check_eq "the other program reads" "$SAID" ECONNABORTED
	ask_ok odd close
	ask_ok sv close 9
	stop_program odd
	close_both
	ka cl stats reset
}

need_modules tcp_diag
topology cl sv
load
ends cl:cl sv:sv
monitor cl flow
for_each_family "TCP_REPAIR" repair
for_each_family "with drop" drop
if ask cl kind md5 "$S" && ask cl listen 1001 "$C" 8009 && [ "$SAID" = ok ]; then
	ask_ok cl close 1001
	ask_ok cl kind plain
	for_each_family "signed, in FIN_WAIT2" signed
	for_each_family "signed, a request" signed_request
fi
if in_ns cl sysctl -qw net.mptcp.enabled=1 2>/dev/null &&
   in_ns sv sysctl -qw net.mptcp.enabled=1; then
	for_each_family "a subflow of MPTCP" mptcp
	for_each_family "not accepted by MPTCP" unaccepted
fi
[ ! -e /proc/sys/vm/unprivileged_userfaultfd ] ||
	for_each_family "owned by a process" owned
finish
