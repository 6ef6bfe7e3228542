# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Rules of nft that several tests need. Sourced after lib.sh.

# firewall_beyond NODE: lets through what it knows, which it forgets after 60 s,
# and resets the rest.
firewall_beyond()
{
	in_ns "$1" nft -f - <<-RULES || skip_all "no nft"
		table inet firewall {
			chain forward {
				type filter hook forward priority 0
				tcp flags & (syn | ack) == syn accept
				ct state established accept
				reject with tcp reset
			}
		}
	RULES
	in_ns "$1" sysctl -qw \
		net.netfilter.nf_conntrack_tcp_timeout_established=60 \
		net.netfilter.nf_conntrack_tcp_loose=0
}

# flowtable DEVICE DEVICE: the gateway hands connections to port 8001 to it.
flowtable()
{
	in_ns gw nft -f - <<-RULES || skip_all "no flowtable"
		table inet filter {
			flowtable fast {
				hook ingress priority 0
				devices = { $1, $2 }
			}
			chain forward {
				type filter hook forward priority 0
				tcp dport 8001 ct state established flow add @fast
			}
		}
	RULES
}

# masquerade: the gateway does, and drops what conntrack takes for invalid.
masquerade()
{
	in_ns gw nft -f - <<-RULES || skip_all "no nft"
		table inet nat {
			chain out {
				type nat hook postrouting priority 100
				oifname sv masquerade
			}
			chain forward {
				type filter hook forward priority 0
				ct state invalid drop
			}
		}
	RULES
}
