/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - what nearly all segments of established connections are
 *
 * In its headers nothing but what is common, of a flow of which nothing is in
 * doubt, with the next numbers: all that such a segment teaches is when it came,
 * and how far its end is. What hook_segment.c, tuple.c and learn.c do in general
 * is here in short, and the same: whatever is anything else is for them. This is
 * what each segment costs: so it becomes one function for each family, in a file of
 * its own, that for such a one calls nothing, where there is no conntrack, but what
 * the kernel has.
 *
 * Such a file sets TCPKA_FAST_FAMILY and TCPKA_FAST_REACH, and has what is declared
 * here last.
 */
#ifndef TCPKA_FASTPATH_PRIV_H
#define TCPKA_FASTPATH_PRIV_H

#include <linux/netfilter.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/tcp.h>

#include "clock.h"
#include "conntrack.h"
#include "fastpath.h"
#include "hook_segment.h"
#include "learn.h"
#include "reach.h"
#include "seqstate_next.h"
#include "tuple.h"
#include "tuple_hash.h"

/*
 * For a variable whose fields are all written before they are read: with
 * CONFIG_INIT_STACK_ALL_ZERO to clear it first is as dear as all that follows.
 */
#if __has_attribute(__uninitialized__)
#define tcpka_uncleared	__attribute__((__uninitialized__))
#else
#define tcpka_uncleared
#endif

/**
 * tcpka_fast_tcp() - read a TCP header
 * @skb: the segment
 * @thoff: where its TCP header begins, as skb_header_pointer() counts
 * @seg: to fill
 *
 * Return: false if it has other flags than ACK, PSH and what is no matter here, or
 * options but a timestamp as all send it, or does not lie in one piece.
 */
static __always_inline bool tcpka_fast_tcp(const struct sk_buff *skb,
					   unsigned int thoff,
					   struct tcpka_segment *seg)
{
	const struct tcphdr *th = (const void *)(skb->data + thoff);
	const u8 *opt = (const u8 *)(th + 1);
	unsigned int there = skb_headlen(skb);
	unsigned int hlen = sizeof(*th);
	bool ts;

	if (there < thoff + sizeof(*th))
		return false;
	if ((tcp_flag_word(th) & (TCP_FLAG_ACK | TCP_FLAG_SYN | TCP_FLAG_FIN |
				  TCP_FLAG_RST)) != TCP_FLAG_ACK)
		return false;
	ts = th->doff == (sizeof(*th) + TCPOLEN_TSTAMP_ALIGNED) / 4;
	if (ts) {
		hlen += TCPOLEN_TSTAMP_ALIGNED;
		if (there < thoff + hlen ||
		    get_unaligned_be32(opt) != TCPKA_OPT_TS_ALIGNED)
			return false;
	} else if (th->doff != sizeof(*th) / 4) {
		return false;
	}
	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->win = ntohs(th->window);
	seg->len = skb->len - thoff - hlen;
	seg->end = seg->seq + seg->len;
	seg->syn = 0;
	seg->has_ts = ts;
	seg->tsval = ts ? get_unaligned_be32(opt + 4) : 0;
	return true;
}

/**
 * tcpka_fast_common() - whether there is nothing more to a segment
 * @skb: the segment
 * @state: of the hook
 *
 * That is, a VRF, a bridge or IPsec. What comes back from a queue of
 * nfnetlink_queue is in no softirq.
 */
static __always_inline bool
tcpka_fast_common(struct sk_buff *skb, const struct nf_hook_state *state)
{
	return in_softirq() && !netif_is_l3_master(state->in) &&
	       !netif_is_l3_slave(state->in) && !skb_has_extensions(skb);
}

/*
 * Whether a segment of an end, in its turn, can say nothing but that: nobody
 * waits for an answer of it, and nothing of the flow is in doubt.
 */
static __always_inline bool tcpka_fast_calm(const struct tcpka_flow *flow,
					    const struct tcpka_end *end,
					    const struct tcpka_end *other)
{
	if (flow->phase != TCPKA_LIVE ||
	    flow->state != TCPKA_STATE_ESTABLISHED || flow->reset_by ||
	    flow->aborted || flow->adopted || flow->fin_due || flow->claims ||
	    other->answers_due)
		return false;
	/* see tcpka_learn_both_from() */
	if (flow->picked && !end->iif)
		return false;
	return !end->unanswered && !end->failing && !end->queried &&
	       !end->unsure;
}

/**
 * tcpka_fast_learn() - learn from a segment
 * @flow: the flow; its lock is held
 * @skb: the segment
 * @pkt: what was read of it, but @oif
 *
 * Return: false if it does not come in its turn, and nothing was learned.
 */
static __always_inline bool tcpka_fast_learn(struct tcpka_flow *flow,
					     const struct sk_buff *skb,
					     const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;
	struct tcpka_end *end = &flow->end[pkt->dir];
	struct tcpka_end *other = &flow->end[!pkt->dir];
	int news;
	u32 now;

	/* or they are worked out from the index again, for each of their fields */
	OPTIMIZER_HIDE_VAR(end);
	OPTIMIZER_HIDE_VAR(other);
	if (!tcpka_fast_calm(flow, end, other))
		return false;
	if (skb_nfct(skb) && !tcpka_conntrack_same(flow, skb))
		return false;
	news = tcpka_seq_next(&end->seq, &other->seq, seg);
	if (news < 0)
		return false;
	now = tcpka_now();
	if (flow->kept)
		flow->kept = 0;
	/* compared first: the cache line stays clean as long as nothing moves */
	if (end->seen != now)
		end->seen = now;
	news = tcpka_learn_arrived(end, other, news);
	if (flow->data != now && news & TCPKA_NEWS_DATA)
		flow->data = now;
	if (flow->stir != now && (seg->len || news))
		flow->stir = now;
	tcpka_learn_path(end, pkt);
	return true;
}

/**
 * tcpka_fast_take() - tcpka_fast_learn() of one that may be learned from
 * @flow: the flow, under RCU, softirqs held off
 * @skb: the segment
 * @state: of the hook
 * @pkt: what was read of its headers
 *
 * Return: as there.
 */
static __always_inline bool
tcpka_fast_take(struct tcpka_flow *flow, const struct sk_buff *skb,
		const struct nf_hook_state *state, struct tcpka_packet *pkt)
{
	bool done;

	pkt->mark = skb->mark;
	pkt->iif = state->in->ifindex;
	spin_lock(&flow->lock);
	done = tcpka_fast_learn(flow, skb, pkt);
	spin_unlock(&flow->lock);
	return done;
}

static __always_inline u32 tcpka_fast_hash(const void *data, u32 len, u32 seed)
{
	const struct tcpka_lookup *what = data;

	return tcpka_tuple_hash(what->key, TCPKA_FAST_FAMILY, what->secret,
				seed);
}

static __always_inline int tcpka_fast_cmp(struct rhashtable_compare_arg *arg,
					  const void *obj)
{
	const struct tcpka_lookup *what = arg->key;
	const struct tcpka_flow *flow = obj;

	return !tcpka_tuple_same(&flow->key, what->key, TCPKA_FAST_FAMILY);
}

/* As table.c has it; only to find what is there. */
static const struct rhashtable_params tcpka_fast_params = {
	.head_offset	= offsetof(struct tcpka_flow, node),
	.key_len	= sizeof(struct tcpka_lookup),
	.hashfn		= tcpka_fast_hash,
	.obj_cmpfn	= tcpka_fast_cmp,
};

/*
 * What a file for a family has itself: whether a segment's headers are common, and
 * lead to a key; and whether its checksum, summed up without the addresses, is right.
 */
static bool tcpka_fast_read(const struct sk_buff *skb, struct tcpka_packet *pkt,
			    struct tcpka_tuple *key);
static bool tcpka_fast_sum(const struct sk_buff *skb, unsigned int len,
			   __wsum sum);

/* As tcpka_tuple_intact(), but that it may be intact where this says no. */
static __always_inline bool tcpka_fast_intact(struct net *net,
					      const struct sk_buff *skb,
					      unsigned int thoff)
{
	unsigned int len = skb->len - thoff;

	if (tcpka_tuple_checked(net, skb))
		return true;
	return !skb_is_nonlinear(skb) &&
	       tcpka_fast_sum(skb, len, csum_partial(skb->data + thoff, len, 0));
}

/**
 * tcpka_fast_path() - take what may be of a flow
 * @tn: the namespace
 * @skb: the packet
 * @state: of the hook
 *
 * Apart from tcpka_fast_hook(), whose frame on the stack is small.
 *
 * Return: the verdict.
 */
static noinline unsigned int tcpka_fast_path(struct tcpka_net *tn,
					     struct sk_buff *skb,
					     const struct nf_hook_state *state)
{
	struct tcpka_packet pkt tcpka_uncleared;
	struct tcpka_tuple key tcpka_uncleared;
	const struct tcpka_lookup what = { .key = &key, .secret = tn->secret };
	struct tcpka_flow *flow;

	if (!tcpka_fast_common(skb, state) ||
	    !tcpka_fast_read(skb, &pkt, &key))
		goto general;
	key.unused = 0;
	key.l3mdev = 0;
	key.zone = skb_nfct(skb) ? tcpka_tuple_zone(skb) : 0;
	flow = rhashtable_lookup(&tn->flows, &what, tcpka_fast_params);
	if (!flow) {
		/* nobody's; can it begin one (tcpka_hook_begins())? */
		if (pkt.seg.len)
			goto general;
		return NF_ACCEPT;
	}
	/* without its lock: what opens or closes is not even summed up here */
	if (READ_ONCE(flow->state) == TCPKA_STATE_ESTABLISHED &&
	    tcpka_fast_intact(tn->net, skb, pkt.thoff) &&
	    tcpka_fast_take(flow, skb, state, &pkt))
		return NF_ACCEPT;
general:
	return tcpka_hook_segment(tn, skb, state);
}

/**
 * tcpka_fast_hook() - take a packet
 * @tn: the namespace
 * @skb: at the last hook of FORWARD, its network header valid; not changed
 * @state: of that hook
 *
 * Return: the verdict.
 */
static __always_inline unsigned int
tcpka_fast_hook(struct tcpka_net *tn, struct sk_buff *skb,
		const struct nf_hook_state *state)
{
	const struct tcpka_rules *rules = rcu_dereference(tn->rules);

	if (rules) {
		const struct tcpka_reach *reach =
			&rules->reach[TCPKA_FAST_REACH];

		if (!reach->all && tcpka_reach_beyond(reach, skb, state->pf))
			return NF_ACCEPT;
	}
	return tcpka_fast_path(tn, skb, state);
}

#endif /* TCPKA_FASTPATH_PRIV_H */
