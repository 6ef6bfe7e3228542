# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh and the tests share
#
# What the tests with real servers share. A server is an ordinary process of sv,
# with a configuration of its own below $work and its log in $log. Sourced
# instead of lib.sh.

# shellcheck source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

log=$out/server.log
log_mark=0

# scene COMMAND...: while both ends' cables are watched.
scene()
{
	watch
	"$@"
	judge
}

# Tshark's word on what tcpka has sent: that passes one side alone. What passes
# both is an end's own, which may be slow enough to say something twice.
judge_ours()
{
	local -a what=(-T fields -e ip.src -e ipv6.src -e tcp.srcport
		-e tcp.seq_raw -e tcp.ack_raw -e tcp.flags -e tcp.len
		-e tcp.options.timestamp.tsval)

	[ "$judged" -gt 0 ] || fail "nothing was captured"
	check_eq "tshark's remarks" "$(sort <(remarks cl "${what[@]}") \
		<(remarks sv "${what[@]}") | uniq -u)" ""
}

# spoken NAME NODE COMMAND...: a program, what it complains of included.
spoken()
{
	# shellcheck disable=SC2016 # for that shell
	program "$1" "$2" bash -c 'exec "$@" 2>&1' - "${@:3}"
}

# A request for each "get"; after "wait", what comes without one.
# shellcheck disable=SC2016 # for that shell
browser='
exec 2>&1 3<>"/dev/tcp/$0/$1" || exit
while read -r word; do
	[ "$word" != get ] || printf "GET / HTTP/1.1\r\nHost: sv\r\n\r\n" >&3
	while read -r -u 3 line; do
		[ "$line" != hello ] || { echo hello; continue 2; }
	done
	echo closed
	exit
done'

# browse PORT: the client's program "browser", which keeps one connection.
browse()
{
	program browser cl bash -c "$browser" "$S" "$1"
}

# told NAME REGEX [SECONDS]: waits for a line of the program that matches.
told()
{
	local line said=

	while read -r -t "${3:-3600}" -u "${prog_out[$1]}" line; do
		[[ ! $line =~ $2 ]] || return 0
		said+=" '$line'"
	done
	fail "$1 did not say $2, but:$said"
}

# over NAME STATUS: the program ends by itself, with that status.
over()
{
	if ! busywait 600 gone "${prog_pid[$1]}"; then
		fail "$1 does not end"
		stop_program "$1"
		return
	fi
	wait "${prog_pid[$1]}"
	check_eq "exit status of $1" "$?" "$2"
	stop_program "$1"
}

# listening PORT: somebody in sv does by now.
listening()
{
	busywait 600 listens "$1" || die "nobody listens at $1: $(<"$log")"
}

listens()
{
	[ -n "$(in_ns sv ss -Hltn "sport = :$1")" ]
}

# mark_log: what the server says from now on counts.
mark_log()
{
	local -a lines=()

	[ ! -e "$log" ] || mapfile -t lines <"$log"
	log_mark=${#lines[@]}
}

# logged REGEX...: waits for each, in any order, since mark_log.
logged()
{
	local regex

	for regex; do
		busywait 600 log_has "$regex" || fail "not in the log: $regex"
	done
}

log_has()
{
	local line
	local -a lines

	mapfile -t -s "$log_mark" lines <"$log"
	for line in "${lines[@]}"; do
		[[ ! $line =~ $1 ]] || return 0
	done
	return 1
}

not_logged()
{
	! log_has "$1" || fail "in the log: $1"
}

# hours_pass CONNECTIONS: all are idle, each end is probed each minute, and the
# server has nothing to say about it.
hours_pass()
{
	local hours=2

	mark_log
	ka gw stats reset || fail "stats reset"
	pass_time $((hours * 3600))
	not_logged .
	take_stats gw
	stat probes_answered
	[ "$VALUE" -ge $(($1 * 2 * hours * 58)) ] ||
		fail "answered probes: $VALUE"
	check_untouched
}

check_untouched()
{
	local counter

	for counter in expired_idle peers_dead fin_sent rst_sent; do
		check_stat "$counter" 0
	done
}

# check_over CONNECTIONS ACTION: they expired, and no socket is left.
check_over()
{
	local fins=$(($1 * 2)) rsts=0

	[ "$2" = fin ] || { rsts=$fins; fins=0; }
	take_stats gw
	check_stat expired_idle "$1"
	check_stat fin_sent "$fins"
	check_stat rst_sent "$rsts"
	check_no_sockets
}

check_no_sockets()
{
	local node

	for node in cl sv; do
		busywait 600 no_sockets "$node" ||
			fail "$node has $(in_ns "$node" ss -Htan)"
	done
}

no_sockets()
{
	[ -z "$(in_ns "$1" ss -Htn state connected exclude time-wait)" ]
}

# keeps PORT LEAST MOST: the server's connection at PORT has that long, in
# seconds, until TCP's keepalive asks; 0 0 is no keepalive at all.
keeps()
{
	busywait 10 keeps_now "$@" ||
		fail "keepalive at $1: $(in_ns sv ss -Hton "sport = :$1")"
}

keeps_now()
{
	local said left=0

	said=$(in_ns sv ss -Hton state established "sport = :$1")
	[ -n "$said" ] || return
	if [[ $said =~ keepalive,(([0-9]+)min)?(([0-9]+)(\.|sec))? ]]; then
		left=${BASH_REMATCH[2]:-0}
		left=$((left * 60 + ${BASH_REMATCH[4]:-0}))
	fi
	((left >= $2 && left <= $3))
}

# overruled PORT: the server's own times, of minutes, are. It may have set them
# after it was given others: that is noticed by half of keepalive, 60 s.
overruled()
{
	keeps_now "$1" 1 60 || pass_time 31
	keeps "$1" 1 60
}

# check_owner PORT UID: what tcpka lists of the server's connection.
check_owner()
{
	json "$(ka sv -j flow list dport "$1")" uid
	check_eq "uid" "$VALUE" "$2"
}

# client_back: it has power again, and what it still had is over.
client_back()
{
	power_on cl sv
	check_no_sockets
}

# no_session PORT: the server has no connection there.
no_session()
{
	local left

	left=$(in_ns sv ss -Htan state connected exclude time-wait \
		"sport = :$1")
	check_eq "the server's connections" "$left" ""
}

# ended EVENT REASON SINCE LEAST MOST COUNTER: the server's socket, that many
# seconds later.
ended()
{
	local at

	event '"event":"(expired|dead|killed)"' 600
	at=$((${EPOCHREALTIME/./} - $3))
	check_json "$EVENT" event "$1"
	check_json "$EVENT" reason "$2"
	check_json "$EVENT" kind local
	((at >= $4 * 1000000 && at <= $5 * 1000000)) ||
		fail "$1 after $at us, expected $4 to $5 s"
	take_stats sv
	check_stat "$6" 1
	ka sv stats reset
}

# Those that end by themselves, and then what is left: a server's children may
# be in sessions of their own, but not elsewhere.
end_servers()
{
	local pid=${prog_pid[server]:-}

	trap - EXIT
	[ "$BASHPID" = $$ ] || exit
	if [ -n "$pid" ]; then
		kill -TERM "$pid"
		kill -INT "$pid"
		busywait 30 gone "$pid"
	fi
	for pid in $(ip netns pids "${ns[sv]:-none}" 2>/dev/null); do
		kill -KILL "$pid" 2>/dev/null
	done
	cleanup
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

trap end_servers EXIT
need_modules tcp_diag
