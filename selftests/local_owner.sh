#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# uid and cgroup: policies for the sockets of some users, or of some services.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

top=/sys/fs/cgroup/tcpka-test

# ruled NODE FILTER POLICY UID: what the list has of the one socket it picks.
ruled()
{
	LIST=$(ka "$1" -j flow list "$2" "$3")
	json "$LIST" policy
	check_eq "policy of $2 $3" "$VALUE" "$4"
	json "$LIST" uid
	check_eq "uid of $2 $3" "$VALUE" "$5"
}

# keeps NODE PORT: whether its socket has keepalive.
keeps()
{
	in_ns "$1" ss -Hton "( sport = $2 or dport = $2 )" | grep -c keepalive
}

# Who connects is known at once.
of_user()
{
	ask_ok cl user 1000
	join cl sv 1 8001
	ask_ok cl user 0
	join cl sv 2 8002
	pass_time 1
	ruled cl dport 8001 users 1000
	ruled cl dport 8002 absent 0
	check_eq "keepalive of 1000" "$(keeps cl 8001)" 1
	check_eq "keepalive of root" "$(keeps cl 8002)" 0
	check_eq "of uid 1000" "$(ka cl -j flow count uid 1000)" '{"flows":1}'
	check_eq "of uid 0-999" "$(ka cl -j flow count uid 0-999)" '{"flows":1}'
	for i in 1 2; do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
	time_waits_end
}

# A master listens, and a worker accepts: whose it is shows then, and what waits to
# be accepted is nobody's yet.
of_worker()
{
	ask_ok sv listen 1000 "$S" 8003
	ask_ok cl connect 1 "$S" 8003
	pass_time 10
	check_eq "keepalive before accept" "$(keeps sv 8003)" 0
	check_eq "of uid 1000" "$(ka sv -j flow count uid 1000)" '{"flows":0}'
	check_eq "killed" "$(ka sv -j flow kill policy users)" \
		'{"matched":0,"ended":0,"refused":0}'
	ask_ok sv user 1000
	ask_ok sv accept 1000 1
	ask_ok sv user 0
	pass_time 2
	ruled sv dport 8003 users 1000
	check_eq "keepalive after accept" "$(keeps sv 8003)" 1
	ask_ok cl connect 2 "$S" 8003
	ask_ok sv accept 1000 2
	pass_time 2
	check_eq "ruled" "$(ka sv -j flow count policy users)" '{"flows":1}'
	ask_ok sv close 1000
	for i in 1 2; do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
	time_waits_end
}

move()
{
	echo "${prog_pid[$1]}" >"$top$2/cgroup.procs" ||
		fail "cannot move $1 to $2"
}

of_cgroup()
{
	mkdir -p "$top/web/one" "${top}er"
	policy cl users cgroup /tcpka-test/web keepalive 60s
	move cl /web/one
	join cl sv 1 8004
	move cl er
	join cl sv 2 8005
	# it stays what it was when it was made
	pass_time 1
	ruled cl dport 8004 users 0
	ruled cl dport 8005 absent 0
	check_eq "in the cgroup" \
		"$(ka cl -j flow count cgroup /tcpka-test)" '{"flows":1}'
	check_eq "in any" "$(ka cl -j flow count cgroup /)" '{"flows":2}'
	ask_ok cl close 1
	ask_ok sv close 1
	# the directory is made anew
	rmdir "$top/web/one" "$top/web" || fail "rmdir"
	mkdir -p "$top/web/one"
	move cl /web/one
	join cl sv 1 8004
	pass_time 1
	ruled cl dport 8004 users 0
	echo "${prog_pid[cl]}" >/sys/fs/cgroup/cgroup.procs
	for i in 1 2; do
		ask_ok cl close "$i"
		ask_ok sv close "$i"
	done
	rmdir "$top/web/one" "$top/web" "$top" "${top}er"
	policy cl users uid 1000-1999 keepalive 60s
	time_waits_end
}

# refused WORD...: by the kernel, with a word on what is wrong.
refused()
{
	local said status

	said=$(ka cl policy add wrong "${@:2}" 2>&1)
	status=$?
	check_eq "exit status of ${*:2}" "$status" 2
	check_match "what is said of ${*:2}" "$said" "$1"
}

shown()
{
	policy cl mine uid 7-9 cgroup /a/b/ keepalive 60s
	LIST=$(ka cl -j policy list mine)
	json "$LIST" uid
	check_eq "uid" "$VALUE" 7-9
	json "$LIST" cgroup
	check_eq "cgroup" "$VALUE" /a/b
	json "$LIST" on
	check_eq "on" "$VALUE" local
	ka cl policy save "$work/saved" || fail "save"
	ka cl policy del mine
	ka cl policy restore "$work/saved" || fail "restore"
	check_eq "restored" "$(ka cl -j policy list mine)" "$LIST"
	ka cl policy del mine
	refused cgroup cgroup web keepalive 60s
	refused cgroup cgroup /web//one keepalive 60s
}

topology cl sv
need_modules tcp_diag
load
ends cl:cl sv:sv
policy cl users uid 1000-1999 keepalive 60s
policy sv users uid 1000-1999 keepalive 60s
for_each_family "who connects" of_user
for_each_family "who accepts" of_worker
for_each_family "a cgroup" of_cgroup
try "shown, saved, refused" shown
finish
