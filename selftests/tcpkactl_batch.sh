#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 60
#
# A batch of changes of policies is done at once or not at all, and so is what
# a file restores; what was saved is restored as it was.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

policies()
{
	ka gw policy save
}

# refused STATUS MESSAGE FILE-KIND: the file is on standard input.
refused()
{
	local before said status
	local -a how

	read -ra how <<<"$3"
	before=$(policies)
	cat >"$work/file"
	said=$(ka gw "${how[@]}" "$work/file" 2>&1)
	status=$?
	check_eq "exit status" "$status" "$1"
	[[ $said == *"$work/file:$2"* ]] || fail "message: $said, expected $2"
	check_eq policies "$(policies)" "$before"
}

whole_batch()
{
	ka gw -b - <<-'END' || fail "batch refused"
	# one line of each kind, in quotes as well
	policy flush
	policy add a prio 5 "dst" 10/8 idle 5m	# a comment
	pol add b all keepalive 45s
	policy add c all idle 1h
	policy replace a dport '80-90' max-age 1d
	policy del b
	END
	check_eq policies "$(policies)" "# for tcpkactl policy restore
a prio 1000 dport 80-90 max-age 1d action rst dead rst override no
c prio 1000 all idle 1h action rst dead rst override no"
}

one_event()
{
	monitor gw policy
	ka gw -b - <<<"policy add d all idle 1s
policy del d" || fail "batch refused"
	event '"event":"policy"'
	check_json "$EVENT" reason restored
	no_event '"event":"policy"'
	stop_program monitor
}

part_batch()
{
	refused 2 '2: "action"' -b <<-'END'
	policy add e all idle 5m
	policy add f on local idle 5m action drop
	END
	refused 2 '2: "nobody"' -b <<-'END'
	policy flush
	policy del nobody
	END
	refused 2 '3: "c"' -b <<-'END'
	policy add e all idle 5m

	policy add c all idle 5m
	END
	refused 1 '2: "dport"' -b <<-'END'
	policy add e all idle 5m
	policy add f dport 90-80 idle 5m
	END
	refused 1 '2: "\""' -b <<-'END'
	policy flush
	policy add "f all idle 5m
	END
	refused 1 '2: ' -b <<-'END'
	policy flush
	monitor
	END
}

# Other commands are done in their order, up to the first that is refused.
mixed_batch()
{
	local said

	said=$(ka gw -b - 2>&1 <<-'END'
	config set linger 70s
	policy add c all idle 5m
	config set linger 80s
	END
	)
	check_eq "exit status" "$?" 2
	check_match message "$said" '2: "c": '
	said=$(ka gw -j config)
	check_json "$said" linger_ms 70000
}

part_restore()
{
	refused 2 '2: "dead"' "policy restore" <<-'END'
	a all idle 5m
	b on local keepalive 5m dead fin
	END
	refused 1 '3: "a"' "policy restore" <<-'END'
	a all idle 5m
	b all keepalive 5m
	a all idle 5m
	END
	refused 1 '1: "idle"' "policy restore" <<-'END'
	a all idle 5y
	END
}

# all_words: every word that this version has.
all_words()
{
	ka gw -b - <<-'END' || fail "batch refused"
	policy flush
	policy add w1 prio 1 on forward family ipv4 src 10/8 dst 10.1.2.3 sport 1-9 dport http iif a oif b mark 0x10/0xf0 keepalive 45s intvl 2s probes 3 idle 1500ms max-age 365d action drop dead none
	policy add w2 on local src fd00::1/64 mark 7 keepalive 2h override yes action none
	policy add w3 all keepalive off
	END
	policies >"$work/first"
	ka gw policy save "$work/saved" || fail "policy save"
	ka gw policy flush || fail "policy flush"
	ka gw policy restore "$work/saved" || fail "policy restore"
	policies >"$work/second"
	check_eq restored "$(<"$work/second")" "$(<"$work/first")"
	check_eq saved "$(<"$work/saved")" "$(<"$work/first")"
	check_eq "lines" "$(wc -l <"$work/saved")" 4
}

# What is listed is what makes it, word for word.
listed_again()
{
	local line
	local -a words

	ka gw policy list >"$work/list"
	while read -r line; do
		read -ra words <<<"${line%%#*}"
		ka gw policy replace "${words[@]}" || fail "refused: $line"
	done <"$work/list"
	policies >"$work/second"
	check_eq replaced "$(<"$work/second")" "$(<"$work/first")"
}

empty_restore()
{
	ka gw policy restore /dev/null || fail "policy restore"
	check_eq policies "$(ka gw -j policy list)" "[]"
}

topology gw cl
load
try "a batch is done" whole_batch
try "a batch is one event" one_event
try "a batch that is wrong is not begun" part_batch
try "a batch of other commands stops where it is refused" mixed_batch
try "a file that is wrong is not restored" part_restore
try "what was saved is restored" all_words
try "what is listed can be used" listed_again
try "an empty file restores none" empty_restore
finish
