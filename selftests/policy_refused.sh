#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# Whatever is wrong with a command is refused with its exit status and a
# message that names the word at fault, and nothing changes.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# STATUS MESSAGE: COMMAND, 1 from the tool, 2 from the kernel.
refusals()
{
	cat <<-'LIST'
	1 "src": policy add x src 10.0.0.0/33 idle 1s
	1 "src": policy add x src fd00::/129 idle 1s
	1 "dst": policy add x dst 10.0.0.256 idle 1s
	1 "dport": policy add x dport 20-10 idle 1s
	1 "sport": policy add x sport 65536 idle 1s
	1 "frobnicate": policy add x frobnicate 1 idle 1s
	1 frobnicate: frobnicate add
	1 frobnicate: policy frobnicate
	1 31 bytes: policy add a-name-of-more-than-31-characters all idle 1s
	1 "idle": policy add x all idle 1x
	1 "idle": policy add x all idle -1
	1 "idle": policy add x all idle 366d
	1 "keepalive": policy add x all keepalive 999ms
	1 "keepalive": policy add x all keepalive 32768s
	1 "intvl": policy add x all keepalive 60s intvl 500ms
	1 "probes": policy add x all keepalive 60s probes 1
	1 "probes": policy add x all keepalive 60s probes 128
	1 "on": policy add x on here idle 1s
	1 "family": policy add x family ipv5 idle 1s
	1 "action": policy add x all idle 1s action maybe
	1 "mark": policy add x mark 1/x idle 1s
	1 "iif": policy add x iif a-device-name-too-long idle 1s
	1 "all": policy add x all on local idle 1s
	1 "idle": policy add x all idle 1s idle 2s
	1 "src": policy add x src 10.0.0.1 family ipv6 idle 1s
	1 timer: policy add x all action rst
	1 "all": policy add x idle 1s
	1 NAME: policy del
	1 policy: policy restore
	2 "half-open": policy add x uid 1000 half-open 5s
	2 "half-open": policy add x cgroup /a half-open 5s
	2 "time-wait": policy add x uid 1000 time-wait 5s
	2 "time-wait": policy add x on forward time-wait 5s
	2 "time-wait": policy add x iif lo time-wait 5s
	2 "time-wait": policy add x all time-wait 999ms
	2 "action": policy add x on local idle 5s action drop
	2 "dead": policy add x on local keepalive 5s dead fin
	2 "dead": policy add x on local keepalive 5s dead drop
	1 "uid": policy add x uid 9-7 idle 5s
	1 "uid": policy add x on forward uid 1000 idle 5s
	2 "cgroup": policy add x cgroup system.slice idle 5s
	2 "cgroup": policy add x cgroup /a//b idle 5s
	2 first: policy add first all idle 1s
	2 nobody: policy del nobody
	2 nobody: policy list nobody
	2 nobody: stats show policy nobody
	1 "max-flows": config set max-flows 0
	1 "probe-rate": config set probe-rate 0
	1 "pickup": config set pickup maybe
	1 "fin-wait": config set fin-wait 500ms
	1 all: flow kill
	1 "state": flow list state sleeping
	LIST
}

# refused STATUS MESSAGE COMMAND: FILE holds its standard error.
refused()
{
	local status said
	local -a words

	read -ra words <<<"$3"
	said=$(ka gw "${words[@]}" 2>&1 >"$work/stdout")
	status=$?
	check_eq "exit status" "$status" "$1"
	[[ $said == *"$2"* ]] || fail "message: $said, expected $2"
	[ "$(wc -l <<<"$said")" = 1 ] || fail "more than one line: $said"
	check_eq "standard output" "$(<"$work/stdout")" ""
	check_unchanged
}

state()
{
	ka gw -j policy list
	ka gw -j config
}

check_unchanged()
{
	check_eq "policies and settings" "$(state)" "$before"
}

# A file with one wrong line is refused as a whole.
restore()
{
	ka gw policy save "$work/saved" || fail "policy save"
	cp "$work/saved" "$work/wrong"
	echo "y all idle 5s time-wait 999ms" >>"$work/wrong"
	refused 2 time-wait "policy restore $work/wrong"
	echo "z all idle 5y" >>"$work/wrong"
	refused 1 idle "policy restore $work/wrong"
	refused 1 absent "policy restore $work/absent"
}

# One that lacks the privilege, root or not.
unprivileged()
{
	local words said status
	local -a word

	for words in "policy add x all idle 5s" "policy flush" "flow list" \
		"flow kill all" "config set linger 1s" "stats reset" \
		"monitor"; do
		read -ra word <<<"$words"
		said=$(in_ns gw setpriv --bounding-set -net_admin \
			--inh-caps -net_admin timeout 600 "$TCPKACTL" \
			"${word[@]}" 2>&1 >/dev/null)
		status=$?
		check_eq "exit status of $words" "$status" 2
		check_match "message of $words" "$said" \
			'[Pp]ermi|CAP_NET_ADMIN'
	done
	check_unchanged
}

not_loaded()
{
	local said

	said=$("$TCPKACTL" policy list 2>&1)
	check_eq "exit status" "$?" 2
	check_match message "$said" 'tcpka.ko is not loaded: modprobe tcpka'
}

topology cl gw sv
try "the module is not loaded" not_loaded
load
ka gw policy add first all idle 1d || die "policy add"
ka gw policy add second prio 7 src 10.0.0.0/8 keepalive 60s || die "policy add"
before=$(state)
while read -r status rest; do
	try "refused: ${rest#*: }" refused "$status" "${rest%%: *}" \
		"${rest#*: }"
done < <(refusals)
try "refused: a file with a wrong line" restore
try "refused: without CAP_NET_ADMIN" unprivileged
finish
