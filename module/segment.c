// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - segments in an end's name: build, route, send
 *
 * A segment is one that the end could have sent at this moment (RFC 9293
 * 3.8.4 for the probe, RFC 5961 3.2 for the RST, RFC 7323 3.2 for its
 * timestamp; a FIN comes after all that the end was sent), with that end's
 * window, DS field, flow label and time to live, and it is routed as that
 * end's segments are: through the same input device and policy rules, to
 * POSTROUTING, never through OUTPUT.
 */

#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "clock.h"
#include "closer.h"
#include "conntrack.h"
#include "flow.h"
#include "fsm.h"
#include "segment.h"
#include "stats.h"
#include "trace.h"

/* A segment's sequence number, by what the end expects next. */
static u32 tcpka_segment_seq(const struct tcpka_flow *flow, unsigned int to,
			     enum tcpka_send what)
{
	const struct tcpka_seq *dst = &flow->end[to].seq;
	/* RFC 9293 3.10.7.4: in SYN-RECEIVED, what follows the SYN */
	u32 next = dst->acked ? dst->rcv_nxt : tcpka_flow_isn(flow) + 1;

	switch (what) {
	case TCPKA_SEND_RST:
		return next;
	case TCPKA_SEND_FIN:
		return flow->extra->end[to].fin_seq;
	case TCPKA_SEND_ACK:
		return flow->extra->end[to].fin_seq + 1;
	default:
		return next - 1;
	}
}

static void tcpka_segment_wire(const struct tcpka_flow *flow, unsigned int to,
			       enum tcpka_send what, struct tcpka_wire *w)
{
	const struct tcpka_end *dst = &flow->end[to];
	const struct tcpka_end *src = &flow->end[!to];

	memset(w, 0, sizeof(*w));
	w->saddr = flow->key.addr[!to];
	w->daddr = flow->key.addr[to];
	w->sport = flow->key.port[!to];
	w->dport = flow->key.port[to];
	w->rst = what == TCPKA_SEND_RST;
	w->fin = what == TCPKA_SEND_FIN;
	w->seq = tcpka_segment_seq(flow, to, what);
	w->noack = !src->seq.acked;
	/* in a closing by FIN it is tcpka that takes what @dst sends */
	w->ack = dst->by_fin ? dst->seq.snd_nxt : src->seq.rcv_nxt;
	w->win = src->seq.win;
	w->ts = src->seq.ts && dst->seq.ts;
	w->tsval = src->seq.tsval;
	w->tsecr = dst->seq.tsval;
	w->ttl = src->ttl;
	w->dsfield = src->dsfield & ~INET_ECN_MASK;
	w->flowlabel = htonl(src->flowlabel);
}

/*
 * To an end for which it is not known which timestamp it takes. Linux drops an
 * acknowledgment of old whose timestamp is old as well
 * (tcp_disordered_ack_check()), and takes one without; stricter stacks drop what
 * has none, or an old one (RFC 7323 3.2, 5.3). So it goes without, and then with
 * two that are half of all numbers apart, one of which is not old. These are
 * beyond any window: out of it on either side is answered (RFC 9293 3.10.7.4),
 * but on the left an end may take the timestamp over, and drop all that the
 * other one sends. (Where more than 2^30 bytes have gone past in a flowtable,
 * this is not sure; one that is called dead would be no better off.)
 */
static void tcpka_segment_unsure(struct tcpka_wire *w, unsigned int way)
{
	if (!way) {
		w->ts = 0;
		return;
	}
	if (!w->ts)
		return;
	w->seq += TCPKA_BEYOND;
	if (way == TCPKA_ASK_WAYS - 1)
		w->tsval += BIT(31);
}

/* Whether an end is asked once more whether what was quiet is idle. */
static bool tcpka_segment_insists(const struct tcpka_flow *flow,
				  const struct tcpka_end *dst)
{
	return flow->quieted && dst->asked &&
	       (flow->fin_due || dst->closing == TCPKA_CLOSE_ASKED);
}

/*
 * Where it is not known which timestamp a segment must carry. A RST needs none
 * (RFC 7323 3.2), and before all else both ends have spoken. Of what was quiet the
 * last one seen here is as good as sure, but may be of old.
 */
static void tcpka_segment_timestamp(const struct tcpka_flow *flow,
				    unsigned int to, enum tcpka_send what,
				    struct tcpka_wire *w)
{
	const struct tcpka_end *dst = &flow->end[to];

	if (what == TCPKA_SEND_ASK && (flow->picked || dst->seq.stale))
		tcpka_segment_unsure(w, dst->asked);
	else if (what == TCPKA_SEND_ASK && tcpka_segment_insists(flow, dst))
		tcpka_segment_unsure(w, dst->asked - 1);
	else if (what == TCPKA_SEND_PROBE && tcpka_fsm_stamp_unsure(flow, to))
		tcpka_segment_unsure(w, dst->unanswered % TCPKA_ASK_WAYS);
	else if (flow->end[!to].seq.unseen)
		w->ts = 0;
}

static struct tcphdr *tcpka_segment_tcp_put(struct sk_buff *skb,
					    const struct tcpka_wire *w)
{
	unsigned int len = sizeof(struct tcphdr) +
			   (w->ts ? TCPOLEN_TSTAMP_ALIGNED : 0);
	struct tcphdr *th = skb_put_zero(skb, len);
	u8 *opt = (u8 *)(th + 1);

	th->source = w->sport;
	th->dest = w->dport;
	th->seq = htonl(w->seq);
	th->ack_seq = w->noack ? 0 : htonl(w->ack);
	th->doff = len / 4;
	th->ack = !w->noack;
	th->rst = w->rst;
	th->fin = w->fin;
	th->window = htons(w->win);
	if (w->ts) {
		put_unaligned_be32((TCPOPT_NOP << 24) | (TCPOPT_NOP << 16) |
				   (TCPOPT_TIMESTAMP << 8) | TCPOLEN_TIMESTAMP,
				   opt);
		put_unaligned_be32(w->tsval, opt + 4);
		put_unaligned_be32(w->tsecr, opt + 8);
	}
	return th;
}

/**
 * tcpka_segment_build() - make a segment without payload
 * @family: AF_INET or AF_INET6
 * @w: what goes into its headers
 *
 * Any context.
 *
 * Return: the segment, complete but for its device and its route, the caller's
 * to send or to free; NULL without memory.
 */
struct sk_buff *tcpka_segment_build(u8 family, const struct tcpka_wire *w)
{
	bool ipv4 = family == AF_INET;
	struct sk_buff *skb;
	struct tcphdr *th;

	skb = alloc_skb(LL_MAX_HEADER + sizeof(struct ipv6hdr) +
			sizeof(struct tcphdr) + TCPOLEN_TSTAMP_ALIGNED,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_reset_network_header(skb);
	/* none: POSTROUTING sees a device that it came in by, and may look */
	skb_reset_mac_header(skb);
	if (ipv4)
		tcpka_segment_ipv4_put(skb, w);
	else
		tcpka_segment_ipv6_put(skb, w);
	skb_set_transport_header(skb, skb->len);
	th = tcpka_segment_tcp_put(skb, w);
	if (ipv4)
		tcpka_segment_ipv4_csum(skb, th, th->doff * 4);
	else
		tcpka_segment_ipv6_csum(skb, th, th->doff * 4);
	return skb;
}

static void tcpka_segment_book(struct tcpka_flow *flow, unsigned int to)
{
	struct tcpka_end *end = &flow->end[to];

	tcpka_fsm_probed(end, &flow->policy->t, tcpka_now());
	flow->probes_sent++;
	end->unsure |= tcpka_fsm_stamp_unsure(flow, to);
	if (end->answers_due == U8_MAX)
		return;
	/* its answer to the other's own keepalive is all that it will say */
	if (tcpka_fsm_kept(flow, to, tcpka_now()))
		return;
	end->answers_due++;
	atomic_inc(&flow->tn->answers_due);
}

/**
 * tcpka_segment_put() - build a segment and keep it until it can be sent
 * @box: where to
 * @flow: the flow; its lock is held
 * @to: the end that it is for
 * @what: which segment
 *
 * A probe is entered into the flow's books here, so that not even the fastest
 * answer comes before; if it cannot be sent, that is taken back.
 */
void tcpka_segment_put(struct tcpka_outbox *box, struct tcpka_flow *flow,
		       unsigned int to, enum tcpka_send what)
{
	const struct tcpka_end *src = &flow->end[!to];
	struct tcpka_wire w;
	struct sk_buff *skb;

	lockdep_assert_held(&flow->lock);
	if (WARN_ON_ONCE(box->n == TCPKA_OUTBOX_MAX))
		return;
	tcpka_segment_wire(flow, to, what, &w);
	tcpka_segment_timestamp(flow, to, what, &w);
	skb = tcpka_segment_build(flow->key.family, &w);
	if (skb) {
		skb->mark = src->mark;
		skb->skb_iif = src->iif;
		if (!tcpka_conntrack_attach(flow, skb, !to)) {
			kfree_skb(skb);
			skb = NULL;
		}
	}
	if (what == TCPKA_SEND_PROBE)
		tcpka_segment_book(flow, to);
	box->seg[box->n].skb = skb;
	box->seg[box->n].to = to;
	box->seg[box->n].what = what;
	box->n++;
}

static int tcpka_segment_xmit(struct tcpka_flow *flow, struct sk_buff *skb)
{
	struct net *net = flow->tn->net;
	int err;

	if (!skb)
		return -ENOMEM;
	rcu_read_lock();
	local_bh_disable();
	skb->dev = dev_get_by_index_rcu(net, skb->skb_iif);
	if (!skb->dev) {
		kfree_skb(skb);
		err = -ENODEV;
	} else if (flow->key.family == AF_INET) {
		err = tcpka_segment_ipv4_send(net, skb);
	} else {
		err = tcpka_segment_ipv6_send(net, skb);
	}
	local_bh_enable();
	rcu_read_unlock();
	/* what a congested queue took is on its way (net_xmit_errno()) */
	return err > 0 ? net_xmit_errno(err) : err;
}

/**
 * tcpka_segment_way() - by which device an end's segments would leave
 * @flow: the flow; its lock is held, or nobody else can see it
 * @from: the end, its iif is known. Under RCU, with BH off
 *
 * Return: index of the device, 0 where they would not be forwarded.
 */
int tcpka_segment_way(const struct tcpka_flow *flow, unsigned int from)
{
	const struct tcpka_end *src = &flow->end[from];
	struct net *net = flow->tn->net;
	struct tcpka_wire w;
	struct sk_buff *skb;
	int way = 0;
	int err;

	tcpka_segment_wire(flow, !from, TCPKA_SEND_PROBE, &w);
	skb = tcpka_segment_build(flow->key.family, &w);
	if (!skb)
		return 0;
	skb->mark = src->mark;
	skb->skb_iif = src->iif;
	skb->dev = dev_get_by_index_rcu(net, src->iif);
	if (skb->dev) {
		err = flow->key.family == AF_INET ?
		      tcpka_segment_ipv4_route(skb) :
		      tcpka_segment_ipv6_route(net, skb);
		if (!err)
			way = skb_dst(skb)->dev->ifindex;
	}
	consume_skb(skb);
	return way;
}

static void tcpka_segment_failed(struct tcpka_flow *flow, unsigned int to,
				 const struct tcpka_policy *policy)
{
	struct tcpka_end *end = &flow->end[to];

	tcpka_flow_lock_bh(flow);
	/* an answer, or a new policy, has cleared the books meanwhile */
	if (end->unanswered && policy && flow->phase == TCPKA_LIVE) {
		tcpka_fsm_probe_failed(end, &policy->t, tcpka_now());
		flow->probes_sent--;
	}
	if (end->answers_due) {
		end->answers_due--;
		atomic_dec(&flow->tn->answers_due);
	}
	spin_unlock_bh(&flow->lock);
}

static enum tcpka_stat tcpka_segment_stat(u8 what)
{
	switch (what) {
	case TCPKA_SEND_RST:
		return TCPKA_STAT_RST_SENT;
	case TCPKA_SEND_FIN:
		return TCPKA_STAT_FIN_SENT;
	default:
		return TCPKA_STAT_PROBES_SENT;
	}
}

/**
 * tcpka_segment_flush() - send what was put into a box
 * @box: the box, empty afterwards
 * @flow: the flow, by a reference or RCU; its lock is not held
 * @policy: for its counters, by a reference or RCU; or NULL
 *
 * Counts what left this machine, and only that.
 */
void tcpka_segment_flush(struct tcpka_outbox *box, struct tcpka_flow *flow,
			 const struct tcpka_policy *policy)
{
	struct tcpka_net *tn = flow->tn;
	unsigned int i;
	u8 to, what;
	int err;

	for (i = 0; i < box->n; i++) {
		to = box->seg[i].to;
		what = box->seg[i].what;
		err = tcpka_segment_xmit(flow, box->seg[i].skb);
		if (err) {
			tcpka_count(tn, policy, TCPKA_STAT_SEND_ERRORS);
			trace_tcpka_segment_failed(flow, to, err);
			if (what == TCPKA_SEND_PROBE)
				tcpka_segment_failed(flow, to, policy);
			continue;
		}
		if (what != TCPKA_SEND_ACK)
			tcpka_count(tn, policy, tcpka_segment_stat(what));
		trace_tcpka_segment_sent(flow, to, what);
	}
	box->n = 0;
}
