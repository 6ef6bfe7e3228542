# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of this folder share: where things are, and how to say
# that something is missing. Sourced, never run.

set -euo pipefail
export LC_ALL=C

qemu_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts that source this
# TCPKA_TREE: test another tree (a mutant's) with this tree's machinery.
tree=${TCPKA_TREE:-$(cd "$qemu_dir/../.." && pwd)}
cache=${TCPKA_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/tcpka}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

say()
{
	printf '# %s\n' "$*" >&2
}

# need TOOL PACKAGE: one line naming both, instead of an error further on.
need()
{
	local dir

	command -v "$1" >/dev/null && return
	# Debian leaves these out of an ordinary user's PATH.
	for dir in /usr/sbin /sbin; do
		[ -x "$dir/$1" ] && PATH=$PATH:$dir && return
	done
	die "$1 is missing: install the package $2"
}

# quietly LOG COMMAND...: the output is shown only if the command fails.
quietly()
{
	local log=$1
	shift

	mkdir -p "${log%/*}"
	"$@" >"$log" 2>&1 && return
	cat "$log" >&2
	return 1
}

# locked NAME COMMAND...: one at a time on this machine, per cache.
locked()
{
	local lock=$1 fd rc=0
	shift

	mkdir -p "$cache/lock"
	exec {fd}>"$cache/lock/$lock"
	flock "$fd"
	# Closed for the children, or a daemon of theirs would keep it.
	"$@" {fd}>&- || rc=$?
	exec {fd}>&-
	return "$rc"
}

# kernel_entry NAME: its line of the table, as "REGEX SUITE...".
kernel_entry()
{
	awk -v name="$1" '$1 == name { $1 = ""; print; found = 1 }
			  END { exit !found }' "$qemu_dir/kernels"
}

kernel_names()
{
	awk '!/^#/ && NF { print $1 }' "$qemu_dir/kernels"
}

# One for each tree on this machine, readable in ls.
tree_id()
{
	printf '%s-%s\n' "${tree##*/}" "$(md5sum <<<"$tree" | cut -c1-8)"
}

# source_files PATH...: what is compiled below these paths of the tree, and
# nothing that compiling leaves there.
source_files()
{
	(cd "$tree" && find "$@" -type f \( -name '*.[chS]' -o -name '*.sh' \
		-o -name Kbuild -o -name 'Makefile*' -o -name '*.mk' \
		-o -name 'Kconfig' \) ! -name '*.mod.c' 2>/dev/null)
}

# link_sources DIR PATH...: these as links in DIR; what is gone from the tree
# goes from DIR.
link_sources()
{
	local dir=$1 file
	shift

	mkdir -p "$dir"
	find "$dir" -xtype l -delete
	while read -r file; do
		[ -L "$dir/$file" ] && continue
		mkdir -p "$dir/$(dirname "$file")"
		ln -sfn "$tree/$file" "$dir/$file"
	done < <(source_files "$@")
}

# number FILE OFFSET BYTES: the unsigned little-endian number there.
number()
{
	od -An -t"u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# The release in a vmlinuz: the boot protocol's header says where it is.
kernel_release()
{
	local at

	at=$(number "$1" $((0x20e)) 2)
	tail -c +$((at + 0x201)) "$1" | head -c 128 | tr '\0' ' ' |
		cut -d' ' -f1
}

# unpack_kernel VMLINUZ VMLINUX: what a vmlinuz unpacks at every boot, once.
# Without it the guest boots too, only later.
unpack_kernel()
{
	local image=$1 at size unpacker

	at=$((($(number "$image" $((0x1f1)) 1) + 1) * 512 +
	      $(number "$image" $((0x248)) 4)))
	# The last word is the unpacked size.
	size=$(($(number "$image" $((0x24c)) 4) - 4))
	case $(od -An -tx1 -j "$at" -N 4 "$image") in
	*"fd 37 7a 58")	unpacker="xz -dc" ;;
	*"28 b5 2f fd")	unpacker="zstd -dqc" ;;
	*"1f 8b "*)	unpacker="gzip -dc" ;;
	*)		return 0 ;;
	esac
	tail -c +$((at + 1)) "$image" | head -c "$size" |
		$unpacker >"$2.new" 2>/dev/null || true
	if [ "$(head -c 4 "$2.new")" = $'\x7fELF' ]; then
		mv "$2.new" "$2"
	else
		rm -f "$2.new"
	fi
}
