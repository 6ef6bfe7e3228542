# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh and the tests share
#
# What the tests of closing by FIN share.

# shellcheck source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# begin: counters at 0, both ends' cables watched.
begin()
{
	ka gw stats reset || fail "stats reset"
	watch
}

# both_read WHAT: both programs, which are told to.
both_read()
{
	tell cl recv 1
	tell sv recv 1
	expect cl "$1"
	expect sv "$1"
}

both_close()
{
	ask_ok cl close 1
	ask_ok sv close 1
}

# check_gone NODE...: no socket is left but in TIME_WAIT.
check_gone()
{
	local node

	for node; do
		check_eq "sockets of $node" \
			"$(in_ns "$node" ss -Htan | grep -v TIME-WAIT)" ""
	done
}

# check_fins COMPLETED FELL-BACK FINS RSTS
check_fins()
{
	take_stats gw
	check_stat fin_completed "$1"
	check_stat fin_fell_back "$2"
	check_stat fin_sent "$3"
	check_stat rst_sent "$4"
}

# check_fin CAPTURE FROM TO: one FIN, right after what FROM had sent, that
# acknowledges what TO had.
check_fin()
{
	local seq ack ck
	local -a mine theirs

	find_segments "$1" "$3" "$2" "flags !~ /[SR]/ && len > 0"
	read -ra theirs <<<"${FOUND[-1]:-}"
	find_segments "$1" "$2" "$3" "flags !~ /[SR]/ && len > 0"
	read -ra mine <<<"${FOUND[-1]:-}"
	find_segments "$1" "$2" "$3" "flags ~ /F/"
	check_eq "FINs at $1" "${#FOUND[@]}" 1
	read -r _ _ _ _ seq ack _ _ _ _ ck _ <<<"${FOUND[0]:-}"
	check_eq "number of the FIN at $1" "$seq" $((mine[4] + mine[7]))
	check_eq "acknowledged by it" "$ack" $((theirs[4] + theirs[7]))
	check_eq "its checksum" "$ck" correct
}
