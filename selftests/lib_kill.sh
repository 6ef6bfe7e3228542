# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what lib.sh and the tests share
#
# What the tests of flow kill for local sockets share.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

MAPPED=

# kills NODE MATCHED ENDED REFUSED WORD...
kills()
{
	check_eq "kill at $1: ${*:5}" \
		"$(ka "$1" -j flow kill "${@:5}" 2>/dev/null)" \
		"{\"matched\":$2,\"ended\":$3,\"refused\":$4}"
}

ends_one()
{
	kills "$1" 1 1 0 "${@:2}"
}

# told KEY VALUE...: of the one that was killed. No policy has a part in it.
told()
{
	event '"event":"killed"' 10
	check_json "$EVENT" reason user
	check_json "$EVENT" by tcpka
	check_json "$EVENT" kind local
	check_json "$EVENT" policy absent
	while [ $# -gt 0 ]; do
		check_json "$EVENT" "$1" "$2"
		shift 2
	done
	no_event
}

# counted NODE KILLED RST FIN COMPLETED FELL-BACK, and from 0 again.
counted()
{
	take_stats "$1"
	check_stat killed "$2"
	check_stat rst_sent "$3"
	check_stat fin_sent "$4"
	check_stat fin_completed "$5"
	check_stat fin_fell_back "$6"
	check_stat flows 0
	check_stat flows_created 0
	check_stat flows_closed 0
	check_stat send_errors 0
	ka "$1" stats reset
}

# count NODE N WORD...
count()
{
	check_eq "at $1: ${*:3}" "$(ka "$1" -j flow count "${@:3}")" \
		"{\"flows\":$2}"
}

# reads NAME WHAT: what socket 1 says.
reads()
{
	ask "$1" recv 1
	check_eq "$1 reads" "$SAID" "$2"
}

close_both()
{
	ask_ok cl close 1
	ask_ok sv close 1
}

# Addresses for connect() of the family, and v4-mapped ones.
for_each_kind()
{
	local text=$1
	shift

	for_each_family "$text" "$@"
	use_family ipv4
	MAPPED=::ffff: try "$text, v4-mapped" "$@"
}

# --- sockets of kernels at both ends

# link_up PORT: as join, by the addresses of the kind.
link_up()
{
	ask_ok sv listen 1000 "$MAPPED$S" "$1"
	tell sv accept 1000 1
	ask_ok cl connect 1 "$MAPPED$S" "$1"
	expect sv "ok*"
	ask_ok sv close 1000
	carry cl 1 sv 1
	carry sv 1 cl 1
}
