# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests share: KTAP, network namespaces in a row, programs that are
# driven by commands, captures, times and tcpkactl. A test is
#
#	. "$(dirname "$0")/lib.sh"
#	topology cl gw sv
#	load
#	for_each_family "what is promised" function
#	finish
#
# In virtual time the clock jumps to the next timer whenever the CPU has
# nothing to do, so a test waits for events, or lets time pass, at no cost;
# what is dear is to fork.

# Variables that hand results to the test: SAID WHEN SINCE FOUND VALUE EVENT STATS
# shellcheck disable=SC2034
export LC_ALL=C
set -u

self=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
bin=${TCPKA_BIN:-$self}
work=$(mktemp -d)
out=${TCPKA_OUT:-$work}
row_name=t$$x$RANDOM
TCPKACTL=${TCPKACTL:-$(type -P tcpkactl || echo "$self/../tools/tcpkactl")}

declare -A ns		# name of a machine -> network namespace
declare -A prog_in prog_out prog_pid
declare -A capture_pid
prog_count=0 tap_count=0 tap_failed=0 case_failed=0
loaded=

# --- KTAP

say()
{
	printf '# %s\n' "$*"
}

# The case fails; it goes on, unless the first failure is all that is wanted.
fail()
{
	case_failed=1
	say "$*"
	[ -z "${TCPKA_FAIL_FAST:-}" ] || die "$*"
}

# The test cannot go on.
die()
{
	say "$*"
	tap_count=$((tap_count + 1))
	echo "not ok $tap_count - $*"
	echo "1..$tap_count"
	exit 1
}

skip_all()
{
	echo "1..0 # SKIP $*"
	exit 4
}

# try TEXT FUNCTION [ARGUMENT...]
try()
{
	local text=$1 verdict=ok
	shift

	case_failed=0
	"$@"
	tap_count=$((tap_count + 1))
	if [ "$case_failed" != 0 ]; then
		tap_failed=$((tap_failed + 1))
		verdict="not ok"
	fi
	echo "$verdict $tap_count - $text"
}

# Addresses of the family: C and S of client and server, CR and SR of scripted
# ones beside them, which no kernel owns.
use_family()
{
	family=$1
	if [ "$1" = ipv4 ]; then
		C=10.77.0.1 CR=10.77.0.66
		S=10.77.$last_link.2 SR=10.77.$last_link.66
	else
		C=fd77::1 CR=fd77::66
		S=fd77:$last_link::2 SR=fd77:$last_link::66
		# as captures have it
		S=${S/:0::/::} SR=${SR/:0::/::}
	fi
}

for_each_family()
{
	local text=$1 f
	shift

	for f in ipv4 ipv6; do
		use_family "$f"
		try "$text, $f" "$@"
	done
}

finish()
{
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ] && [ "$tap_count" -gt 0 ] || exit 1
	exit 0
}

# --- checks

check_eq()
{
	[ "$2" = "$3" ] || fail "$1: $2, expected $3"
}

check_match()
{
	[[ $2 =~ $3 ]] || fail "$1: $2, expected $3"
}

# check_due WHAT FROM AT SECONDS: never early, at most 1 % + 250 ms late.
check_due()
{
	local late=$(($3 - $2 - $4 * 1000000))

	[ "$late" -ge 0 ] || fail "$1: $late us early at $4 s"
	[ "$late" -le $(($4 * 10000 + 250000)) ] ||
		fail "$1: $late us late at $4 s"
}

# The same to the second.
check_second()
{
	local late=$(($3 - $2 - $4 * 1000000))

	((late >= 0 && late < 1000000)) ||
		fail "$1: $late us off, expected at $4 s"
}

# --- machines

in_ns()
{
	local node=$1
	shift

	ip netns exec "${ns[$node]}" "$@"
}

need_modules()
{
	modprobe -qa "$@" 2>/dev/null || true
}

# topology NAME...: machines in a row, each linked to the next by a device that
# is named after the neighbour. Neighbours are permanent, so nobody asks.
topology()
{
	local -a names=("$@")
	local -i i

	[ "$(id -u)" = 0 ] || skip_all "needs root"
	last_link=$(($# - 2))
	need_modules veth sch_ingress cls_matchall act_gact
	{
		for i in "${!names[@]}"; do
			ns[${names[i]}]=$row_name-${names[i]}
			echo "netns add ${ns[${names[i]}]}"
		done
		for ((i = 0; i < $# - 1; i++)); do
			echo "link add ${names[i + 1]}" \
				"netns ${ns[${names[i]}]}" \
				"address 02:00:00:00:0$i:01 type veth" \
				"peer name ${names[i]}" \
				"netns ${ns[${names[i + 1]}]}" \
				"address 02:00:00:00:0$i:02"
		done
	} >"$work/row"
	ip -batch "$work/row" || die "cannot make the machines"
	for i in "${!names[@]}"; do
		node_config "$i" "$@"
	done
	busywait 20 links_ready "$@" || die "the links are not ready"
}

# links_ready NAME...: what is sent before the kernel has noticed that both sides
# are up is dropped, and an IPv6 address is of no use, nodad or not.
links_ready()
{
	local node links

	for node; do
		links=$(ip -n "${ns[$node]}" -o link show type veth)
		[[ $links != *"qdisc noop "* && $links != *DOWN* ]] || return
		[ -z "$(ip -n "${ns[$node]}" -6 addr show tentative)" ] ||
			return
	done
}

# link_config LINK SIDE DEVICE: addresses and neighbours of one side. There may
# be an entry for a neighbour that spoke as soon as the link was up.
link_config()
{
	local net=10.77.$1 net6=fd77:$1: other=$((3 - $2))

	echo "link set $3 addrgenmode none"
	echo "link set $3 up"
	echo "addr add $net.$2/24 dev $3"
	echo "addr add $net6:$2/64 dev $3 nodad"
	for ip in "$net.$other" "$net.66" "$net6:$other" "$net6:66"; do
		echo "neigh replace $ip lladdr 02:00:00:00:0$1:0$other dev $3" \
			"nud permanent"
	done
}

# node_config INDEX NAME...
node_config()
{
	local -i i=$1 last=$(($# - 2)) j
	shift
	local -a names=("$@")
	local space=${ns[${names[i]}]}

	{
		echo "link set lo up"
		((i == last)) || link_config "$i" 1 "${names[i + 1]}"
		((i == 0)) || link_config $((i - 1)) 2 "${names[i - 1]}"
		if ((i == last)); then
			echo "route add default via 10.77.$((i - 1)).1"
			echo "route add default via fd77:$((i - 1))::1"
		elif ((i == 0 || i < last - 1)); then
			echo "route add default via 10.77.$i.2"
			echo "route add default via fd77:$i::2"
		fi
		for ((j = 0; j < i - 1; j++)); do
			echo "route add 10.77.$j.0/24 via 10.77.$((i - 1)).1"
			echo "route add fd77:$j::/64 via fd77:$((i - 1))::1"
		done
	} >"$work/node"
	ip -n "$space" -batch "$work/node" || die "cannot set up ${names[i]}"
	if ((i > 0 && i < last)); then
		ip netns exec "$space" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	fi
}

# power_off NODE DEVICE: nothing that comes in is heard any more. With "cut"
# nothing goes out either.
power_off()
{
	{
		echo "qdisc add dev $2 clsact"
		echo "filter add dev $2 ingress matchall action drop"
		[ "${3:-}" != cut ] ||
			echo "filter add dev $2 egress matchall action drop"
	} | tc -n "${ns[$1]}" -batch - || die "tc cannot drop"
}

power_on()
{
	tc -n "${ns[$1]}" qdisc del dev "$2" clsact
}

# --- programs

# program NAME NODE PROGRAM [ARGUMENT...]: see tell and hear.
program()
{
	local name=$1 node=$2 in from fd
	shift 2

	# never those of one that was stopped: they may hold its last words
	prog_count=$((prog_count + 1))
	in=$work/$prog_count.in from=$work/$prog_count.out
	mkfifo "$in" "$from"
	ip netns exec "${ns[$node]}" "$@" <"$in" >"$from" &
	prog_pid[$name]=$!
	exec {fd}>"$in"
	prog_in[$name]=$fd
	exec {fd}<"$from"
	prog_out[$name]=$fd
}

# ends NAME:NODE...: a tcp_end each.
ends()
{
	local word

	for word; do
		program "${word%:*}" "${word#*:}" "$bin/tcp_end"
	done
}

# scripted NAME NODE DEVICE: a tcp_raw; NODE is the first or the last.
scripted()
{
	local mac=02:00:00:00:0$last_link:01

	[ "$2" != cl ] || mac=02:00:00:00:00:02
	program "$1" "$2" "$bin/tcp_raw" "$3" "$mac"
}

# A shell's child that is about to become the program loses any other signal.
stop_program()
{
	local name in out

	for name; do
		kill -KILL "${prog_pid[$name]}" 2>/dev/null
		wait "${prog_pid[$name]}" 2>/dev/null
		unset "prog_pid[$name]"
		# What it said and nobody heard goes with the last descriptor.
		# (A monitor is told nothing.)
		[ -n "${prog_in[$name]:-}" ] || continue
		in=${prog_in[$name]} out=${prog_out[$name]}
		exec {in}>&- {out}<&-
		unset "prog_in[$name]" "prog_out[$name]"
	done
}

tell()
{
	printf '%s\n' "${*:2}" >&"${prog_in[$1]}"
}

# hear NAME [SECONDS]: the next answer is SAID, and WHEN in us. An hour of
# virtual time is soon over if there is none.
hear()
{
	local line

	if ! read -r -t "${2:-3600}" -u "${prog_out[$1]}" line; then
		SAID=silence
		WHEN=0
		return 1
	fi
	SAID=${line#* }
	WHEN=${line%% *}
	WHEN=${WHEN/./}
}

ask()
{
	tell "$@"
	hear "$1"
}

# ask_ok NAME COMMAND...: the case fails if it does not answer "ok".
ask_ok()
{
	ask "$@"
	[[ $SAID == ok* ]] || fail "$*: $SAID"
}

# expect NAME PATTERN [SECONDS]: what it says next.
expect()
{
	hear "$1" "${3:-3600}"
	# shellcheck disable=SC2053 # a pattern
	[[ $SAID == $2 ]] || fail "$1 said: $SAID, expected $2"
}

# join CLIENT SERVER SOCK PORT [SPORT]: connects socket SOCK of both, and
# carries a byte each way.
join()
{
	local port=$4

	ask_ok "$2" listen 1000 "$S" "$port"
	tell "$2" accept 1000 "$3"
	ask_ok "$1" connect "$3" "$S" "$port" "${5:-}"
	expect "$2" "ok*"
	ask_ok "$2" close 1000
	carry "$1" "$3" "$2" "$3"
	carry "$2" "$3" "$1" "$3"
}

# meet SCRIPTED SERVER SOCK FROM-PORT PORT [OPTION...]: a scripted client
# connects to a kernel's server.
meet()
{
	ask_ok "$2" listen 1000 "$S" "$5"
	tell "$2" accept 1000 "$3"
	ask_ok "$1" open "$CR" "$4" "$S" "$5" "${@:6}"
	ask_ok "$1" connect
	expect "$2" ok
	ask_ok "$2" close 1000
}

# scripted_pair FROM-PORT PORT [OPTION...]: the scripted rc connects to rs.
scripted_pair()
{
	ask_ok rs open "$SR" "$2" "$CR" "$1" "${@:3}"
	ask_ok rc open "$CR" "$1" "$SR" "$2" "${@:3}"
	tell rs accept
	ask_ok rc connect
	expect rs "ok*"
}

# carry FROM SOCK TO SOCK [BYTES]: data arrives, sent after SINCE.
carry()
{
	SINCE=${EPOCHREALTIME/./}
	ask_ok "$1" send "$2" "${5:-1}"
	ask "$3" recv "$4" "${5:-1}"
	[ "$SAID" = "ok ${5:-1}" ] || fail "$3 recv: $SAID"
}

# both_reset SECONDS: both programs are told, that long after SINCE.
both_reset()
{
	ask cl recv 1
	check_eq "the client's recv" "$SAID" ECONNRESET
	check_due "the client is told" "$SINCE" "$WHEN" "$1"
	ask sv recv 1
	check_eq "the server's recv" "$SAID" ECONNRESET
}

# Lets time pass where the proof is that nothing happens.
pass_time()
{
	read -r -t "$1" -u "$never"
	true
}

# What waits in TIME_WAIT is gone: 60 s, and the kernel's wheel turns a timer that
# is so far off by steps of 512 jiffies (2.05 s at 250 Hz, 5.12 s at the 100 Hz of
# the debug kernel), never early.
time_waits_end()
{
	pass_time 66
}

# busywait SECONDS COMMAND...: the last resort.
busywait()
{
	local until=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift

	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$until" ] || return 1
		pass_time 0.05
	done
}

# --- captures

# shellcheck source=lib_capture.sh
. "$self/lib_capture.sh"

# --- the module and its tool

# shellcheck source=lib_module.sh
. "$self/lib_module.sh"

# --- the end

cleanup()
{
	local space pid

	trap - EXIT
	# a child that was stopped before it became its program
	[ "$BASHPID" = $$ ] || exit
	for pid in "${prog_pid[@]}" "${capture_pid[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	for space in "${ns[@]}"; do
		echo "netns delete $space"
	done >"$work/delete"
	ip -force -batch "$work/delete" 2>/dev/null
	[ -z "$loaded" ] || remove_module || echo "# tcpka does not unload"
	rm -rf "$work"
}

trap cleanup EXIT
trap 'exit 1' INT TERM HUP
mkfifo "$work/never"
exec {never}<>"$work/never"
echo "TAP version 13"
