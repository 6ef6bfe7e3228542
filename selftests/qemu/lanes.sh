# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with those that source this
#
# Which kernel, where the results go, and the guests of the lanes. Sourced by
# run and mutants, after stage.sh and report.sh.

kernel_name=${KERNEL:-6.1}
results=
# So many guests may die before the rest of their lane is given up.
guest_deaths=4

# A vmlinuz by path, laid out as fetch lays out a package's. Its modules are
# those of the tree that it is in, as boot/vmlinuz-RELEASE beside
# lib/modules/RELEASE, or this machine's.
local_kernel()
{
	local image rel dir hdr root

	[ -r "$1" ] || die "cannot read $1"
	image=$(realpath "$1")
	rel=$(kernel_release "$image")
	dir=$cache/kernels/local-$rel
	root=${image%/boot/*}
	[ -e "$root/lib/modules/$rel/modules.dep" ] || root=/
	hdr=${KDIR:-${root%/}/lib/modules/$rel/build}
	[ -e "$hdr/Makefile" ] || die "no build tree for $rel in $hdr:" \
		"install linux-headers-$rel or set KDIR"
	rm -rf "$dir"
	mkdir -p "$dir"
	ln -s "$image" "$dir/vmlinuz"
	unpack_kernel "$image" "$dir/vmlinux"
	ln -s "$(realpath "$hdr")" "$dir/hdr"
	ln -s "$root" "$dir/tree"
	[ ! -e "$root/lib/modules/$rel/modules.dep" ] ||
		ln -s "$root/lib/modules/$rel" "$dir/modules"
	echo "$rel" >"$dir/release"
	echo "$dir"
}

kernel_dir()
{
	case $1 in
	*/*)	locked local-kernel local_kernel "$1" ;;
	debug)	"$qemu_dir/build-debug-kernel" ;;
	uml)	"$qemu_dir/build-debug-kernel" --plain ;;
	*)	"$qemu_dir/fetch" "$1" ;;
	esac
}

# run_guests GUEST: one guest after another until all its tests had their turn.
run_guests()
{
	local lane=${1%-*} dir=$work/$1 line deaths=0

	while :; do
		rm -f "$dir"/verdict.*
		while IFS= read -r line; do
			report_line "$lane" "$dir" "$line"
		done < <("$qemu_dir/boot" "$kernel" "$lane" "$dir" 3>&-)
		[ ! -e "$dir/console.log" ] ||
			cat "$dir/console.log" >>"$dir/console.all"
		[ -e "$dir/lost" ] || break
		rm "$dir/lost"
		deaths=$((deaths + 1))
		[ "$deaths" -lt "$guest_deaths" ] || break
		[ -s "$dir/share/in/list" ] || break
	done
	# none, where each ran stale code
	: >>"$dir/console.all"
	mv "$dir/console.all" "$dir/console.log"
}

# All guests that were staged, side by side; "guests" names them afterwards.
# Where there are more than CPUs, those in real time have their turn later, as
# for them it matters how fast they are.
run_lanes()
{
	local dir guest

	guests=()
	for dir in "$work"/virtual* "$work"/smp*; do
		[ -e "$dir/asked" ] && guests+=("${dir##*/}")
	done
	# A guest does not outlive the one who waits for it.
	export TCPKA_RUN_PID=$$
	for guest in "${guests[@]}"; do
		if [ "${guest%-*}" = smp ] && [ ${#guests[@]} -gt "$(nproc)" ]
		then
			wait
		fi
		run_guests "$guest" &
	done
	wait
}

# Sets kernel and build.
prepare_kernel()
{
	if [ "$kernel_name" = debug ]; then
		export TCPKA_MEMORY=${TCPKA_MEMORY:-2048}
	fi
	kernel=$(kernel_dir "$kernel_name")
	build=$("$qemu_dir/build" --name "${kernel_name##*/}" "$kernel")
}

# Results of the last runs are kept, by date and kernel.
make_results()
{
	if [ -z "$results" ]; then
		results=$cache/results/$(date +%Y%m%d-%H%M%S)-${kernel_name##*/}-$$
		mkdir -p "$cache/results"
		find "$cache/results" -mindepth 1 -maxdepth 1 -type d |
			sort | head -n -40 | xargs -r rm -rf
	fi
	mkdir -p "$results"
	work=$(cd "$results" && pwd)
}
