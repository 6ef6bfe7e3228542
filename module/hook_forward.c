// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - netfilter hooks: what passes through this machine
 *
 * Two hooks at FORWARD.  The first runs before every filter and only takes
 * answers to our own probes: a rule that drops them must not make an end look
 * dead, and a rule that accepts them must not offload the flow again.  The
 * last one runs after filtering and learns: what the firewall did not let
 * pass did not happen.
 *
 * Everything else passes, whatever tcpka thinks of it, but for segments of
 * connections that tcpka has ended.
 */

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/tcp.h>

#include "act.h"
#include "clock.h"
#include "closer.h"
#include "core.h"
#include "flow.h"
#include "fsm.h"
#include "hook_forward.h"
#include "policy.h"
#include "segment.h"
#include "seqstate.h"
#include "stats.h"
#include "table.h"
#include "trace.h"
#include "tuple.h"

/* A SYN-ACK tells what the lost SYN offered, but not its window scale. */
#define TCPKA_UNKNOWN_WSCALE	14

static void tcpka_hook_path(struct tcpka_end *end, const struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    const struct tcpka_packet *pkt)
{
	/* compared first: the cache line stays clean as long as nothing moves */
	if (end->mark != skb->mark)
		end->mark = skb->mark;
	if (end->iif != state->in->ifindex)
		end->iif = state->in->ifindex;
	if (end->ttl != pkt->ttl)
		end->ttl = pkt->ttl;
	if (end->dsfield != pkt->dsfield)
		end->dsfield = pkt->dsfield;
	if (end->flowlabel != pkt->flowlabel)
		end->flowlabel = pkt->flowlabel;
}

static void tcpka_hook_invalid(struct tcpka_flow *flow)
{
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_SEGMENTS_INVALID);
}

static void tcpka_hook_update_state(struct tcpka_flow *flow)
{
	u8 state = tcpka_fsm_state(flow);

	if (state == flow->state)
		return;
	if (flow->state == TCPKA_STATE_SYN_RECV)
		tcpka_table_yield(flow, false);
	flow->state = state;
	/* its clocks differ from those by which it was filed */
	tcpka_flow_file(flow, tcpka_now() + 1);
}

/*
 * A SYN and a lost connection of the same name: the SYN-ACK shows that the
 * responder has taken it for a new one. The initiator's options follow from
 * what the responder repeats (RFC 7323 2.2, 3.2).
 */
static void tcpka_hook_reborn(struct tcpka_flow *flow, unsigned int dir,
			      const struct tcpka_segment *seg, u32 now)
{
	struct tcpka_seq *ini = &flow->end[!dir].seq;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		tcpka_flow_absorb_no_more(flow, &flow->end[i]);
		tcpka_fsm_heard(&flow->end[i], now);
	}
	memset(ini, 0, sizeof(*ini));
	ini->syn = 1;
	ini->snd_nxt = flow->isn + 1;
	ini->win = U16_MAX;
	ini->max_win = U16_MAX;
	ini->ts = seg->has_ts;
	ini->tsval = seg->tsecr;
	ini->sack = seg->sack_ok;
	ini->wscale = seg->has_wscale ? TCPKA_UNKNOWN_WSCALE : 0;
	tcpka_seq_syn(&flow->end[dir].seq, ini, seg);
	flow->initiator = !dir;
	flow->shut = 0;
	flow->first_fin = 0;
	flow->reborn = 0;
	flow->noted = 0;
	flow->created = now;
	flow->data = now;
	tcpka_table_yield(flow, true);
	tcpka_hook_update_state(flow);
}

/* A SYN or SYN-ACK of a living flow. */
static void tcpka_hook_syn(struct tcpka_flow *flow, unsigned int dir,
			   const struct tcpka_segment *seg, u32 now)
{
	struct tcpka_end *end = &flow->end[dir];
	struct tcpka_end *other = &flow->end[!dir];
	bool handshake = flow->state == TCPKA_STATE_SYN_SENT ||
			 flow->state == TCPKA_STATE_SYN_RECV;

	if (!seg->has_ack && !handshake) {
		/* the responder decides what it is: a challenge, or new */
		flow->isn = seg->seq;
		flow->reborn = 1 + dir;
		return;
	}
	if (seg->has_ack && !handshake) {
		if (flow->reborn == 1 + !dir && seg->ack == flow->isn + 1)
			tcpka_hook_reborn(flow, dir, seg, now);
		else if (tcpka_seq_valid(&end->seq, &other->seq, seg))
			tcpka_fsm_heard(end, now);	/* retransmitted */
		else
			tcpka_hook_invalid(flow);
		return;
	}
	if (seg->has_ack &&
	    (!other->seq.syn || seg->ack != other->seq.snd_nxt)) {
		tcpka_hook_invalid(flow);
		return;
	}
	tcpka_seq_syn(&end->seq, &other->seq, seg);
	tcpka_fsm_heard(end, now);
	if (seg->is_signed)
		flow->unforgeable = 1;
	if (seg->mptcp && seg->has_ack)
		flow->mptcp = 1;
	tcpka_hook_update_state(flow);
}

static void tcpka_hook_answered(struct tcpka_flow *flow, unsigned int dir,
				bool absorbed)
{
	struct tcpka_end *end = &flow->end[dir];
	struct tcpka_end *other = &flow->end[!dir];
	bool anew = tcpka_fsm_returned(end, other, &flow->policy->t);

	if (!end->unanswered)
		return;
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_PROBES_ANSWERED);
	trace_tcpka_answered(flow, dir, absorbed);
	/* the verdict over the other end, or its probe, waits for this */
	if (anew || other->unanswered)
		tcpka_flow_file(flow, tcpka_now() + 1);
}

/* A valid segment of a living flow, neither SYN nor RST. */
static void tcpka_hook_learn_segment(struct tcpka_flow *flow, unsigned int dir,
				     const struct tcpka_segment *seg, u32 now)
{
	struct tcpka_end *end = &flow->end[dir];
	struct tcpka_end *other = &flow->end[!dir];
	unsigned int news = tcpka_seq_learn(&end->seq, seg);

	tcpka_hook_answered(flow, dir, false);
	tcpka_fsm_heard(end, now);
	/* whatever the other end says next may be an answer to this */
	tcpka_flow_absorb_no_more(flow, other);
	if (news & TCPKA_NEWS_DATA && flow->data != now)
		flow->data = now;
	if (news & TCPKA_NEWS_FIN && !flow->first_fin)
		flow->first_fin = 1 + dir;
	if (other->seq.fin && end->seq.acked &&
	    !before(end->seq.rcv_nxt, other->seq.snd_nxt))
		flow->shut |= BIT(!dir);
	if (flow->state != TCPKA_STATE_ESTABLISHED || end->seq.fin)
		tcpka_hook_update_state(flow);
}

/*
 * Whether this machine translates the connection's addresses, or has handed
 * it to a flowtable. Our segments carry no conntrack entry and would leave
 * untranslated, to an end that knows no such connection; and what is
 * offloaded is heard no more, answers to probes included. nf_ct_get() is
 * inline: nf_conntrack is not needed.
 */
static bool tcpka_hook_out_of_reach(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	return ct && READ_ONCE(ct->status) & (IPS_NAT_MASK | IPS_OFFLOAD);
}

static void tcpka_hook_live(struct tcpka_flow *flow, const struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;
	const struct tcpka_seq *snd = &flow->end[pkt->dir].seq;
	const struct tcpka_seq *rcv = &flow->end[!pkt->dir].seq;
	u32 now = tcpka_now();

	if (seg->rst) {
		if (tcpka_seq_rst_taken(snd, rcv, seg))
			tcpka_act_closed(flow, TCPKA_REASON_RST, pkt->dir);
		else
			tcpka_hook_invalid(flow);
		return;
	}
	if (!seg->syn && (!snd->syn || !tcpka_seq_valid(snd, rcv, seg))) {
		tcpka_hook_invalid(flow);
		return;
	}
	if (seg->syn)
		tcpka_hook_syn(flow, pkt->dir, seg, now);
	else
		tcpka_hook_learn_segment(flow, pkt->dir, seg, now);
	tcpka_hook_path(&flow->end[pkt->dir], skb, state, pkt);
	if (!flow->unforgeable && tcpka_hook_out_of_reach(skb))
		flow->unforgeable = 1;
	if (flow->state == TCPKA_STATE_CLOSED)
		tcpka_act_closed(flow, TCPKA_REASON_FIN, flow->first_fin - 1);
}

static void tcpka_hook_fill(struct tcpka_flow *flow, const struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    const struct tcpka_packet *pkt)
{
	u32 now = tcpka_now();

	flow->initiator = pkt->dir;
	flow->state = TCPKA_STATE_SYN_SENT;
	flow->created = now;
	flow->data = now;
	flow->end[0].seen = now;
	flow->end[1].seen = now;
	flow->mark = skb->mark;
	flow->iif = state->in->ifindex;
	flow->oif = state->out->ifindex;
	flow->unforgeable = pkt->seg.is_signed;
	tcpka_seq_syn(&flow->end[pkt->dir].seq, &flow->end[!pkt->dir].seq,
		      &pkt->seg);
	tcpka_hook_path(&flow->end[pkt->dir], skb, state, pkt);
}

/* Makes room by what is worth least. Nobody's flow lock is held. */
static bool tcpka_hook_evict(struct tcpka_net *tn)
{
	struct tcpka_flow *flow = tcpka_table_oldest_yielding(tn);
	bool done = false;

	if (!flow)
		return false;
	spin_lock_bh(&flow->lock);
	if (flow->phase != TCPKA_GONE && !list_empty(&flow->yield)) {
		tcpka_count(tn, flow->policy, TCPKA_STAT_FLOWS_EVICTED);
		tcpka_flow_remove(flow);
		done = true;
	}
	spin_unlock_bh(&flow->lock);
	tcpka_flow_put(flow);
	return done;
}

static void tcpka_hook_refused(struct tcpka_net *tn,
			       const struct tcpka_policy *policy,
			       const struct tcpka_tuple *key, int err)
{
	tcpka_count(tn, policy, TCPKA_STAT_FLOWS_REFUSED);
	trace_tcpka_refused(key, err);
}

static int tcpka_hook_insert(struct tcpka_net *tn, struct tcpka_flow *flow,
			     struct tcpka_policy *policy, u32 gen)
{
	u32 now = tcpka_now();
	int err;

	/* locked before it can be found: no one sees it half made */
	spin_lock_bh(&flow->lock);
	tcpka_flow_set_policy(flow, tcpka_policy_get(policy), gen, now);
	err = tcpka_table_insert(tn, flow);
	if (err) {
		atomic_dec(&policy->flows);
		tcpka_policy_put(policy);
		spin_unlock_bh(&flow->lock);
		return err;
	}
	tcpka_table_yield(flow, true);
	tcpka_flow_file(flow, now + 1);
	tcpka_count(tn, policy, TCPKA_STAT_FLOWS_CREATED);
	trace_tcpka_created(flow, -1, flow->state);
	spin_unlock_bh(&flow->lock);
	return 0;
}

/* A SYN of a connection that is not known yet. */
static void tcpka_hook_create(struct tcpka_net *tn, const struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      const struct tcpka_packet *pkt)
{
	struct tcpka_policy *policy;
	struct tcpka_subject subject;
	struct tcpka_flow *flow;
	int err = -ENOMEM;
	u32 gen;

	flow = tcpka_flow_alloc(tn, &pkt->key);
	if (!flow) {
		tcpka_hook_refused(tn, NULL, &pkt->key, err);
		return;
	}
	tcpka_hook_fill(flow, skb, state, pkt);
	tcpka_flow_subject(flow, &subject);
	policy = tcpka_policy_find(tn, &subject, &gen);
	if (!policy)
		goto put_flow;
	err = -ENOSPC;
	if (!tcpka_table_charge(tn) &&
	    !(tcpka_hook_evict(tn) && tcpka_table_charge(tn)))
		goto refused;
	err = tcpka_hook_insert(tn, flow, policy, gen);
	if (!err) {
		tcpka_policy_put(policy);
		return;
	}
	tcpka_table_uncharge(tn);
	/* another CPU was faster with a retransmission: not refused */
	if (err == -EEXIST)
		goto put_policy;
refused:
	tcpka_hook_refused(tn, policy, &pkt->key, err);
put_policy:
	tcpka_policy_put(policy);
put_flow:
	tcpka_flow_put(flow);
}

/* A segment of a connection that tcpka has ended: it goes no further. */
static void tcpka_hook_tomb(struct tcpka_flow *flow,
			    const struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    const struct tcpka_packet *pkt,
			    struct tcpka_outbox *box)
{
	tcpka_hook_path(&flow->end[pkt->dir], skb, state, pkt);
	tcpka_closer_answer(flow, pkt->dir, &pkt->seg, box, tcpka_now());
}

static unsigned int tcpka_hook_learn(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct tcpka_net *tn = tcpka_pernet(state->net);
	unsigned int verdict = NF_ACCEPT;
	struct tcpka_policy *policy = NULL;
	struct tcpka_outbox box = {};
	struct tcpka_packet pkt;
	struct tcpka_flow *flow;
	bool anew;

	switch (tcpka_tuple_parse(skb, state, &pkt)) {
	case TCPKA_PARSED:
		break;
	case TCPKA_MALFORMED:
		tcpka_count(tn, NULL, TCPKA_STAT_SEGMENTS_INVALID);
		return NF_ACCEPT;
	default:
		return NF_ACCEPT;
	}
	flow = tcpka_table_lookup(tn, &pkt.key);
	anew = pkt.seg.syn && !pkt.seg.has_ack;
	if (flow) {
		spin_lock_bh(&flow->lock);
		if (flow->phase == TCPKA_LIVE) {
			anew = false;
			tcpka_hook_live(flow, skb, state, &pkt);
		} else if (flow->phase == TCPKA_TOMB && anew) {
			tcpka_flow_remove(flow);
		} else if (flow->phase == TCPKA_TOMB) {
			policy = tcpka_policy_get(flow->policy);
			tcpka_hook_tomb(flow, skb, state, &pkt, &box);
			verdict = NF_DROP;
		}
		spin_unlock_bh(&flow->lock);
		tcpka_segment_flush(&box, flow, policy);
		if (policy)
			tcpka_policy_put(policy);
	}
	if (anew)
		tcpka_hook_create(tn, skb, state, &pkt);
	return verdict;
}

/*
 * Whether a segment answers one of our probes and says nothing else, under
 * the flow's lock. If anything of the other end has passed since the probe,
 * it may be an answer to that: it passes, too.
 */
static bool tcpka_hook_absorb(struct tcpka_flow *flow, unsigned int dir,
			      const struct tcpka_segment *seg)
{
	struct tcpka_end *end = &flow->end[dir];

	if (flow->phase != TCPKA_LIVE || !end->answers_due)
		return false;
	if (!tcpka_seq_plain_ack(&end->seq, seg) ||
	    (end->seq.ts && !seg->has_ts))
		return false;
	tcpka_seq_learn(&end->seq, seg);
	end->answers_due--;
	atomic_dec(&flow->tn->answers_due);
	tcpka_hook_answered(flow, dir, true);
	tcpka_fsm_heard(end, tcpka_now());
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_REPLIES_ABSORBED);
	return true;
}

static unsigned int tcpka_hook_answer(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	struct tcpka_net *tn = tcpka_pernet(state->net);
	struct tcpka_packet pkt;
	struct tcpka_flow *flow;
	bool absorbed;

	if (!atomic_read(&tn->answers_due))
		return NF_ACCEPT;
	if (tcpka_tuple_parse(skb, state, &pkt) != TCPKA_PARSED)
		return NF_ACCEPT;
	flow = tcpka_table_lookup(tn, &pkt.key);
	if (!flow || !READ_ONCE(flow->end[pkt.dir].answers_due))
		return NF_ACCEPT;
	spin_lock_bh(&flow->lock);
	absorbed = tcpka_hook_absorb(flow, pkt.dir, &pkt.seg);
	spin_unlock_bh(&flow->lock);
	if (!absorbed)
		return NF_ACCEPT;
	consume_skb(skb);
	return NF_STOLEN;
}

static const struct nf_hook_ops tcpka_hook_ops[] = {
	{
		.hook		= tcpka_hook_answer,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP_PRI_FIRST,
	},
	{
		.hook		= tcpka_hook_learn,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP_PRI_LAST,
	},
	{
		.hook		= tcpka_hook_answer,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP6_PRI_FIRST,
	},
	{
		.hook		= tcpka_hook_learn,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP6_PRI_LAST,
	},
};

/**
 * tcpka_hook_forward_register() - begin to look at a namespace's traffic
 * @net: the namespace
 *
 * Return: 0 or a negative errno.
 */
int tcpka_hook_forward_register(struct net *net)
{
	return nf_register_net_hooks(net, tcpka_hook_ops,
				     ARRAY_SIZE(tcpka_hook_ops));
}

/**
 * tcpka_hook_forward_unregister() - look no more
 * @net: the namespace
 *
 * A hook that runs already may go on until the end of its RCU section.
 */
void tcpka_hook_forward_unregister(struct net *net)
{
	nf_unregister_net_hooks(net, tcpka_hook_ops,
				ARRAY_SIZE(tcpka_hook_ops));
}
