# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # set by those that source this
#
# Lays out what a guest gets: DIR/share/in is copied into its memory, so that
# nothing changes under a running test. Sourced by run and mutants, which set
# kernel, kernel_name, build and work.
#
#	share/in/list		"ID PROGRAM BUILD" for each test
#	share/in/env		shell variables for init
#	share/in/warm		files to read into memory
#	share/in/programs	programs to run once
#	share/in/selftests	the tests
#	share/in/build		tcpka.ko and bin/
#	share/out		what comes back
#	limits			"ID SECONDS" for the watch

# What tests may use without saying so; for others they have a line
# "# uses: PROGRAM...".
base_programs="bash ip nft tcpdump conntrack ss tc sysctl modprobe rmmod insmod
	lsmod ping setsid timeout stdbuf unshare nsenter sleep awk sed grep
	cat cut tr sort head tail wc seq date mktemp mkdir rm cp mv ln ls tee
	env stat dirname basename uniq od readlink xxd cmp diff ps pgrep
	pkill find xargs id touch chmod comm sync mount umount mkfifo"
base_modules="veth dummy bridge vrf 8021q ifb macvlan tun sch_ingress sch_netem
	sch_tbf sch_fq_codel cls_u32 cls_matchall cls_flower cls_bpf act_gact
	act_mirred nf_tables nft_ct nft_nat nft_masq nft_limit nft_log
	nft_reject_inet nft_reject_ipv4 nft_reject_ipv6 nft_redir nft_fib_inet
	nft_flow_offload nf_flow_table_inet nf_flow_table nf_conntrack nft_compat
	nf_conntrack_netlink nft_chain_nat tcp_diag inet_diag af_packet
	nfnetlink nft_socket nft_hash nft_quota nft_numgen br_netfilter
	crc32c_generic libcrc32c"

# header_words FILE KEY DEFAULT: the value of "# KEY: VALUE" in its first lines.
header_words()
{
	local value

	value=$(sed -n "1,40s/^# $2: *//p" "$1" 2>/dev/null | xargs)
	echo "${value:-$3}"
}

test_lane()
{
	header_words "$1" lane virtual
}

# A debug kernel is several times slower.
test_limit()
{
	local limit factor=1

	limit=$(header_words "$1" limit 120)
	[ "$kernel_name" != debug ] || factor=5
	echo $((limit * factor * ${TCPKA_PATIENCE:-1}))
}

all_tests()
{
	make -s -C "$tree/selftests" list
}

# test_program NAME: its place in share/in.
test_program()
{
	if [ -e "$tree/selftests/$1.sh" ]; then
		[ -x "$tree/selftests/$1.sh" ] ||
			die "selftests/$1.sh is not executable"
		echo "selftests/$1.sh"
	elif [ -e "$tree/selftests/$1/$1.sh" ]; then
		echo "selftests/$1/$1.sh"
	elif [ -e "$tree/selftests/bench/$1.sh" ]; then
		echo "selftests/bench/$1.sh"
	elif [ -e "$build/bin/$1" ]; then
		echo "build/bin/$1"
	else
		die "no test $1: there are $(all_tests | xargs)"
	fi
}

# The files that programs need, libraries included.
program_files()
{
	local program file

	for program; do
		file=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P "$program") ||
			continue
		echo "$file"
		readlink -f "$file"
		ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true
	done | sort -u
}

# Where guests see the files of the kernel's modules.
module_files()
{
	local rel module

	[ -e "$kernel/modules" ] || return 0
	rel=$(cat "$kernel/release")
	for module in $base_modules; do
		modprobe -d "$kernel/tree" -S "$rel" --show-depends "$module" \
			2>/dev/null || true
	done | awk '$1 == "insmod" { print $2 }' | sort -u |
		sed "s|.*/lib/modules/|/usr/lib/modules/|"
	echo "/usr/lib/modules/$rel"/modules.{dep,alias,softdep,symbols}{,.bin}
	echo "/usr/lib/modules/$rel"/modules.{builtin{,.alias},order}{,.bin}
}

stage_warm()
{
	local in=$1/share/in

	# shellcheck disable=SC2086 # lists of words
	program_files $base_programs $2 >"$in/warm"
	{
		ldd "$build/bin/tcpkactl" 2>/dev/null | grep -o '/[^ ]*' ||
			true
		# links on the way to what is above
		printf '%s\n' /bin /sbin /lib /lib64 /var/run /etc/alternatives/awk
		module_files | tr ' ' '\n'
		find /etc/iproute2 /etc/modprobe.d /usr/lib/modprobe.d \
			-type f 2>/dev/null || true
		printf '/etc/%s\n' nsswitch.conf services protocols hosts \
			passwd group host.conf resolv.conf ld.so.cache localtime
	} >>"$in/warm"
	printf '%s\n' ip nft tcpdump conntrack ss tc sysctl modprobe rmmod \
		insmod ping setsid timeout sleep awk grep sed >"$in/programs"
	tr ' ' '\n' <<<"$2" | sed '/^$/d' >>"$in/programs"
}

# stage_env DIR LANE [DEMO]
stage_env()
{
	local modules='' debug='' native=

	[ ! -e "$kernel/modules" ] || modules=$(realpath "$kernel/modules")
	[ "$kernel_name" != debug ] || debug=1
	[ "$kernel_name" != uml ] || native=1
	printf '%s=%q\n' TCPKA_LANE "$2" TCPKA_DEBUG "$debug" \
		TCPKA_NATIVE "$native" TCPKA_BENCH_ROUNDS \
		"${TCPKA_BENCH_ROUNDS:-}" \
		guest_modules "$modules" guest_demo "${3:-}" \
		guest_canary "${canary:-}" TCPKA_FAIL_FAST "${fail_fast:-}" \
		TCPKA_BENCH_FLOWS "${TCPKA_BENCH_FLOWS:-}" \
		TCPKA_BENCH_FAMILY "${TCPKA_BENCH_FAMILY:-}" \
		>"$1/share/in/env"
}

# stage_lane LANE DIR [TEST-FILE...]: all but the list.
stage_lane()
{
	local lane=$1 dir=$2 file uses=
	shift 2

	mkdir -p "$dir/share/in/selftests" "$dir/share/out"
	: >"$dir/share/in/list"
	: >"$dir/limits"
	cp -r "$tree/selftests/." "$dir/share/in/selftests/"
	cp -r "$build" "$dir/share/in/build.all"
	mkdir "$dir/share/in/build"
	mv "$dir/share/in/build.all"/{tcpka.ko,bin} "$dir/share/in/build/"
	rm -rf "$dir/share/in/build.all"
	[ ! -e "$work/mutants" ] || cp -rl "$work/mutants" "$dir/share/in/"
	for file; do
		uses+=" $(header_words "$file" uses "")"
	done
	stage_env "$dir" "$lane"
	stage_warm "$dir" "$uses"
	"$qemu_dir/initramfs" "$kernel" "$dir/initramfs"
}

# Virtual time needs one CPU of the host; a guest for each, unless the boots
# would take longer than the tests. Tests in real time are not to compete.
guests_for()
{
	local lane=$1 tests=$2 guests

	guests=$((tests / 4 + 1))
	[ "$lane" = virtual ] || guests=1
	[ "$guests" -lt "$(nproc)" ] || guests=$(nproc)
	echo "$guests"
}

# stage_guest GUEST: lays out the tests on standard input, which
# are "ID PROGRAM BUILD" lines.
stage_guest()
{
	local dir=$work/$1 id program in
	local -a lines files

	mapfile -t lines
	[ ${#lines[@]} -gt 0 ] || return 0
	mapfile -t files < <(printf '%s\n' "${lines[@]}" |
		awk -v tree="$tree" '{ print tree "/" $2 }')
	stage_lane "${1%-*}" "$dir" "${files[@]}"
	for id in "${lines[@]}"; do
		read -r id program in <<<"$id"
		echo "$id $program $in" >>"$dir/share/in/list"
		echo "$id $(test_limit "$tree/$program")" >>"$dir/limits"
	done
	cp "$dir/share/in/list" "$dir/asked"
}

# stage_tests: deals them out to guests. Reads "ID TEST BUILD" lines: the name
# it goes by, the test, and the folder of its module in share/in.
stage_tests()
{
	local id name in program lane guests i
	local -A lists=()

	while read -r id name in; do
		program=$(test_program "$name") || exit
		lane=$(test_lane "$tree/$program")
		lists[$lane]+="$id $program $in"$'\n'
	done
	for lane in "${!lists[@]}"; do
		guests=$(guests_for "$lane" "$(wc -l <<<"${lists[$lane]}")")
		for ((i = 0; i < guests; i++)); do
			printf '%s' "${lists[$lane]}" |
				awk -v n="$guests" -v i="$i" 'NR % n == i' |
				stage_guest "$lane-$((i + 1))"
		done
	done
}
