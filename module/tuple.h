/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - from an skb to the key of its connection and the facts of its segment
 */
#ifndef TCPKA_TUPLE_H
#define TCPKA_TUPLE_H

#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "types.h"

struct nf_hook_state;

/* How a timestamp option is sent with nothing else: RFC 7323 appendix A. */
#define TCPKA_OPT_TS_ALIGNED	((TCPOPT_NOP << 24) | (TCPOPT_NOP << 16) | \
				 (TCPOPT_TIMESTAMP << 8) | TCPOLEN_TIMESTAMP)

/**
 * enum tcpka_parsed - what tcpka_tuple_parse() made of an skb
 * @TCPKA_PARSED: a TCP segment
 * @TCPKA_NOT_TCP: something else, or a fragment: none of our business
 * @TCPKA_MALFORMED: TCP, but broken
 */
enum tcpka_parsed {
	TCPKA_PARSED,
	TCPKA_NOT_TCP,
	TCPKA_MALFORMED,
};

/**
 * struct tcpka_packet - one segment on its way through the FORWARD hook
 * @key: key of its connection
 * @seg: what TCP says
 * @dir: which end of @key sent it
 * @ttl: time to live or hop limit, already decremented for this hop
 * @dsfield: DS field
 * @flowlabel: IPv6 flow label, host byte order, 0 for IPv4
 * @mark: skb mark
 * @iif: index of the device through which it came in, the port of a VRF
 * @oif: index of the device through which it is to leave
 * @thoff: where its TCP header begins, as skb_header_pointer() counts
 * @bridged: it is bridged, not routed, by br_netfilter
 */
struct tcpka_packet {
	struct tcpka_tuple key;
	struct tcpka_segment seg;
	u8 dir;
	u8 ttl;
	u8 dsfield;
	u32 flowlabel;
	u32 mark;
	int iif;
	int oif;
	unsigned int thoff;
	u8 bridged:1;
};

enum tcpka_parsed tcpka_tuple_parse(const struct sk_buff *skb,
				    const struct nf_hook_state *state,
				    struct tcpka_packet *pkt);
bool tcpka_tuple_ports(const struct sk_buff *skb, u8 pf, u16 port[2]);
unsigned int tcpka_tuple_opener(const struct sk_buff *skb,
				const struct tcpka_packet *pkt, bool *guessed);
void tcpka_tuple_subject(const struct sk_buff *skb,
			 const struct tcpka_packet *pkt,
			 struct tcpka_subject *subject);
bool tcpka_tuple_intact(struct net *net, const struct sk_buff *skb,
			const struct tcpka_packet *pkt);
u16 tcpka_tuple_zone(const struct sk_buff *skb);
bool tcpka_tuple_normalise(struct tcpka_tuple *key,
			   const union nf_inet_addr *saddr,
			   const union nf_inet_addr *daddr,
			   __be16 sport, __be16 dport, u8 *dir);
bool tcpka_tuple_tcp(struct tcpka_segment *seg, const struct tcphdr *th,
		     unsigned int all);
bool tcpka_tuple_options(struct tcpka_segment *seg, const u8 *opt,
			 unsigned int len);

/**
 * tcpka_tuple_checked() - whether somebody has summed a segment up before
 * @net: the namespace
 * @skb: the segment, at FORWARD
 *
 * skb->csum_valid would not do: it may be left of the packet that this one came in
 * (__skb_checksum_validate()).
 */
static inline bool tcpka_tuple_checked(struct net *net,
				       const struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		return true;
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return skb_checksum_start_offset(skb) >= 0;
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	/* what is wrong gets no entry from conntrack (tcp_error()) */
	return skb_nfct(skb) && READ_ONCE(net->ct.sysctl_checksum);
#else
	return false;
#endif
}

#endif /* TCPKA_TUPLE_H */
