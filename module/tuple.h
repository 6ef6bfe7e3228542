/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - from an skb to the key of its connection and the facts of its segment
 */
#ifndef TCPKA_TUPLE_H
#define TCPKA_TUPLE_H

#include "types.h"

struct net;
struct sk_buff;
struct nf_hook_state;

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
bool tcpka_tuple_options(struct tcpka_segment *seg, const u8 *opt,
			 unsigned int len);

#endif /* TCPKA_TUPLE_H */
