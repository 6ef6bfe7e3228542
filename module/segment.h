/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - segments in an end's name: build, route, send
 */
#ifndef TCPKA_SEGMENT_H
#define TCPKA_SEGMENT_H

#include "types.h"

struct sk_buff;
struct tcphdr;

/**
 * enum tcpka_send - what to send
 * @TCPKA_SEND_PROBE: keepalive, one below what the end expects
 * @TCPKA_SEND_ASK: the same to learn its number, before or after a RST
 * @TCPKA_SEND_RST: exactly what the end expects; in a handshake, to the
 *	responder alone
 * @TCPKA_SEND_FIN: the FIN that the end gets, once or again
 * @TCPKA_SEND_ACK: acknowledges what the end has sent, after that FIN
 */
enum tcpka_send {
	TCPKA_SEND_PROBE,
	TCPKA_SEND_ASK,
	TCPKA_SEND_RST,
	TCPKA_SEND_FIN,
	TCPKA_SEND_ACK,
};

/*
 * From what precedes an end's window to what is beyond it (RFC 7323 2.3: it is
 * smaller than 2^30); less than half of all numbers.
 */
#define TCPKA_BEYOND		((u32)BIT(30) + 1)

#define TCPKA_OUTBOX_MAX	4

/**
 * struct tcpka_outbox - segments built under a flow's lock, sent without it
 * @n: how many
 * @seg: each with its skb (NULL if there was no memory), the end that it is
 *	for and what it is
 */
struct tcpka_outbox {
	unsigned int n;
	struct {
		struct sk_buff *skb;
		u8 to;
		u8 what;
	} seg[TCPKA_OUTBOX_MAX];
};

/**
 * struct tcpka_wire - what goes into a segment's headers
 * @saddr: address of the end in whose name it is sent
 * @daddr: address of the end that it is for
 * @sport: port of the end in whose name it is sent
 * @dport: port of the end that it is for
 * @seq: sequence number
 * @ack: acknowledgment number
 * @tsval: timestamp, where @ts
 * @tsecr: echoed timestamp, where @ts
 * @win: window field
 * @rst: RST flag
 * @noack: without ACK flag, which is set otherwise
 * @fin: FIN flag
 * @ts: with timestamp option
 * @ttl: time to live or hop limit
 * @dsfield: DS field
 * @flowlabel: IPv6 flow label
 */
struct tcpka_wire {
	union nf_inet_addr saddr;
	union nf_inet_addr daddr;
	__be16 sport;
	__be16 dport;
	u32 seq;
	u32 ack;
	u32 tsval;
	u32 tsecr;
	u16 win;
	u8 rst:1;
	u8 noack:1;
	u8 fin:1;
	u8 ts:1;
	u8 ttl;
	u8 dsfield;
	__be32 flowlabel;
};

struct sk_buff *tcpka_segment_build(u8 family, const struct tcpka_wire *w);
void tcpka_segment_put(struct tcpka_outbox *box, struct tcpka_flow *flow,
		       unsigned int to, enum tcpka_send what);
void tcpka_segment_flush(struct tcpka_outbox *box, struct tcpka_flow *flow,
			 const struct tcpka_policy *policy);
int tcpka_segment_way(const struct tcpka_flow *flow, unsigned int from);

/* segment_ipv4.c, segment_ipv6.c */
void tcpka_segment_ipv4_put(struct sk_buff *skb, const struct tcpka_wire *w);
void tcpka_segment_ipv4_csum(struct sk_buff *skb, struct tcphdr *th,
			     unsigned int len);
int tcpka_segment_ipv4_route(struct sk_buff *skb);
int tcpka_segment_ipv4_send(struct net *net, struct sk_buff *skb);
void tcpka_segment_ipv6_put(struct sk_buff *skb, const struct tcpka_wire *w);
void tcpka_segment_ipv6_csum(struct sk_buff *skb, struct tcphdr *th,
			     unsigned int len);
int tcpka_segment_ipv6_route(struct net *net, struct sk_buff *skb);
int tcpka_segment_ipv6_send(struct net *net, struct sk_buff *skb);

#endif /* TCPKA_SEGMENT_H */
