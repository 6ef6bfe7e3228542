#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 300
# uses: sshd ssh ssh-keygen ss tshark mergecap
#
# OpenSSH across the gateway, and an ssh whose remote command waits for input.
# Probed, it goes on after two hours. By fin, sshd notes that the connection was
# closed by the client, and ssh that it was closed by the remote host: it still
# says good-bye, which is answered by RST. By rst, sshd notes the reset, and ssh
# cannot say good-bye.

# shellcheck source=lib_servers.sh
. "${0%/*}/lib_servers.sh"

configure()
{
	ssh-keygen -q -t ed25519 -N '' -f "$work/key" || die "no key"
	[ -d /run/sshd ] || { mkdir /run/sshd; made_run=1; }
	{
		echo "Port 2222"
		echo "HostKey $work/key"
		echo "AuthorizedKeysFile $work/key.pub"
		echo "PermitRootLogin yes"
		echo "StrictModes no"
		echo "PidFile none"
		echo "TCPKeepAlive no"
		echo "UsePAM no"
		echo "LoginGraceTime 0"
		echo "LogLevel VERBOSE"
	} >"$work/sshd_config"
	spoken server sv "$(type -P sshd)" -D -E "$log" -f "$work/sshd_config"
	listening 2222
}

connect()
{
	ka gw stats reset || fail "stats reset"
	mark_log
	spoken ssh cl ssh -T -F none -i "$work/key" -p 2222 -o BatchMode=yes -o ServerAliveInterval=0 \
		-o StrictHostKeyChecking=no -o LogLevel=INFO \
		-o UserKnownHostsFile="$work/known" -o TCPKeepAlive=no \
		"root@$S" cat
	tell ssh one
	told ssh one
}

probed()
{
	policy gw rule on forward dport 2222 keepalive 60s
	connect
	hours_pass 1
	tell ssh two
	told ssh two
	stop_program ssh
	take_stats gw
	check_untouched
}

# expired ACTION RSTS SSH SSHD: what they say.
expired()
{
	policy gw rule on forward dport 2222 keepalive 60s idle 600s action "$1"
	connect
	told ssh "$3"
	over ssh 255
	logged "$4"
	take_stats gw
	check_stat expired_idle 1
	check_stat rst_sent "$2"
	[ "$1" = rst ] || check_stat fin_sent 2
	check_no_sockets
}

made_run=
for program in ssh sshd ssh-keygen; do
	type "$program" >/dev/null || skip_all "no $program"
done
type tshark >/dev/null || skip_all "no tshark"
topology cl gw sv
load
configure
for_each_family "probed for two hours: it goes on" scene probed
for_each_family "expired by fin: closed by the other side" \
	scene expired fin 1 "^Connection to .* closed by remote host" \
	"^Connection closed by .* port"
for_each_family "expired by rst: reset by the peer" \
	scene expired rst 2 "^client_loop: send disconnect: Broken pipe" \
	"^Read error from remote host .* Connection reset by peer"
try "tshark has no remark on what was sent in their names" judge_ours
[ -z "$made_run" ] || rmdir /run/sshd
finish
