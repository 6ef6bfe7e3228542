// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what passes through this machine, and the fast path did not take
 */

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/tcp.h>

#include "clock.h"
#include "closer.h"
#include "conntrack.h"
#include "flow.h"
#include "hook_segment.h"
#include "learn.h"
#include "policy.h"
#include "segment.h"
#include "stats.h"
#include "table.h"
#include "trace.h"
#include "tuple.h"

static void tcpka_hook_fill(struct tcpka_flow *flow, const struct sk_buff *skb,
			    const struct tcpka_packet *pkt)
{
	u32 now = tcpka_now();

	flow->created = now;
	flow->data = now;
	flow->stir = now;
	flow->end[0].seen = now;
	flow->end[1].seen = now;
	if (pkt->seg.syn)
		tcpka_learn_first(flow, pkt);
	else
		tcpka_learn_picked(flow, skb, pkt);
	tcpka_learn_path(&flow->end[pkt->dir], pkt);
}

static void tcpka_hook_refused(struct tcpka_net *tn,
			       const struct tcpka_policy *policy,
			       const struct tcpka_tuple *key, int err)
{
	tcpka_count(tn, policy, TCPKA_STAT_FLOWS_REFUSED);
	trace_tcpka_refused(key, err);
}

static int tcpka_hook_insert(struct tcpka_flow *flow,
			     struct tcpka_policy *policy)
{
	int err;

	/* locked before it can be found: no one sees it half made */
	tcpka_flow_lock_bh(flow);
	err = tcpka_flow_insert(flow, policy);
	if (!err)
		tcpka_table_yield(flow, true);
	spin_unlock_bh(&flow->lock);
	return err;
}

/*
 * Whether a segment of no flow that is known begins one: a SYN, or payload of
 * a connection that was open already. Bare acknowledgments do not: they are
 * what is easiest to make up, and what comes after a connection has ended.
 */
static bool tcpka_hook_begins(const struct tcpka_net *tn,
			      const struct tcpka_segment *seg)
{
	if (seg->syn)
		return !seg->has_ack;
	return seg->len && seg->has_ack && !seg->rst && !seg->fin &&
	       READ_ONCE(tn->config.pickup);
}

/* A connection that a policy rules, and that is not known yet. */
static int tcpka_hook_track(struct tcpka_net *tn, const struct sk_buff *skb,
			    const struct tcpka_packet *pkt,
			    struct tcpka_policy *policy)
{
	struct tcpka_flow *flow;
	int err = -ENOMEM;

	if (!tcpka_table_charge(tn))
		return -ENOSPC;
	flow = tcpka_flow_alloc(tn, &pkt->key);
	if (!flow)
		goto uncharge;
	/* it begins with a handshake, or gives way to others at first */
	if (!tcpka_flow_need(flow))
		goto discard;
	tcpka_hook_fill(flow, skb, pkt);
	err = tcpka_hook_insert(flow, policy);
	if (!err)
		return 0;
discard:
	tcpka_flow_discard(flow);
uncharge:
	tcpka_table_uncharge(tn);
	return err;
}

/*
 * A segment of a connection that is not known. Of those that no policy rules,
 * every segment with payload may come here: nothing is allocated for them.
 */
static void tcpka_hook_create(struct tcpka_net *tn, const struct sk_buff *skb,
			      const struct tcpka_packet *pkt)
{
	struct tcpka_subject subject;
	struct tcpka_policy *policy;
	int err;

	tcpka_tuple_subject(skb, pkt, &subject);
	policy = tcpka_policy_find(tn, &subject, NULL);
	if (!policy)
		return;
	if (!tcpka_tuple_intact(tn->net, skb, pkt)) {
		tcpka_count(tn, policy, TCPKA_STAT_SEGMENTS_INVALID);
		goto put_policy;
	}
	err = tcpka_hook_track(tn, skb, pkt, policy);
	/*
	 * Another CPU was faster with a retransmission: not refused. And the
	 * next payload asks again: it is counted once, where it begins.
	 */
	if (err && err != -EEXIST && pkt->seg.syn)
		tcpka_hook_refused(tn, policy, &pkt->key, err);
put_policy:
	tcpka_policy_put(policy);
}

/*
 * What a SYN of a tombstone's name leads to, before it is answered by SYN-ACK:
 * the refusal of one who does not listen; and where a FIN is still to be answered,
 * the other end's acknowledgment of what it knows, which a SYN draws from one that
 * has the old connection, and the RST that this draws in turn from whoever has
 * not (RFC 9293 3.5.1, figure 8). In the end both have forgotten it.
 */
static bool tcpka_hook_tomb_reopens(const struct tcpka_flow *flow,
				    const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;

	if (!flow->reborn || seg->len || seg->syn || seg->fin)
		return false;
	if (flow->reborn == 1 + pkt->dir)
		return seg->rst && tcpka_closer_fin_open(flow, !pkt->dir) &&
		       (seg->seq == flow->extra->end[!pkt->dir].fin_seq + 1 ||
			seg->seq == flow->end[!pkt->dir].seq.rcv_nxt);
	return seg->rst || tcpka_closer_fin_open(flow, pkt->dir);
}

/*
 * The SYN of an end that has done with a tombstone was answered, and the answer
 * has taken another way: for the end goes on behind it. Nothing of that is the
 * old connection's.
 */
static bool tcpka_hook_tomb_went_on(const struct tcpka_flow *flow,
				    const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;

	return flow->reborn == 1 + pkt->dir && (seg->has_ack || seg->rst) &&
	       tcpka_closer_over(flow, pkt->dir) &&
	       after(seg->seq, tcpka_flow_isn(flow));
}

/**
 * tcpka_hook_tomb() - take a segment of a connection that tcpka has ended
 * @flow: the tombstone; its lock is held, and given up: what the segment draws
 *	is sent without
 * @skb: the segment
 * @pkt: what was read of it
 * @last: for the last hook, not the first one
 *
 * It goes no further, unless it does not fit what is known and the connection may
 * live.
 *
 * Return: NF_ACCEPT or NF_DROP.
 */
unsigned int tcpka_hook_tomb(struct tcpka_flow *flow, const struct sk_buff *skb,
			     const struct tcpka_packet *pkt, bool last)
	__releases(&flow->lock)
{
	struct tcpka_policy *policy = tcpka_policy_get(flow->policy);
	unsigned int verdict = NF_DROP;
	struct tcpka_net *tn = flow->tn;
	struct tcpka_outbox box = {};
	u32 now = tcpka_now();
	bool anew = false;

	if (tcpka_closer_answer(flow, pkt->dir, &pkt->seg, &box, now)) {
		tcpka_learn_path(&flow->end[pkt->dir], pkt);
	} else if (tcpka_closer_left(flow)) {
		/* not idle after all: what it says begins a flow anew, once filtered */
		anew = flow->quieted && READ_ONCE(tn->config.pickup) &&
		       pkt->seg.has_ack && !pkt->seg.syn && !pkt->seg.rst &&
		       !pkt->seg.fin;
		if (last || !anew)
			tcpka_flow_remove(flow);
		verdict = NF_ACCEPT;
	} else {
		if (tcpka_closer_asking(flow) ||
		    tcpka_hook_tomb_reopens(flow, pkt) ||
		    tcpka_hook_tomb_went_on(flow, pkt))
			verdict = NF_ACCEPT;
		/* what the first hook accepts comes to the last */
		if (last || verdict == NF_DROP)
			tcpka_count(flow->tn, policy,
				    TCPKA_STAT_SEGMENTS_INVALID);
	}
	if (verdict == NF_DROP && tcpka_hook_tomb_reopens(flow, pkt))
		verdict = NF_ACCEPT;
	spin_unlock_bh(&flow->lock);
	tcpka_segment_flush(&box, flow, policy);
	tcpka_policy_put(policy);
	if (anew && last)
		tcpka_hook_create(tn, skb, pkt);
	return verdict;
}

/*
 * A tombstone's name is used again, by whom @syn opens; @pkt is that segment
 * itself, or its answer. An end that is being closed by FIN is not left like that
 * (see tcpka_closer_abandon()): to the new connection its RST means nothing. The
 * flow's lock is given up.
 */
static void tcpka_hook_reborn(struct tcpka_flow *flow,
			      const struct sk_buff *skb,
			      const struct tcpka_packet *pkt,
			      const struct tcpka_packet *syn)
	__releases(&flow->lock)
{
	struct tcpka_policy *policy = tcpka_policy_get(flow->policy);
	struct tcpka_net *tn = flow->tn;
	struct tcpka_outbox box = {};

	tcpka_closer_abandon(flow, &box, tcpka_now());
	tcpka_flow_remove(flow);
	spin_unlock_bh(&flow->lock);
	tcpka_segment_flush(&box, flow, policy);
	tcpka_policy_put(policy);
	tcpka_hook_create(tn, skb, syn);
	if (pkt == syn)
		return;
	flow = tcpka_table_lookup(tn, &pkt->key);
	if (!flow)
		return;
	tcpka_flow_lock_bh(flow);
	if (flow->phase == TCPKA_LIVE && !tcpka_conntrack_foreign(flow, skb))
		tcpka_learn(flow, skb, pkt);
	spin_unlock_bh(&flow->lock);
}

/*
 * A SYN or SYN-ACK of a tombstone's name, which may be anybody's. Where both
 * ends are known to have done with the connection, a SYN begins a new one. Else
 * that is for the other end to say: it answers by SYN-ACK, or, as long as it has
 * the old connection, by an acknowledgment, which the tombstone takes. The
 * flow's lock is given up.
 */
static unsigned int tcpka_hook_tomb_syn(struct tcpka_flow *flow,
					const struct sk_buff *skb,
					const struct tcpka_packet *pkt)
	__releases(&flow->lock)
{
	struct tcpka_packet syn;

	if (pkt->seg.has_ack) {
		if (!tcpka_learn_tomb_syn_ack(flow, pkt, &syn))
			return tcpka_hook_tomb(flow, skb, pkt, true);
		tcpka_hook_reborn(flow, skb, pkt, &syn);
	} else if (tcpka_closer_over(flow, pkt->dir) &&
		   tcpka_closer_over(flow, !pkt->dir)) {
		tcpka_hook_reborn(flow, skb, pkt, pkt);
	} else {
		tcpka_learn_note(flow, pkt);
		spin_unlock_bh(&flow->lock);
	}
	return NF_ACCEPT;
}

/*
 * A segment of a flow that is no tombstone, or is not the segment's. Returns
 * whether it may begin another one.
 */
static bool tcpka_hook_live(struct tcpka_flow *flow, const struct sk_buff *skb,
			    const struct tcpka_packet *pkt)
{
	if (flow->phase == TCPKA_GONE)
		return true;
	if (flow->phase == TCPKA_TOMB || tcpka_conntrack_foreign(flow, skb))
		return false;
	tcpka_learn(flow, skb, pkt);
	return false;
}

/**
 * tcpka_hook_found() - take a segment whose connection was looked for
 * @tn: the namespace
 * @skb: the segment, at the last hook of FORWARD; not changed
 * @pkt: all that was read of it; not bridged
 * @flow: what was found by its key, NULL where there is nothing; no reference
 * @intact: its checksum is right; else that is not known
 *
 * Under RCU.
 *
 * Return: NF_ACCEPT, or NF_DROP where it is a tombstone's.
 */
unsigned int tcpka_hook_found(struct tcpka_net *tn, const struct sk_buff *skb,
			      const struct tcpka_packet *pkt,
			      struct tcpka_flow *flow, bool intact)
{
	bool anew = true;

	if (flow && !intact && !tcpka_tuple_intact(tn->net, skb, pkt)) {
		tcpka_count(tn, NULL, TCPKA_STAT_SEGMENTS_INVALID);
		return NF_ACCEPT;
	}
	if (flow) {
		tcpka_flow_lock_bh(flow);
		if (flow->phase == TCPKA_TOMB &&
		    !tcpka_conntrack_foreign(flow, skb))
			return pkt->seg.syn ?
			       tcpka_hook_tomb_syn(flow, skb, pkt) :
			       tcpka_hook_tomb(flow, skb, pkt, true);
		anew = tcpka_hook_live(flow, skb, pkt);
		spin_unlock_bh(&flow->lock);
	}
	if (anew && tcpka_hook_begins(tn, &pkt->seg))
		tcpka_hook_create(tn, skb, pkt);
	return NF_ACCEPT;
}

/**
 * tcpka_hook_segment() - take whatever is forwarded
 * @tn: the namespace
 * @skb: at the last hook of FORWARD, its network header valid; not changed
 * @state: of that hook
 *
 * Under RCU.
 *
 * Return: NF_ACCEPT, or NF_DROP where it is a tombstone's.
 */
unsigned int tcpka_hook_segment(struct tcpka_net *tn, const struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct tcpka_packet pkt;

	switch (tcpka_tuple_parse(skb, state, &pkt)) {
	case TCPKA_PARSED:
		break;
	case TCPKA_MALFORMED:
		tcpka_count(tn, NULL, TCPKA_STAT_SEGMENTS_INVALID);
		return NF_ACCEPT;
	default:
		return NF_ACCEPT;
	}
	if (pkt.bridged) {
		if (pkt.seg.syn && tcpka_hook_begins(tn, &pkt.seg))
			tcpka_hook_refused(tn, NULL, &pkt.key, -EOPNOTSUPP);
		return NF_ACCEPT;
	}
	return tcpka_hook_found(tn, skb, &pkt, tcpka_table_lookup(tn, &pkt.key),
				false);
}
