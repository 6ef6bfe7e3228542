#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
# uses: redis-server redis-cli ss
#
# redis on this host. What it sets itself (tcp-keepalive 300, its default) is
# respected, overruled where the policy says so and given back; without that it
# is given keepalive. A client that lost power is found, idle or with an answer
# under way, and "client list" is shorter; an idle one is closed by RST or FIN.

# shellcheck source=lib_servers.sh
. "${0%/*}/lib_servers.sh"

configure()
{
	spoken server sv redis-server --port 6379 --bind 0.0.0.0 :: --save "" \
		--protected-mode no --logfile "$log" --loglevel verbose \
		--dir "$work" --hz 1 --dynamic-hz no --tcp-keepalive 300
	listening 6379
	busywait 600 log_has "Ready to accept connections" || die "$(<"$log")"
}

# redis WORD...: an answer, by another client at the server.
redis()
{
	in_ns sv redis-cli -h 127.0.0.1 "$@"
}

# clients N: so many but for the one that asks.
clients()
{
	check_eq "clients" "$(redis client list | grep -vc "cmd=client")" "$1"
}

connect()
{
	closed="Client closed connection .*addr=.?$C"
	redis config set tcp-keepalive "$1" >/dev/null
	ka sv stats reset
	mark_log
	spoken cli cl redis-cli -h "$S"
	tell cli ping
	told cli PONG
	clients 1
}

# It is given keepalive, and probed.
given()
{
	policy sv db on local dport 6379 keepalive 60s intvl 10s probes 3
	connect 0
	keeps 6379 50 60
	check_owner 6379 0
	pass_time 600
	not_logged "timed out|closed connection .*addr=.?$C"
	tell cli ping
	told cli PONG
	ka sv policy del db
	keeps 6379 0 0
	leave
}

leave()
{
	tell cli quit
	over cli 0
	check_no_sockets
	logged "$closed"
	not_logged "timed out"
}

# What it has set: 300 s, then 100 s.
own()
{
	policy sv db on local dport 6379 keepalive 60s intvl 10s probes 3
	connect 300
	keeps 6379 290 300
	policy sv db on local dport 6379 keepalive 60s intvl 10s probes 3 \
		override yes
	keeps 6379 50 60
	pass_time 70
	ka sv policy del db
	keeps 6379 270 300
	leave
}

# The kernel's own timer may be an eighth late, and rounds up.
dead_idle()
{
	local since

	policy sv db on local dport 6379 keepalive 60s intvl 10s probes 3 \
		override yes
	connect 300
	overruled 6379
	tell cli ping
	told cli PONG
	since=${EPOCHREALTIME/./}
	power_off cl sv cut
	ended dead keepalive "$since" 89 104 peers_dead
	logged "Reading from client: Connection timed out"
	clients 0
	no_session 6379
	stop_program cli
	client_back
}

# An answer of 20 MB is under way: the client asked for it, and is no more.
dead_busy()
{
	local since

	policy sv db on local dport 6379 keepalive 60s intvl 10s probes 3 \
		override yes
	connect 300
	overruled 6379
	tell cli ping
	told cli PONG
	redis del list >/dev/null
	redis setrange big 20000000 x >/dev/null
	tell cli blpop list 0
	busywait 10 blocked || fail "nobody waits"
	since=${EPOCHREALTIME/./}
	power_off cl sv cut
	redis eval "redis.call('rpush', 'list', redis.call('get', 'big'))" 0 \
		>/dev/null
	ended dead keepalive "$since" 89 91 peers_dead
	logged "(Error writing to|Reading from) client: Connection timed out"
	clients 0
	no_session 6379
	stop_program cli
	client_back
}

blocked()
{
	[ "$(redis info clients | sed -n 's/^blocked_clients:\([0-9]*\).*/\1/p')" = 1 ]
}

# expired ACTION LOGGED: the client's next word finds out.
expired()
{
	local since

	policy sv db on local dport 6379 idle 600s action "$1"
	connect 300
	since=${EPOCHREALTIME/./}
	ended expired idle "$since" 599 607 expired_idle
	logged "$2"
	clients 0
	[ "$1" = fin ] || no_session 6379
	ka sv policy del db
	tell cli ping
	told cli "$3"
	stop_program cli
	check_no_sockets
}

for program in redis-server redis-cli; do
	type "$program" >/dev/null || skip_all "no $program"
done
topology cl sv
load
configure
monitor sv flow
for_each_family "keepalive is given, and taken back" given
for_each_family "its own is respected, overruled, given back" own
for_each_family "an idle client lost power" dead_idle
for_each_family "a client lost power before its answer" dead_busy
for_each_family "idle: by RST" expired rst \
	"Reading from client: Connection timed out" "Connection reset"
for_each_family "idle: by FIN" expired fin "Client closed connection .*addr=" \
	"Server closed"
finish
