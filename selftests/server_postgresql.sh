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

# shellcheck source=lib_postgresql.sh
. "${0%/*}/lib_postgresql.sh"

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

[ -x "$bindir/postgres" ] || skip_all "no postgres"
type tshark >/dev/null || skip_all "no tshark"
topology cl gw sv
load
configure
monitor gw flow
reset="could not receive data from client: Connection reset by peer"
for_each_family "probed for two hours: it commits" scene probed
for_each_family "expired by fin: end of file, and rolled back" \
	scene expired fin . "$reset"
for_each_family "expired by rst: reset, and rolled back" scene expired rst "$reset"
try "tshark has no remark on what was sent in their names" judge_ours
finish
