# SPDX-License-Identifier: GPL-2.0-only
# bash completion for tcpkactl(8)
# shellcheck shell=bash

_tcpkactl_match='on family src dst sport dport iif oif mark uid cgroup'
_tcpkactl_setting='keepalive intvl probes idle max-age half-open half-closed
time-wait action dead override'
_tcpkactl_filter="$_tcpkactl_match host port state policy idle-gt"

# Names of policies, as whoever is typing may see them: none without privilege.
_tcpkactl_policies()
{
	tcpkactl "$@" policy save 2>/dev/null | while read -r name _; do
		[[ $name == '#' ]] || printf '%s\n' "$name"
	done
}

# What may follow a word that takes a value; fails for other words.
_tcpkactl_value()
{
	case $1 in
	on) echo local forward ;;
	family) echo ipv4 ipv6 ;;
	iif | oif) (cd /sys/class/net && echo *) ;;
	state)
		echo syn-sent syn-recv established fin-wait close-wait \
			last-ack closing time-wait closed
		;;
	policy) _tcpkactl_policies "${@:2}" ;;
	action | dead) echo rst fin drop none ;;
	override) echo yes no ;;
	with) echo rst fin drop ;;
	by) echo state policy src dst dport ;;
	keepalive) echo 45s 5m 2h off ;;
	idle | max-age | half-open | half-closed | time-wait) echo 5m 1h 1d off ;;
	linger) echo 60s off ;;
	pickup) echo yes no ;;
	fin-wait) echo 60s ;;
	fin-quiet) echo 10s off ;;
	intvl | idle-gt | src | dst | sport | dport | mark | uid | cgroup | \
		host | port | prio | probes | top | max-flows | probe-rate) ;;
	*) return 1 ;;
	esac
}

# Words for an object and its command; $3 is how many words follow these.
_tcpkactl_words()
{
	case "$1 $2" in
	'policy add' | 'policy replace')
		if (($3 > 0)); then
			echo prio all "$_tcpkactl_match $_tcpkactl_setting"
		fi
		;;
	'policy test') echo all "$_tcpkactl_match $_tcpkactl_setting" ;;
	'policy del' | 'policy delete' | 'policy list')
		if (($3 == 0)); then
			_tcpkactl_policies "${@:4}"
		fi
		;;
	'policy ') echo add replace test delete flush list save restore help ;;
	'flow list') echo "$_tcpkactl_filter" ;;
	'flow count') echo by top "$_tcpkactl_filter" ;;
	'flow kill') echo all with "$_tcpkactl_filter" ;;
	'flow probe') echo all "$_tcpkactl_filter" ;;
	'flow ') echo list count kill probe help ;;
	'stats show' | 'stats reset' | 'stats openmetrics') echo policy ;;
	'stats ') echo show reset openmetrics policy help ;;
	'monitor ') echo flow policy help ;;
	'config set')
		echo max-flows probe-rate linger pickup fin-wait fin-quiet
		;;
	'config ') echo show set help ;;
	' ') echo -j -p -N -n -b -V policy flow stats monitor config help ;;
	esac
}

_tcpkactl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local i object='' command='' rest=0 netns=() words

	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ -z $object && ${COMP_WORDS[i]} == -n ]]; then
			netns=(-n "${COMP_WORDS[++i]}")
		elif [[ -z $object && ${COMP_WORDS[i]} == -b ]]; then
			((i++))
		elif [[ -z $object && ${COMP_WORDS[i]} == -* ]]; then
			continue
		elif [[ -z $object ]]; then
			object=${COMP_WORDS[i]}
		elif [[ -z $command ]]; then
			command=${COMP_WORDS[i]}
		else
			((rest++))
		fi
	done

	COMPREPLY=()
	case "$object $command $prev" in
	'  -n') words=$(shopt -s nullglob && cd /run/netns 2>/dev/null && echo *) ;;
	'  -b' | 'policy save save' | 'policy restore restore')
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	*)
		if [[ -z $object || $prev == "$object" ||
			$prev == "$command" && $object != stats ]] ||
			! words=$(_tcpkactl_value "$prev" "${netns[@]}"); then
			words=$(_tcpkactl_words "$object" "$command" "$rest" \
				"${netns[@]}")
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _tcpkactl tcpkactl
