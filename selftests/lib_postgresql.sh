# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh and the tests share
#
# PostgreSQL as the server of sv. Sourced instead of lib_servers.sh.

# shellcheck source=lib_servers.sh
. "${BASH_SOURCE[0]%/*}/lib_servers.sh"

for bindir in /usr/lib/postgresql/*/bin; do :; done

# It refuses to be root.
unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
conninfo="user=owner dbname=postgres sslmode=disable gssencmode=disable"

# Its log is written by another user.
configure()
{
	touch "$log"
	chmod 666 "$log"
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
