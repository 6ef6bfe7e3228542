# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the demo is told with: four machines, commands that are shown and run,
# captures. Sourced by demo.
#
# In virtual time the clock jumps to the next timer whenever the CPU waits, so
# all is waited for by events, and programs are in memory before (see init).

export LC_ALL=C
set -u

machines=(client gateway firewall server)
out=${TCPKA_OUT:-}
work=
OUTPUT='' STATUS=0
scene_number=0 scene_start=0
began=
declare -A capture_pid=()

bold='' dim='' plain=''
if [ -t 1 ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi

# --- words

tell()
{
	echo
	cat
	echo
}

# now: virtual time, in us.
now()
{
	NOW=${EPOCHREALTIME/./}
}

scene()
{
	now
	scene_start=$NOW
	scene_number=$((scene_number + 1))
	printf '\n%s--- %s ---%s\n' "$bold" "$*" "$plain"
}

# "[h:mm:ss] " since the scene began.
stamp()
{
	local s

	now
	s=$(((NOW - scene_start) / 1000000))
	printf '%s[%d:%02d:%02d]%s ' "$dim" $((s / 3600)) $((s / 60 % 60)) \
		$((s % 60)) "$plain"
}

# prompt MACHINE SIGN COMMAND
prompt()
{
	stamp
	printf '%s%s%s %s%s\n' "$bold" "$1" "$2" "$3" "$plain"
}

# What a command printed, indented and kept for expect.
result()
{
	OUTPUT=$1
	[ -z "$1" ] || printf '    %s\n' "${1//$'\n'/$'\n    '}"
}

# It did not come out as told: the demo is worth nothing.
broken()
{
	printf '\nThe demo has failed: %s\n' "$*"
	exit 1
}

# expect REGEX: a line of what the last command printed.
expect()
{
	grep -qE -- "$1" <<<"$OUTPUT" ||
		broken "the line above should match '$1'"
}

expect_not()
{
	! grep -qE -- "$1" <<<"$OUTPUT" ||
		broken "the lines above should not have '$1'"
}

# The last command succeeded.
must()
{
	[ "$STATUS" = 0 ] || broken "that command's exit status is $STATUS"
}

# --- machines

# link A B NET: eth1 of A to eth0 of B, as 10.0.NET.1 and 10.0.NET.2. The
# neighbours are permanent: a machine without power is silent, not unreachable.
link()
{
	local a=02:00:00:00:0$3:01 b=02:00:00:00:0$3:02 out_dev=eth1

	[ "$1" != client ] || out_dev=eth0
	ip link add "$out_dev" netns "$1" address "$a" type veth \
		peer name eth0 netns "$2" address "$b"
	ip -n "$1" -batch - <<-END
		link set $out_dev up
		addr add 10.0.$3.1/24 dev $out_dev
		neigh replace 10.0.$3.2 lladdr $b dev $out_dev nud permanent
	END
	ip -n "$2" -batch - <<-END
		link set eth0 up
		addr add 10.0.$3.2/24 dev eth0
		neigh replace 10.0.$3.1 lladdr $a dev eth0 nud permanent
	END
}

make_machines()
{
	local machine

	for machine in "${machines[@]}"; do
		ip netns add "$machine" || exit 1
		began+=" $machine"
		ip -n "$machine" link set lo up
	done
	link client gateway 1
	link gateway firewall 2
	link firewall server 3
	ip -n client route add default via 10.0.1.2
	ip -n gateway route add 10.0.3.0/24 via 10.0.2.2
	ip -n firewall route add 10.0.1.0/24 via 10.0.2.1
	ip -n server route add default via 10.0.3.1
	for machine in gateway firewall; do
		ip netns exec "$machine" sysctl -qw net.ipv4.ip_forward=1
	done
}

write_rules()
{
	cat >"$work/rules.nft" <<-'END'
		table ip filter {
		  chain forward {
		    type filter hook forward priority filter;
		    ct state established,related accept
		    tcp flags & (syn|ack) == syn accept
		    meta l4proto tcp reject with tcp reset
		  }
		}
	END
}

prepare()
{
	[ "$(id -u):${TCPKA_LANE:-}" = 0:virtual ] ||
		broken 'it wants a virtual machine: run "make demo"'
	[ -e "$TCPKA_KO" ] || broken "there is no $TCPKA_KO"
	[ ! -e /sys/module/tcpka ] || broken "tcpka.ko is loaded already"
	work=$(mktemp -d)
	trap cleanup EXIT
	cd "$work" || exit 1
	ln -s "$TCPKA_KO" tcpka.ko
	write_rules
	modprobe -qa veth nf_tables nft_ct nft_reject_ipv4 nf_conntrack \
		af_packet tcp_diag
	make_machines
	client_start
}

cleanup()
{
	local machine

	trap - EXIT
	# what is killed is no news
	exec 2>/dev/null
	for machine in $began; do
		ip netns pids "$machine" | xargs -r kill -KILL
		ip netns delete "$machine"
	done
	wait
	[ ! -e /sys/module/tcpka ] || rmmod tcpka
	cd /
	rm -rf "$work"
}

# Silence, as of a machine without power. tcpdump is asked before nft.
power_off()
{
	run server '#' "nft 'add table netdev off; add chain netdev off power { type filter hook ingress device eth0 priority 0; policy drop; }'"
	must
}

power_on()
{
	ip netns exec server nft delete table netdev off
}

# --- commands

# run MACHINE SIGN COMMAND: as it is shown.
run()
{
	prompt "$@"
	if [[ $3 == *'&' ]]; then
		ip netns exec "$1" bash -c "$3" </dev/null >>"$work/background" 2>&1
		STATUS=$?
		return
	fi
	result "$(ip netns exec "$1" bash -c "$3" 2>&1
		  echo "$?" >"$work/status")"
	STATUS=$(<"$work/status")
}

# The client's shell: one for all scenes, as its connection is its own.
client_start()
{
	mkfifo client.in client.out
	ip netns exec client bash <client.in >client.out 2>&1 &
	exec {to_client}>client.in {from_client}<client.out
}

client_begin()
{
	prompt client '$' "$1"
	printf '%s\necho "=done $?"\n' "$1" >&"$to_client"
}

# Waits for the end of what client_begin began. The time is that of the end.
client_end()
{
	local line text=''

	while IFS= read -r -u "$from_client" line; do
		[[ $line != '=done '* ]] || break
		text+=${text:+$'\n'}$line
	done
	STATUS=${line#=done }
	if [ "${1:-}" != at_once ]; then
		stamp
		echo "the client's program says:"
	fi
	result "$text"
}

client()
{
	client_begin "$1"
	client_end at_once
}

# Both ends of a scene's connection go.
hang_up()
{
	printf 'exec 3>&-\n' >&"$to_client"
	ip netns pids server | xargs -r kill
}

# until_seen MACHINE REGEX COMMAND...: asks until its output has it.
until_seen()
{
	local machine=$1 regex=$2 i
	shift 2

	for ((i = 0; i < 100; i++)); do
		ip netns exec "$machine" "$@" | grep -qE "$regex" && return
		read -r -t 0.05 -u "$from_client"
	done
	broken "$* does not show $regex"
}

wait_listen()
{
	until_seen server ":$1 " ss -tln
}

# wait_gone PORT: the server's socket.
wait_gone()
{
	local i

	for ((i = 0; i < 100; i++)); do
		[ -n "$(ip netns exec server ss -Htn sport = ":$1")" ] || return 0
		read -r -t 0.05 -u "$from_client"
	done
	broken "the server's socket on port $1 does not go"
}

wait_timer()
{
	until_seen client timer: ss -tno dst 10.0.3.2
}

# --- what is seen

capture_start()
{
	local machine fd line file

	for machine in client server; do
		file=$out/scene$scene_number-$machine.pcap
		rm -f "$work/err"
		mkfifo "$work/err"
		ip netns exec "$machine" tcpdump -Z root --immediate-mode -U \
			-n -i eth0 -w "$file" tcp port "$1" 2>"$work/err" &
		capture_pid[$machine]=$!
		exec {fd}<"$work/err"
		while read -r -t 60 -u "$fd" line; do
			[[ $line != *"listening on"* ]] || break
		done
		[[ $line == *"listening on"* ]] || broken "tcpdump: $line"
	done
}

# packets MACHINE: what its tcpdump saw, the long middle left out. TCP's
# options are cut off, for the width of the page; the file has them.
packets()
{
	local file=$out/scene$scene_number-$1.pcap lines

	if [ -n "${capture_pid[$1]:-}" ]; then
		kill -INT "${capture_pid[$1]}"
		wait "${capture_pid[$1]}"
		unset "capture_pid[$1]"
	fi
	prompt "$1" '#' "tcpdump -n -ttttt -r ${file##*/}"
	lines=$(tcpdump -n -ttttt -r "$file" 2>/dev/null |
		sed -E 's/, options \[[^]]*\]//')
	[ -n "$lines" ] || broken "no packets"
	awk '{ line[NR] = $0 } END {
		for (i = 1; i <= NR; i++) {
			if (NR <= 24 || i <= 12 || i > NR - 10)
				print "   " line[i]
			else if (i == 13)
				printf "    ... %d more ...\n", NR - 22
		}
	}' <<<"$lines"
	OUTPUT=$lines
}

counters()
{
	run "$1" '#' "tcpkactl stats | grep -v ' 0$'"
}

monitor_start()
{
	prompt "$1" '#' "tcpkactl monitor >events &"
	ip netns exec "$1" tcpkactl monitor >"$work/events" &
	monitor_pid=$!
	until_seen "$1" "^[0-9a-f]+ 16 +$monitor_pid +[0-9a-f]*[1-9a-f]" \
		cat /proc/net/netlink
}

monitor_stop()
{
	run gateway '#' "cat events"
	kill "$monitor_pid"
	wait "$monitor_pid" 2>/dev/null
}
