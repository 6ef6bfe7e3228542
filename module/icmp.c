// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - ICMP errors that segments of ours have caused
 *
 * A router that cannot deliver a segment tells its source (RFC 792, RFC 4443),
 * and that is an end that has sent nothing: its TCP would note the error, and
 * its program might be shown it.  So what a segment of ours has caused goes no
 * further.  What an end's own segments have caused passes, and in doubt so does
 * everything.
 *
 * An error quotes the segment: the connection, the number, and how long it was.
 * While an answer is due to a probe, and nothing of that end has passed since,
 * nobody but us has sent an empty segment one below what is expected; and of a
 * connection that tcpka has ended nothing else is sent at all.
 *
 * An error is no answer and no verdict (RFC 1122 4.2.3.9, 4.2.3.6): anybody can
 * make one up.  So nothing is learned from it, and no clock is set.
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/tcp.h>

#include "flow.h"
#include "fsm.h"
#include "icmp.h"
#include "segment.h"
#include "stats.h"
#include "table.h"
#include "trace.h"
#include "tuple.h"

/* Both kinds: type, code, checksum and four more bytes, then the quotation. */
#define TCPKA_ICMP_HLEN		8

/* Routers must quote as much of a segment (RFC 792): ports and number. */
#define TCPKA_ICMP_QUOTED	8

/**
 * struct tcpka_quote - the segment that an ICMP error is about
 * @addr: its source and its destination
 * @at: where its TCP header begins
 * @len: bytes of TCP header and payload that it had
 */
struct tcpka_quote {
	union nf_inet_addr addr[2];
	unsigned int at;
	unsigned int len;
};

static bool tcpka_icmp_ipv4(const struct sk_buff *skb, struct tcpka_quote *q)
{
	const struct iphdr *outer = ip_hdr(skb);
	unsigned int off = skb_network_offset(skb) + ip_hdrlen(skb);
	const struct icmphdr *icmph;
	const struct iphdr *iph;
	struct icmphdr icmp_buf;
	struct iphdr ip_buf;

	if (ip_is_fragment(outer))
		return false;
	icmph = skb_header_pointer(skb, off, sizeof(icmp_buf), &icmp_buf);
	if (!icmph || !icmp_is_err(icmph->type))
		return false;
	off += TCPKA_ICMP_HLEN;
	iph = skb_header_pointer(skb, off, sizeof(ip_buf), &ip_buf);
	if (!iph || iph->version != 4 || iph->protocol != IPPROTO_TCP ||
	    iph->ihl < 5 || ip_is_fragment(iph) ||
	    ntohs(iph->tot_len) < iph->ihl * 4 || iph->saddr != outer->daddr)
		return false;
	q->addr[0].ip = iph->saddr;
	q->addr[1].ip = iph->daddr;
	q->at = off + iph->ihl * 4;
	q->len = ntohs(iph->tot_len) - iph->ihl * 4;
	return true;
}

static bool tcpka_icmp_ipv6(const struct sk_buff *skb, struct tcpka_quote *q)
{
	const struct ipv6hdr *outer = ipv6_hdr(skb);
	const struct icmp6hdr *icmph;
	const struct ipv6hdr *ip6h;
	struct icmp6hdr icmp_buf;
	struct ipv6hdr ip_buf;
	u8 nexthdr = outer->nexthdr;
	__be16 frag_off = 0;
	int off;

	off = ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(*outer),
			       &nexthdr, &frag_off);
	if (off < 0 || nexthdr != IPPROTO_ICMPV6 || frag_off)
		return false;
	icmph = skb_header_pointer(skb, off, sizeof(icmp_buf), &icmp_buf);
	if (!icmph || !icmpv6_is_err(icmph->icmp6_type))
		return false;
	off += TCPKA_ICMP_HLEN;
	ip6h = skb_header_pointer(skb, off, sizeof(ip_buf), &ip_buf);
	/* segments of ours have no extension headers */
	if (!ip6h || ip6h->version != 6 || ip6h->nexthdr != IPPROTO_TCP ||
	    !ipv6_addr_equal(&ip6h->saddr, &outer->daddr))
		return false;
	q->addr[0].in6 = ip6h->saddr;
	q->addr[1].in6 = ip6h->daddr;
	q->at = off + sizeof(*ip6h);
	q->len = ntohs(ip6h->payload_len);
	return true;
}

/* Whether a packet is ICMP at all: all that most of them are asked. */
static bool tcpka_icmp_is(const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == IPPROTO_ICMP;
	return ipv6_hdr(skb)->nexthdr != IPPROTO_TCP;
}

/*
 * The quoted segment's key, sender and number.
 *
 * Return: false if it is none that tcpka might have sent: those are empty, with
 * no option but a timestamp, and no flag but ACK, RST or FIN.
 */
static bool tcpka_icmp_segment(const struct sk_buff *skb,
			       const struct tcpka_quote *q,
			       struct tcpka_packet *pkt)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	if (q->len != sizeof(*th) &&
	    q->len != sizeof(*th) + TCPOLEN_TSTAMP_ALIGNED)
		return false;
	th = skb_header_pointer(skb, q->at, sizeof(*th), &buf);
	if (th && (th->doff * 4 != q->len || th->syn || th->psh || th->urg))
		return false;
	if (!th)
		th = skb_header_pointer(skb, q->at, TCPKA_ICMP_QUOTED, &buf);
	if (!th)
		return false;
	pkt->seg.seq = ntohl(th->seq);
	return tcpka_tuple_normalise(&pkt->key, &q->addr[0], &q->addr[1],
				     th->source, th->dest, &pkt->dir);
}

/* Whether a living flow's end was sent a segment of ours, and is yet to answer. */
static bool tcpka_icmp_due(const struct tcpka_flow *flow, unsigned int to)
{
	const struct tcpka_end *end = &flow->end[to];
	const struct tcpka_end *other = &flow->end[!to];

	if (end->answers_due || (end->asked && end->queried))
		return true;
	/* a RST that passed: the other end is asked, and its sender may be */
	return (flow->reset_by == 1 + !to && end->asked) ||
	       (flow->reset_by == 1 + to && other->asked &&
		tcpka_fsm_reset_carried(flow));
}

/* Whether tcpka has sent an end a segment of that number: see segment.c. */
static bool tcpka_icmp_sent(const struct tcpka_flow *flow, unsigned int to,
			    u32 seq)
{
	const struct tcpka_end *end = &flow->end[to];
	u32 below = end->seq.acked ? end->seq.rcv_nxt - 1 :
				     tcpka_flow_isn(flow);
	bool asked = seq == below || seq == below + TCPKA_BEYOND;

	if (flow->phase == TCPKA_LIVE)
		return tcpka_icmp_due(flow, to) && asked;
	if (flow->phase != TCPKA_TOMB)
		return false;
	if (asked || seq == below + 1)
		return true;
	return end->by_fin && seq - flow->extra->end[to].fin_seq <= 1;
}

static bool tcpka_icmp_caused(struct tcpka_net *tn, const struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	const struct net_device *dev = state->in ? state->in : state->out;
	struct tcpka_packet pkt = {};
	struct tcpka_quote q = {};
	struct tcpka_flow *flow;
	bool ours;

	if (!(state->pf == NFPROTO_IPV4 ? tcpka_icmp_ipv4(skb, &q) :
					  tcpka_icmp_ipv6(skb, &q)))
		return false;
	pkt.key.family = state->pf == NFPROTO_IPV4 ? AF_INET : AF_INET6;
	pkt.key.l3mdev = l3mdev_master_ifindex_rcu(dev);
	pkt.key.zone = tcpka_tuple_zone(skb);
	if (!tcpka_icmp_segment(skb, &q, &pkt))
		return false;
	flow = tcpka_table_lookup(tn, &pkt.key);
	if (!flow)
		return false;
	tcpka_flow_lock_bh(flow);
	ours = tcpka_icmp_sent(flow, !pkt.dir, pkt.seg.seq);
	if (ours) {
		tcpka_count(tn, flow->policy, TCPKA_STAT_REPLIES_ABSORBED);
		trace_tcpka_icmp(flow, !pkt.dir, pkt.seg.seq);
	}
	spin_unlock_bh(&flow->lock);
	return ours;
}

/**
 * tcpka_icmp_ours() - whether an ICMP error is due to a segment of ours
 * @tn: the namespace
 * @skb: any packet at a netfilter hook; where conntrack translates, both it and
 *	what it quotes have been translated back
 * @state: of that hook
 *
 * Counts it. The caller lets it go no further.
 */
bool tcpka_icmp_ours(struct tcpka_net *tn, const struct sk_buff *skb,
		     const struct nf_hook_state *state)
{
	/* nothing is laid out for the many packets that are none */
	return tcpka_icmp_is(skb, state->pf) && atomic_read(&tn->nflows) &&
	       tcpka_icmp_caused(tn, skb, state);
}
