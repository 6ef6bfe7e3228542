#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
# uses: nginx curl ss
#
# nginx on this host, its worker another user than its master. It never asks for
# keepalive, and its connections are given it; where "listen" says so_keepalive,
# that is respected, overruled where the policy says so and given back. A client
# that lost power is found between requests and with an answer under way; an idle
# connection is closed by RST or FIN. Each time nginx notes it, and counts one
# connection less.

# shellcheck source=lib_servers.sh
. "${0%/*}/lib_servers.sh"

configure()
{
	local part

	chmod 755 "$work"
	{
		echo "daemon off; user nobody nogroup; worker_processes 1;"
		echo "pid $work/nginx.pid; error_log $log info; events {}"
		echo "http { access_log $log;"
		for part in client_body proxy fastcgi uwsgi scgi; do
			echo "${part}_temp_path $work/$part;"
		done
		echo "keepalive_timeout 1d; proxy_read_timeout 1d;"
		echo "send_timeout 1d; proxy_max_temp_file_size 0;"
		listen 8080 ""
		listen 8081 so_keepalive=300s:20s:5
		echo "}"
	} >"$work/nginx.conf"
	spoken server sv nginx -e "$log" -c "$work/nginx.conf"
	listening 8080
}

# listen PORT OPTION
listen()
{
	echo "server { listen $1 $2; listen [::]:$1 $2;"
	printf '%s\n' 'location / { return 200 "hello\n"; }'
	echo "location /count { stub_status; access_log off; }"
	echo "location /slow { proxy_pass http://127.0.0.1:9000; } }"
}

# connect PORT: a browser, between two requests.
connect()
{
	ka sv stats reset
	mark_log
	browse "$1"
	tell browser get
	told browser hello
	logged "$C .*GET / .* 200"
}

# clients N: nginx has that many connections but for the one that asks.
clients()
{
	busywait 10 clients_now "$1" || fail "nginx has $SAID"
}

clients_now()
{
	SAID=$(in_ns sv curl -s http://127.0.0.1:8080/count | head -n 1)
	[[ $SAID == "Active connections: $(($1 + 1)) " ]]
}

leave()
{
	stop_program browser
	check_no_sockets
	logged "client $C closed keepalive connection\$"
	clients 0
}

given()
{
	policy sv web on local dport 8080 keepalive 60s intvl 10s probes 3
	connect 8080
	keeps 8080 50 60
	check_owner 8080 65534
	clients 1
	mark_log
	pass_time 600
	not_logged "$C"
	tell browser get
	told browser hello
	ka sv policy del web
	keeps 8080 0 0
	leave
}

own()
{
	policy sv web on local dport 8081 keepalive 60s intvl 10s probes 3
	connect 8081
	keeps 8081 290 300
	policy sv web on local dport 8081 keepalive 60s intvl 10s probes 3 \
		override yes
	keeps 8081 50 60
	ka sv policy del web
	keeps 8081 280 300
	leave
}

# The kernel's own timer may be an eighth late, and rounds up.
dead_idle()
{
	local since

	policy sv web on local dport 8080 keepalive 60s intvl 10s probes 3
	connect 8080
	keeps 8080 50 60
	since=${EPOCHREALTIME/./}
	power_off cl sv cut
	ended dead keepalive "$since" 89 104 peers_dead
	logged "$timeout while keepalive, client: $C,"
	clients 0
	no_session 8080
	stop_program browser
	client_back
}

# slow: a curl waits for what the backend has not said yet.
slow()
{
	local host=$S

	[ "$family" = ipv4 ] || host="[$S]"
	ask_ok sv listen 1000 127.0.0.1 9000
	tell sv accept 1000 1
	spoken curl cl curl -sS --no-keepalive "http://$host:8080/slow"
	expect sv ok
	ask sv recv 1
	check_match "the backend reads" "$SAID" "^ok"
	ask_ok sv close 1000
}

# The backend answers with 4 MB, more than nginx can send.
dead_busy()
{
	local since

	policy sv web on local dport 8080 keepalive 60s intvl 10s probes 3
	ka sv stats reset
	mark_log
	slow
	keeps 8080 50 60
	since=${EPOCHREALTIME/./}
	power_off cl sv cut
	ask_ok sv say 1 HTTP/1.0 200 OK
	ask_ok sv say 1
	tell sv send 1 4000000
	ended dead keepalive "$since" 89 91 peers_dead
	logged "closed too \(110: Connection timed out\) while.*client: $C," \
		"$C .*GET /slow "
	clients 0
	no_session 8080
	stop_program curl
	# an error, unless nginx has taken all of it
	hear sv
	ask_ok sv close 1
	client_back
}

# expired ACTION BROWSER LOGGED
expired()
{
	local since

	policy sv web on local dport 8080 idle 600s action "$1"
	connect 8080
	since=${EPOCHREALTIME/./}
	tell browser wait
	told browser "$2"
	ended expired idle "$since" 599 607 expired_idle
	logged "$3"
	stop_program browser
	clients 0
	check_no_sockets
}

# cut_short ACTION STATUS CURL LOGGED: in the middle of a request.
cut_short()
{
	local since

	policy sv web on local dport 8080 idle 600s action "$1"
	ka sv stats reset
	mark_log
	slow
	since=${EPOCHREALTIME/./}
	told curl "$3"
	over curl "$2"
	ended expired idle "$since" 599 607 expired_idle
	logged "client prematurely closed connection.* closed too$4 while.*$C" \
		"$C .*GET /slow .* 499"
	ask_ok sv close 1
	clients 0
	check_no_sockets
}

for program in nginx curl; do
	type "$program" >/dev/null || skip_all "no $program"
done
topology cl sv
load
configure
ends sv:sv
monitor sv flow
timeout="recv\(\) failed \(110: Connection timed out\)"
reset="Connection reset by peer"
for_each_family "keepalive is given, and taken back" given
for_each_family "its own is respected, overruled, given back" own
for_each_family "an idle client lost power" dead_idle
for_each_family "a client lost power before its answer" dead_busy
for f in ipv4 ipv6; do
	use_family "$f"
	try "idle: by RST, $f" expired rst "$reset" \
		"$timeout while keepalive, client: $C,"
	try "idle: by FIN, $f" expired fin "^closed" \
		"client $C closed keepalive connection\$"
done
for_each_family "in the middle of a request: by RST" \
	cut_short rst 56 "\(56\) Recv failure: $reset" " \(110: .*\)"
for_each_family "in the middle of a request: by FIN" \
	cut_short fin 52 "\(52\) Empty reply" ""
finish
