#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: smp
# limit: 120
#
# A thousand connections of conntrack's table are taken up while policies come
# and go, the table is resized and flushed, the module unloads and the namespace
# goes: nothing hangs, no entry is held for ever, and the connections live on.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

count=300
rounds=15
[ -z "${TCPKA_DEBUG:-}" ] || count=100 rounds=6

many()
{
	local -i i

	ask_ok sv listen 1000 "$S" 8001 1000
	for ((i = 0; i < count; i++)); do
		tell sv accept 1000 "$i"
		ask_ok cl connect "$i" "$S" 8001
		expect sv "ok*"
	done
	ask_ok sv close 1000
}

gone()
{
	local -i i

	for ((i = 0; i < count; i++)); do
		ask_ok cl vanish "$i"
		ask_ok sv vanish "$i"
	done
}

flows()
{
	[ "$(ka gw -j flow count)" = "{\"flows\":$1}" ]
}

# Those whose references somebody holds stay.
entries()
{
	in_ns gw conntrack -F 2>/dev/null
	[ "$(in_ns gw sysctl -n net.netfilter.nf_conntrack_count)" = 0 ]
}

# Whole without a pause: each takes up some before the next comes.
come_and_go()
{
	local -i i

	many
	load
	for ((i = 0; i < rounds; i++)); do
		policy gw late on forward keepalive "$((60 + i % 2))"
		((i % 3)) || policy gw other on forward dport 8001 idle 1h
		ka gw policy flush
		((i % 4)) || echo $((16384 << (i / 4 % 2))) >"$buckets"
	done
	busywait 10 flows 0 || fail "flows: $(ka gw -j flow count)"
	policy gw late on forward keepalive 60s
	busywait 20 flows "$count" || fail "flows: $(ka gw -j flow count)"
	carry cl 7 sv 7
	ka gw policy flush
	busywait 20 entries || fail "entries are held"
	unload
	gone
}

# The last policy has just arrived when the module is asked to leave.
unloads()
{
	local -i i

	many
	for ((i = 0; i < rounds; i++)); do
		load
		policy gw late on forward keepalive 60s
		unload
	done
	carry cl 7 sv 7
	busywait 20 entries || fail "entries are held"
	gone
}

flushed()
{
	local -i i

	many
	load
	for ((i = 0; i < 5; i++)); do
		policy gw late on forward keepalive 60s
		in_ns gw conntrack -F 2>/dev/null
		ka gw policy flush
		carry cl 7 sv 7
	done
	busywait 20 entries || fail "entries are held"
	unload
	gone
}

# The gateway goes in the middle of it; nf_conntrack must not wait for ever.
namespace_goes()
{
	many
	load
	policy gw late on forward keepalive 60s
	ip netns delete "${ns[gw]}"
	busywait 30 links_gone || fail "the namespace does not go"
	unload
}

links_gone()
{
	! ip -n "${ns[cl]}" link show gw >/dev/null 2>&1
}

need_modules nf_tables nft_ct nf_conntrack
buckets=/sys/module/nf_conntrack/parameters/hashsize
topology cl gw sv
ends cl:cl sv:sv
in_ns gw nft -f - <<-RULES || skip_all "no nft"
	table inet filter {
		chain forward {
			type filter hook forward priority 0
			ct state invalid drop
		}
	}
RULES
for_each_family "policies come and go" come_and_go
for_each_family "the module unloads" unloads
for_each_family "the table is flushed" flushed
use_family ipv4
try "the namespace goes" namespace_goes
finish
