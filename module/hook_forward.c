// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - netfilter hooks: what passes through this machine
 *
 * Two hooks at FORWARD.  The first runs before every filter and only takes
 * answers to our own probes: a rule that drops them must not make an end look
 * dead, and a rule that accepts them must not offload the flow again.  The
 * last one runs after filtering and learns: what the firewall did not let
 * pass did not happen.  Nearly all of it is taken by the fast path already.
 *
 * ICMP errors that segments of ours have caused are taken by the first one, and
 * those that this machine makes itself (a neighbour that does not answer) where
 * they leave, after they have been translated: by a hook at OUTPUT, which costs
 * local programs more than all the rest. Both look for nothing but what
 * segments of ours draw: so they are registered before the first of these is
 * sent, and not before.
 *
 * Everything else passes, whatever tcpka thinks of it, but for segments of
 * connections that tcpka has ended.
 */

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>

#include "clock.h"
#include "conntrack.h"
#include "fastpath.h"
#include "flow.h"
#include "fsm.h"
#include "hook_forward.h"
#include "hook_segment.h"
#include "icmp.h"
#include "learn.h"
#include "seqstate.h"
#include "stats.h"
#include "table.h"
#include "tuple.h"

/*
 * Whether a segment answers one of our probes and says nothing else, under
 * the flow's lock. If anything of the other end has passed since the probe,
 * it may be an answer to that: it passes, too.
 */
static bool tcpka_hook_absorb(struct tcpka_flow *flow,
			      const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;
	struct tcpka_end *end = &flow->end[pkt->dir];

	if (!end->answers_due)
		return false;
	if (!tcpka_seq_plain_ack(&end->seq, seg) ||
	    (end->seq.ts && !end->seq.unseen && !seg->has_ts))
		return false;
	tcpka_seq_echo(&flow->end[!pkt->dir].seq, seg);
	tcpka_seq_learn(&end->seq, seg);
	end->answers_due--;
	atomic_dec(&flow->tn->answers_due);
	tcpka_learn_answered(flow, pkt->dir, true);
	tcpka_learn_taken(flow, pkt);
	tcpka_fsm_heard(end, tcpka_now());
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_REPLIES_ABSORBED);
	return true;
}

static unsigned int tcpka_hook_answer(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	struct tcpka_net *tn = priv;
	struct tcpka_packet pkt;
	struct tcpka_flow *flow;
	bool absorbed;

	if (tcpka_icmp_ours(tn, skb, state))
		goto stolen;
	if (!atomic_read(&tn->answers_due))
		return NF_ACCEPT;
	if (tcpka_tuple_parse(skb, state, &pkt) != TCPKA_PARSED || pkt.bridged)
		return NF_ACCEPT;
	flow = tcpka_table_lookup(tn, &pkt.key);
	if (!flow || (!READ_ONCE(flow->end[pkt.dir].answers_due) &&
		      !READ_ONCE(flow->expects)))
		return NF_ACCEPT;
	/* it passes, and is counted when it is to be learned from */
	if (!tcpka_tuple_intact(tn->net, skb, &pkt))
		return NF_ACCEPT;
	tcpka_flow_lock_bh(flow);
	absorbed = false;
	if (tcpka_conntrack_foreign(flow, skb))
		;
	else if (flow->phase == TCPKA_TOMB && !pkt.seg.syn)
		return tcpka_hook_tomb(flow, skb, &pkt, false);
	else if (flow->phase == TCPKA_LIVE)
		absorbed = tcpka_learn_asked(flow, &pkt) ||
			   tcpka_hook_absorb(flow, &pkt);
	spin_unlock_bh(&flow->lock);
	if (!absorbed)
		return NF_ACCEPT;
stolen:
	consume_skb(skb);
	return NF_STOLEN;
}

static unsigned int tcpka_hook_local_out(void *priv, struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	if (!tcpka_icmp_ours(priv, skb, state))
		return NF_ACCEPT;
	consume_skb(skb);
	return NF_STOLEN;
}

static const struct nf_hook_ops tcpka_hook_ops[] = {
	{
		.hook		= tcpka_fastpath_ipv4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP_PRI_LAST,
	},
	{
		.hook		= tcpka_fastpath_ipv6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP6_PRI_LAST,
	},
};

static const struct nf_hook_ops tcpka_hook_answer_ops[] = {
	{
		.hook		= tcpka_hook_answer,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP_PRI_FIRST,
	},
	{
		.hook		= tcpka_hook_answer,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP6_PRI_FIRST,
	},
	{
		.hook		= tcpka_hook_local_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_LAST,
	},
	{
		.hook		= tcpka_hook_local_out,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP6_PRI_LAST,
	},
};

/* Each hook is told its namespace: to look it up is dearer. */
static int tcpka_hook_register(struct tcpka_net *tn, struct nf_hook_ops *ops,
			       const struct nf_hook_ops *from, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		ops[i] = from[i];
		ops[i].priv = tn;
	}
	return nf_register_net_hooks(tn->net, ops, n);
}

/**
 * tcpka_hook_forward_register() - begin to look at a namespace's traffic
 * @tn: the namespace
 *
 * Return: 0 or a negative errno.
 */
int tcpka_hook_forward_register(struct tcpka_net *tn)
{
	BUILD_BUG_ON(ARRAY_SIZE(tcpka_hook_ops) != TCPKA_HOOKS);
	return tcpka_hook_register(tn, tn->hook_ops, tcpka_hook_ops,
				   TCPKA_HOOKS);
}

/**
 * tcpka_hook_forward_unregister() - look no more
 * @tn: the namespace
 *
 * The mirror of tcpka_hook_forward_register(). A hook that runs already may go
 * on until the end of its RCU section.
 */
void tcpka_hook_forward_unregister(struct tcpka_net *tn)
{
	nf_unregister_net_hooks(tn->net, tn->hook_ops, TCPKA_HOOKS);
}

/**
 * tcpka_hook_answer_register() - begin to look for what our segments draw
 * @tn: the namespace
 *
 * Answers, and the ICMP errors that come by, at FORWARD first; those that this
 * machine makes itself, at OUTPUT. Each packet pays for it, those of local
 * programs, too. Sleeps.
 *
 * Return: 0 or a negative errno.
 */
int tcpka_hook_answer_register(struct tcpka_net *tn)
{
	BUILD_BUG_ON(ARRAY_SIZE(tcpka_hook_answer_ops) != TCPKA_ANSWER_HOOKS);
	return tcpka_hook_register(tn, tn->answer_ops, tcpka_hook_answer_ops,
				   TCPKA_ANSWER_HOOKS);
}

/**
 * tcpka_hook_answer_unregister() - the mirror of tcpka_hook_answer_register()
 * @tn: the namespace
 */
void tcpka_hook_answer_unregister(struct tcpka_net *tn)
{
	nf_unregister_net_hooks(tn->net, tn->answer_ops, TCPKA_ANSWER_HOOKS);
}
