#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 600
# uses: /usr/lib/postgresql/*/bin/initdb /usr/lib/postgresql/*/bin/postgres /usr/lib/postgresql/*/bin/psql setpriv ss tshark mergecap
#
# PostgreSQL across the gateway, and a psql that idles in an open transaction.
# Probed, it goes on and commits after two hours. Expired, the server rolls back
# at once: by fin, because of an unexpected end of file, by rst, because of a
# reset connection; psql learns from its next statement that the connection is
# lost, and what it says then is answered by RST.

# shellcheck source=lib_servers.sh
. "${0%/*}/lib_servers.sh"

# It refuses to be root.
unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
conninfo="user=owner dbname=postgres sslmode=disable gssencmode=disable"

configure()
{
	chmod 755 "$work"
	mkdir "$work/db"
	chown 65534:65534 "$work/db"
	(cd / && "${unprivileged[@]}" "$bindir/initdb" -D "$work/db" -U owner \
		-N -A trust --no-locale -E SQL_ASCII --no-instructions) \
		>"$out/initdb.log" 2>&1 || die "initdb: $(<"$out/initdb.log")"
	echo "host all all all trust" >>"$work/db/pg_hba.conf"
	{
		echo "listen_addresses = '*'"
		echo "unix_socket_directories = '$work/db'"
		echo "fsync = off"
		echo "shared_buffers = 1MB"
		echo "max_connections = 10"
		echo "autovacuum = off"
		echo "authentication_timeout = 600"
		echo "log_connections = on"
		echo "log_checkpoints = off"
	} >>"$work/db/postgresql.conf"
	# shellcheck disable=SC2016 # for that shell
	program server sv "${unprivileged[@]}" bash -c \
		'exec "$0" -D "$1" 2>>"$2"' "$bindir/postgres" "$work/db" "$log"
	busywait 600 log_has "ready to accept connections" || die "$(<"$log")"
	query "CREATE TABLE t (n int)" >/dev/null
}

# query SQL: by another client, at the server.
query()
{
	(cd / && "$bindir/psql" -XAtq "host=$work/db $conninfo" -c "$1")
}

connect()
{
	ka gw stats reset || fail "stats reset"
	mark_log
	spoken psql cl "$bindir/psql" -XAtq "host=$S keepalives=0 $conninfo"
	tell psql "BEGIN; INSERT INTO t VALUES (1) RETURNING 'inserted';"
	told psql inserted
}

probed()
{
	policy gw rule on forward dport 5432 keepalive 60s
	connect
	hours_pass 1
	tell psql "INSERT INTO t VALUES (2); COMMIT; SELECT 'committed';"
	told psql committed
	tell psql "\\q"
	over psql 0
	check_eq "rows" "$(query "DELETE FROM t RETURNING n" | xargs)" "1 2"
	take_stats gw
	check_untouched
}

# expired ACTION LOGGED [NOT-LOGGED]
expired()
{
	local rsts=2

	policy gw rule on forward dport 5432 keepalive 60s idle 600s action "$1"
	connect
	event '"event":"expired"'
	logged "$2" "unexpected EOF on client connection with an open transaction"
	[ -z "${3:-}" ] || not_logged "$3"
	check_eq "rows" "$(query "SELECT n FROM t")" ""
	take_stats gw
	[ "$1" = rst ] || { check_stat fin_sent 2; check_stat rst_sent 0; rsts=1; }
	tell psql "COMMIT;"
	told psql "server closed the connection unexpectedly"
	told psql "connection to server was lost"
	over psql 2
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent "$rsts"
	check_no_sockets
}

for bindir in /usr/lib/postgresql/*/bin; do :; done
[ -x "$bindir/postgres" ] || skip_all "no postgres"
type tshark >/dev/null || skip_all "no tshark"
topology cl gw sv
load
touch "$log"
chmod 666 "$log"
configure
monitor gw flow
reset="could not receive data from client: Connection reset by peer"
for_each_family "probed for two hours: it commits" scene probed
for_each_family "expired by fin: end of file, and rolled back" \
	scene expired fin . "$reset"
for_each_family "expired by rst: reset, and rolled back" scene expired rst "$reset"
try "tshark has no remark on what was sent in their names" judge_ours
finish
