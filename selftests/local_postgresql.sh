#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
# uses: /usr/lib/postgresql/*/bin/initdb /usr/lib/postgresql/*/bin/postgres /usr/lib/postgresql/*/bin/psql setpriv ss
#
# PostgreSQL on this host, and a psql that idles in an open transaction. What it
# sets itself (keepalive after the system's two hours) is respected, overruled where
# the policy says so and given back. A client that lost power is found, an idle one
# closed by RST or FIN; each time the server rolls back, and says why.

# shellcheck source=lib_postgresql.sh
. "${0%/*}/lib_postgresql.sh"

eof="unexpected EOF on client connection with an open transaction"
timeout="could not receive data from client: Connection timed out"

# db WORD...: a policy for it.
db()
{
	policy sv db on local dport 5432 keepalive 60s intvl 10s probes 3 "$@"
}

connect()
{
	ka sv stats reset
	mark_log
	spoken psql cl "$bindir/psql" -XAtq "host=$S keepalives=0 $conninfo"
	tell psql "BEGIN; INSERT INTO t VALUES (1) RETURNING 'inserted';"
	told psql inserted
}

commits()
{
	tell psql "COMMIT; SELECT 'committed';"
	told psql committed
	tell psql "\\q"
	over psql 0
	check_eq "rows" "$(query "DELETE FROM t RETURNING n" | xargs)" 1
	check_no_sockets
}

rolled_back()
{
	logged "$@"
	check_eq "rows" "$(query "SELECT n FROM t")" ""
}

db_rules()
{
	[ "$(ka sv -j flow count policy db)" = '{"flows":1}' ]
}

# The policy comes when the server has set them: where it does so later, that it set
# SO_KEEPALIVE leaves no trace (README).
own()
{
	connect
	db
	busywait 10 db_rules || fail "$(ka sv -j flow list)"
	keeps 5432 7000 7200
	check_owner 5432 65534
	db override yes
	keeps 5432 50 60
	pass_time 7200
	not_logged "could not|unexpected"
	ka sv policy del db
	keeps 5432 7000 7200
	commits
}

# The kernel's own timer may be an eighth late, and rounds up.
dead()
{
	local since

	db override yes
	connect
	overruled 5432
	since=${EPOCHREALTIME/./}
	power_off cl sv cut
	ended dead keepalive "$since" 25 104 peers_dead
	rolled_back "$timeout" "$eof"
	no_session 5432
	stop_program psql
	client_back
	ka sv policy del db
}

# expired ACTION LOGGED SAID: the client's next word finds out.
expired()
{
	local since

	policy sv db on local dport 5432 idle 600s action "$1"
	connect
	since=${EPOCHREALTIME/./}
	ended expired idle "$since" 599 607 expired_idle
	rolled_back "$2" "$eof"
	[ "$1" = fin ] || no_session 5432
	ka sv policy del db
	tell psql "COMMIT;"
	told psql "$3"
	told psql "connection to server was lost"
	over psql 2
	check_no_sockets
}

[ -x "$bindir/postgres" ] || skip_all "no postgres"
topology cl sv
load
configure
monitor sv flow
for_each_family "its own is respected, overruled, given back" own
for_each_family "a client lost power in a transaction" dead
for_each_family "idle: by RST" expired rst "$timeout" "Connection reset|closed the connection"
for_each_family "idle: by FIN" expired fin "$eof" "server closed the connection"
finish
