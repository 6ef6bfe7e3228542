#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 300
# uses: nginx curl busybox ss tshark mergecap
#
# nginx across the gateway, with a browser's connection between two requests and
# a curl that waits for a slow answer. Probed, both go on after two hours. By
# fin, nginx notes for each that the client has closed, and curl that there was
# no answer; by rst, both note that the peer has reset it.

# shellcheck source=lib_servers.sh
. "${0%/*}/lib_servers.sh"

configure()
{
	local part

	{
		echo "daemon off; user root; pid $work/nginx.pid;"
		echo "error_log $log info; events {}"
		echo "http { access_log $log;"
		for part in client_body proxy fastcgi uwsgi scgi; do
			echo "${part}_temp_path $work/$part;"
		done
		echo "keepalive_timeout 1d; proxy_read_timeout 1d;"
		echo "server { listen 8080; listen [::]:8080;"
		printf '%s\n' 'location / { return 200 "hello\n"; }'
		echo "location /slow { proxy_pass http://127.0.0.1:9000; } } }"
	} >"$work/nginx.conf"
	spoken server sv nginx -e "$log" -c "$work/nginx.conf"
	listening 8080
}

connect()
{
	local host=$S

	[ "$family" = ipv4 ] || host="[$S]"
	ka gw stats reset || fail "stats reset"
	mark_log
	program backend sv busybox nc -l -p 9000
	listening 9000
	browse 8080
	tell browser get
	told browser hello
	spoken curl cl curl -sS --no-keepalive "http://$host:8080/slow"
	told backend "^Connection: close"
	logged "$C .*GET / .* 200"
}

probed()
{
	policy gw rule on forward dport 8080 keepalive 60s
	connect
	hours_pass 2
	tell browser get
	told browser hello
	tell backend $'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nlate'
	told curl late
	over curl 0
	stop_program browser backend
	logged "GET / .* 200" "GET /slow .* 200"
	take_stats gw
	check_untouched
}

# expired ACTION CURL-STATUS CURL BROWSER NGINX: what they say.
expired()
{
	policy gw rule on forward dport 8080 keepalive 60s idle 600s action "$1"
	connect
	tell browser wait
	told browser "$4"
	told curl "$3"
	over curl "$2"
	logged "client $C closed keepalive connection$5\$" \
		"client prematurely closed connection.* closed too$5 while" \
		"$C .*GET /slow .* 499"
	stop_program browser backend
	check_over 2 "$1"
}

for program in nginx curl busybox; do
	type "$program" >/dev/null || skip_all "no $program"
done
type tshark >/dev/null || skip_all "no tshark"
topology cl gw sv
load
configure
reset="Connection reset by peer"
for_each_family "probed for two hours: both go on" scene probed
for_each_family "expired by fin: closed by the client, no answer" \
	scene expired fin 52 "\(52\) Empty reply" "^closed" ""
for_each_family "expired by rst: reset by the peer" \
	scene expired rst 56 "\(56\) Recv failure: $reset" "$reset" " \(104: $reset\)"
try "tshark has no remark on what was sent in their names" judge_ours
finish
