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
 * the kernel has; and it reads a header where it is needed, lest it be kept in the
 * meantime. What was found until it turns out to be none is handed on.
 *
 * Such a file sets TCPKA_FAST_FAMILY, TCPKA_FAST_REACH, TCPKA_FAST_LABELLED (its header
 * has a flow label), tcpka_fast_ip (the header), and has what is declared here first.
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
#include "table.h"
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

/* What a file for a family has itself. */

/* Whether nothing but TCP follows: no option, and no fragment. */
static bool tcpka_fast_ip_only(const struct tcpka_fast_ip *nh);

/*
 * Fills in addresses, ports and family; @dir is the index of the sender. Returns
 * false if both ends have one address, and their ports would tell.
 */
static bool tcpka_fast_key(struct tcpka_tuple *key, u8 *dir,
			   const struct tcpka_fast_ip *nh,
			   const struct tcphdr *th);

static u8 tcpka_fast_ttl(const struct tcpka_fast_ip *nh);
static u8 tcpka_fast_dsfield(const struct tcpka_fast_ip *nh);

/* Host byte order; 0 if the family has none, as of all its ends. */
static u32 tcpka_fast_flowlabel(const struct tcpka_fast_ip *nh);

static __always_inline const struct tcpka_fast_ip *
tcpka_fast_nh(const struct sk_buff *skb)
{
	return (const void *)skb_network_header(skb);
}

static __always_inline const struct tcphdr *
tcpka_fast_th(const struct tcpka_fast_ip *nh)
{
	return (const void *)(nh + 1);
}

/* As tcpka_tuple.ports; @last: the sender is end 1. */
static __always_inline u32 tcpka_fast_ports(const struct tcphdr *th, bool last)
{
	u32 ports = get_unaligned((const u32 *)th);

	return last ? rol32(ports, 16) : ports;
}

/* Bytes of a segment, its header included. */
static __always_inline unsigned int
tcpka_fast_len(const struct sk_buff *skb, const struct tcpka_fast_ip *nh)
{
	return skb->len - (unsigned int)((const u8 *)nh - skb->data) -
	       sizeof(*nh);
}

/* Whether so many bytes from @th on are in the head of @skb. */
static __always_inline bool tcpka_fast_there(const struct sk_buff *skb,
					     const struct tcphdr *th,
					     unsigned int len)
{
	return (const u8 *)th + len <= skb_tail_pointer(skb);
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

/* The length of the header, and what says more than ACK and PSH do. */
#define TCPKA_FAST_WORD		(cpu_to_be32(0xf0000000) | TCP_FLAG_ACK | \
				 TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST)

/* What that is without options, and with a timestamp as all send it. */
#define TCPKA_FAST_BARE		(cpu_to_be32(0x50000000) | TCP_FLAG_ACK)
#define TCPKA_FAST_STAMPED	(cpu_to_be32(0x80000000) | TCP_FLAG_ACK)

static __always_inline bool tcpka_fast_stamped(const struct tcphdr *th)
{
	return (tcp_flag_word(th) & TCPKA_FAST_WORD) == TCPKA_FAST_STAMPED;
}

/**
 * tcpka_fast_plain() - whether a TCP header says no more than an acknowledgment
 * @skb: the segment
 * @th: its header, which is there without its options
 *
 * Return: false if it has other flags than ACK, PSH and what is no matter here, or
 * options but a timestamp as all send it.
 */
static __always_inline bool tcpka_fast_plain(const struct sk_buff *skb,
					     const struct tcphdr *th)
{
	if (tcpka_fast_stamped(th))
		return tcpka_fast_there(skb, th, sizeof(*th) +
						 TCPOLEN_TSTAMP_ALIGNED) &&
		       get_unaligned_be32(th + 1) == TCPKA_OPT_TS_ALIGNED;
	return (tcp_flag_word(th) & TCPKA_FAST_WORD) == TCPKA_FAST_BARE;
}

/* Of the two lengths the bit that only the longer one has. */
#define TCPKA_FAST_LONGER	cpu_to_be32(0x80000000)

/* Reads one that tcpka_fast_plain() is true of. */
static __always_inline void tcpka_fast_segment(struct tcpka_segment *seg,
					       const struct sk_buff *skb,
					       const struct tcpka_fast_ip *nh)
{
	const struct tcphdr *th = tcpka_fast_th(nh);

	seg->has_ts = tcp_flag_word(th) & TCPKA_FAST_LONGER;
	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->win = ntohs(th->window);
	seg->len = tcpka_fast_len(skb, nh) - sizeof(*th) -
		   (seg->has_ts ? TCPOLEN_TSTAMP_ALIGNED : 0);
	seg->end = seg->seq + seg->len;
	seg->tsval = seg->has_ts ?
		     get_unaligned_be32((const u8 *)(th + 1) + 4) : 0;
}

/* The other of a flow's two ends, without asking which is which. */
static __always_inline struct tcpka_end *
tcpka_fast_other(struct tcpka_flow *flow, const struct tcpka_end *end)
{
	return (void *)((unsigned long)&flow->end[0] +
			(unsigned long)&flow->end[1] - (unsigned long)end);
}

/* Whether a segment of a flow can tell no more than it does in its turn. */
static __always_inline bool tcpka_fast_routine(struct tcpka_flow *flow,
					       const struct sk_buff *skb)
{
	if (!flow->routine) {
		if (!tcpka_learn_routine(flow))
			return false;
		flow->routine = 1;
	}
	return !skb_nfct(skb) || tcpka_conntrack_same(flow, skb);
}

/**
 * tcpka_fast_learn() - learn from a segment
 * @flow: the flow; its lock is held
 * @end: the sender
 * @skb: the segment, tcpka_fast_plain()
 * @state: of the hook
 * @nh: its header
 *
 * Return: false if it does not come in its turn, and nothing was learned.
 */
static __always_inline bool tcpka_fast_learn(struct tcpka_flow *flow,
					     struct tcpka_end *end,
					     const struct sk_buff *skb,
					     const struct nf_hook_state *state,
					     const struct tcpka_fast_ip *nh)
{
	struct tcpka_segment seg tcpka_uncleared;
	struct tcpka_end *other = tcpka_fast_other(flow, end);
	int news;
	u32 now;

	/* or it is worked out again, for each of its fields */
	OPTIMIZER_HIDE_VAR(other);
	if (!tcpka_fast_routine(flow, skb))
		return false;
	tcpka_fast_segment(&seg, skb, nh);
	news = tcpka_seq_next(&end->seq, &other->seq, &seg);
	if (news < 0)
		return false;
	now = tcpka_now();
	end->seen = now;
	if (news) {
		news = tcpka_learn_arrived(end, other, news);
		if (news & TCPKA_NEWS_DATA)
			flow->data = now;
		flow->stir = now;
	}
	tcpka_learn_way(end, skb->mark, state->in->ifindex, tcpka_fast_ttl(nh),
			tcpka_fast_dsfield(nh),
			TCPKA_FAST_LABELLED ? tcpka_fast_flowlabel(nh) :
					      end->flowlabel);
	return true;
}

/*
 * As tcpka_table_lookup(), with a key that need not be in memory, but in the present
 * table only. Returns 1 with the flow, 0 where there is none, or a negative number
 * where it may be on its way to another table, or the walk has been led to another
 * bucket by one that was.
 */
static __always_inline int tcpka_fast_find(struct tcpka_net *tn,
					   const struct tcpka_tuple *key,
					   struct tcpka_flow **found)
{
	struct bucket_table *tbl = rht_dereference_rcu(tn->flows.tbl, &tn->flows);
	u32 hash = rht_bucket_index(tbl, tcpka_tuple_hash(key, TCPKA_FAST_FAMILY,
							  tn->secret,
							  tbl->hash_rnd));
	struct rhash_lock_head __rcu *const *bucket = rht_bucket(tbl, hash);
	struct tcpka_flow *flow;
	struct rhash_head *pos;

	rht_for_each_entry_rcu_from(flow, pos, rht_ptr_rcu(bucket), tbl, hash,
				    node) {
		if (tcpka_tuple_same(&flow->key, key, TCPKA_FAST_FAMILY)) {
			*found = flow;
			return 1;
		}
	}
	/* pairs with rhashtable's, where a bucket's flows have left it */
	smp_rmb();
	if (pos != RHT_NULLS_MARKER(bucket) ||
	    rcu_access_pointer(tbl->future_tbl))
		return -EAGAIN;
	return 0;
}

/*
 * All of a key, with what an IPv4 address leaves free of it: that is compared and
 * copied, too.
 */
static __always_inline void tcpka_fast_fill(struct tcpka_tuple *key, u8 *dir,
					    const struct sk_buff *skb,
					    const struct tcpka_fast_ip *nh)
{
	/* it was a key when it was read before, and nobody should have changed it */
	*dir = 0;
	memset(key, 0, sizeof(*key));
	tcpka_fast_key(key, dir, nh, tcpka_fast_th(nh));
	key->zone = skb_nfct(skb) ? tcpka_tuple_zone(skb) : 0;
}

/* Where tcpka_fast_find() cannot tell: in all tables, as rhashtable does. */
static noinline struct tcpka_flow *
tcpka_fast_find_moved(struct tcpka_net *tn, const struct sk_buff *skb,
		      const struct tcpka_fast_ip *nh)
{
	struct tcpka_tuple key;
	u8 dir;

	tcpka_fast_fill(&key, &dir, skb, nh);
	return tcpka_table_lookup(tn, &key);
}

/* As tcpka_tuple_intact(), but that it may be intact where this says no. */
static __always_inline bool tcpka_fast_intact(struct net *net,
					      const struct sk_buff *skb,
					      const struct tcpka_fast_ip *nh)
{
	const u8 *from = (const u8 *)&nh->saddr;
	unsigned int len;

	if (tcpka_tuple_checked(net, skb))
		return true;
	if (skb_is_nonlinear(skb))
		return false;
	/* both addresses are in one piece with what follows, and summed up with it */
	len = skb_tail_pointer(skb) - from;
	return !csum_fold(csum_partial(from, len, (__force __wsum)
				       htonl(len - 2 * sizeof(nh->saddr) +
					     IPPROTO_TCP)));
}

/**
 * tcpka_fast_hand_on() - have the general path take what was found
 * @tn: the namespace
 * @skb: the segment, whose IP header is tcpka_fast_ip_only(), and whose TCP header
 *	is there without its options
 * @state: of the hook
 * @flow: the connection's, NULL where there is none
 * @intact: its checksum is right; else that is not known
 *
 * Return: the verdict.
 */
static noinline unsigned int
tcpka_fast_hand_on(struct tcpka_net *tn, struct sk_buff *skb,
		   const struct nf_hook_state *state, struct tcpka_flow *flow,
		   bool intact)
{
	const struct tcpka_fast_ip *nh = tcpka_fast_nh(skb);
	const struct tcphdr *th = tcpka_fast_th(nh);
	struct tcpka_packet pkt tcpka_uncleared;

	if (th->doff * 4 < sizeof(*th) ||
	    !tcpka_fast_there(skb, th, th->doff * 4) ||
	    !tcpka_tuple_tcp(&pkt.seg, th, tcpka_fast_len(skb, nh)))
		return tcpka_hook_segment(tn, skb, state);
	tcpka_fast_fill(&pkt.key, &pkt.dir, skb, nh);
	pkt.ttl = tcpka_fast_ttl(nh);
	pkt.dsfield = tcpka_fast_dsfield(nh);
	pkt.flowlabel = tcpka_fast_flowlabel(nh);
	pkt.mark = skb->mark;
	pkt.iif = state->in->ifindex;
	pkt.oif = state->out->ifindex;
	pkt.thoff = (const u8 *)th - skb->data;
	pkt.bridged = false;
	return tcpka_hook_found(tn, skb, &pkt, flow, intact);
}

/* Whether a segment of no flow may begin one (tcpka_hook_begins()). */
static __always_inline bool tcpka_fast_begins(const struct tcpka_net *tn,
					      const struct sk_buff *skb,
					      const struct tcpka_fast_ip *nh)
{
	const struct tcpka_rules *rules = rcu_dereference(tn->rules);
	const struct tcphdr *th = tcpka_fast_th(nh);

	if (rules && !tcpka_reach_begins(&rules->reach[TCPKA_FAST_REACH],
					 skb->mark))
		return false;
	return !tcpka_fast_plain(skb, th) ||
	       tcpka_fast_len(skb, nh) > th->doff * 4;
}

/**
 * tcpka_fast_path() - take what may be of a flow
 * @tn: the namespace
 * @skb: the packet
 * @state: of the hook
 *
 * Return: the verdict.
 */
static noinline unsigned int tcpka_fast_path(struct tcpka_net *tn,
					     struct sk_buff *skb,
					     const struct nf_hook_state *state)
{
	const struct tcpka_fast_ip *nh = tcpka_fast_nh(skb);
	const struct tcphdr *th = tcpka_fast_th(nh);
	struct tcpka_tuple key tcpka_uncleared;
	struct tcpka_flow *flow;
	struct tcpka_end *end;
	bool done;
	size_t at;
	int found;
	u8 dir;

	if (!tcpka_fast_common(skb, state) || !tcpka_fast_ip_only(nh) ||
	    !tcpka_fast_there(skb, th, sizeof(*th)) ||
	    !tcpka_fast_key(&key, &dir, nh, th))
		return tcpka_hook_segment(tn, skb, state);
	at = dir ? offsetof(struct tcpka_flow, end[1]) :
		   offsetof(struct tcpka_flow, end[0]);
	/* or both addresses are kept, to be compared again */
	OPTIMIZER_HIDE_VAR(at);
	key.unused = 0;
	key.l3mdev = 0;
	key.zone = skb_nfct(skb) ? tcpka_tuple_zone(skb) : 0;
	found = tcpka_fast_find(tn, &key, &flow);
	if (unlikely(found <= 0)) {
		flow = found ? tcpka_fast_find_moved(tn, skb, nh) : NULL;
		if (!flow)
			return tcpka_fast_begins(tn, skb, nh) ?
			       tcpka_fast_hand_on(tn, skb, state, NULL, false) :
			       NF_ACCEPT;
	}
	end = (void *)flow + at;
	OPTIMIZER_HIDE_VAR(end);
	if (!tcpka_fast_intact(tn->net, skb, nh))
		return tcpka_fast_hand_on(tn, skb, state, flow, false);
	/* its state is read without its lock: what opens or closes needs none here */
	if (!tcpka_fast_plain(skb, th) ||
	    READ_ONCE(flow->state) != TCPKA_STATE_ESTABLISHED)
		return tcpka_fast_hand_on(tn, skb, state, flow, true);
	spin_lock(&flow->lock);
	done = tcpka_fast_learn(flow, end, skb, state, nh);
	/* or the address of its lock is kept */
	OPTIMIZER_HIDE_VAR(flow);
	spin_unlock(&flow->lock);
	return done ? NF_ACCEPT :
		      tcpka_fast_hand_on(tn, skb, state, flow, true);
}

/* Apart from tcpka_fast_hook(), which needs no stack without it. */
static noinline unsigned int tcpka_fast_reach(struct tcpka_net *tn,
					      struct sk_buff *skb,
					      const struct nf_hook_state *state,
					      const struct tcpka_reach *reach)
{
	if (tcpka_reach_beyond(reach, skb, state->pf))
		return NF_ACCEPT;
	return tcpka_fast_path(tn, skb, state);
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

	if (rules && !rules->reach[TCPKA_FAST_REACH].all)
		return tcpka_fast_reach(tn, skb, state,
					&rules->reach[TCPKA_FAST_REACH]);
	return tcpka_fast_path(tn, skb, state);
}

#endif /* TCPKA_FASTPATH_PRIV_H */
