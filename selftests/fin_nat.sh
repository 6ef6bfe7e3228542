#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
# uses: tshark mergecap
#
# action fin where the gateway translates, and drops what conntrack takes for
# invalid: both programs read an end of file all the same.

# shellcheck source=lib_fin.sh
. "${0%/*}/lib_fin.sh"
# shellcheck source=lib_nft.sh
. "${0%/*}/lib_nft.sh"

translated()
{
	begin
	join cl sv 1 8001
	both_read eof
	pass_time 5
	both_close
	pass_time 1
	check_gone cl sv
	check_fins 1 0 2 0
	judge
	pass_time 61
}

type tshark >/dev/null || skip_all "no tshark"
need_modules tcp_diag nf_tables nft_ct nft_masq nf_nat nft_chain_nat
topology cl gw sv
masquerade
load
ends cl:cl sv:sv
policy gw close on forward idle 60s action fin
for_each_family "masqueraded, invalid dropped: closed by FIN" translated
try "tshark has no remark" judge_all
finish
