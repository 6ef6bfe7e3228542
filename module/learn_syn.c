// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what a flow learns from the handshake, from one on a flow that lives
 * already, and without one
 *
 * A SYN may come from anybody. It is the SYN-ACK that shows that the responder
 * believes it.
 */

#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <net/tcp.h>

#include "act.h"
#include "clock.h"
#include "flow.h"
#include "fsm.h"
#include "learn.h"
#include "seqstate.h"
#include "stats.h"
#include "table.h"
#include "trace.h"

/* A SYN-ACK tells what a lost SYN offered, but not its window scale. */
#define TCPKA_UNKNOWN_WSCALE	14

/*
 * Somebody opens a connection, from where to where. Not without memory: then it
 * is as if the SYN had gone another way.
 */
static bool tcpka_learn_opening(struct tcpka_flow *flow,
				const struct tcpka_packet *pkt)
{
	struct tcpka_opening *syn;

	if (!tcpka_flow_need(flow))
		return false;
	syn = &flow->extra->syn;
	syn->isn = pkt->seg.seq;
	syn->end = pkt->seg.end;
	syn->mark = pkt->mark;
	syn->iif = pkt->iif;
	syn->oif = pkt->oif;
	syn->wscale = pkt->seg.has_wscale ? pkt->seg.wscale :
					    TCPKA_UNKNOWN_WSCALE;
	return true;
}

/* It is the one that was noted last. */
static void tcpka_learn_opener(struct tcpka_flow *flow, unsigned int dir)
{
	const struct tcpka_opening *syn = &flow->extra->syn;

	flow->initiator = dir;
	flow->mark = syn->mark;
	flow->iif = syn->iif;
	flow->oif = syn->oif;
}

/* After what policies match has changed. The flow may be gone afterwards. */
static void tcpka_learn_rematch(struct tcpka_flow *flow, u32 now)
{
	if (!tcpka_flow_rematch(flow, now))
		tcpka_flow_remove(flow);
}

/**
 * tcpka_learn_first() - learn from the SYN with which a flow begins
 * @flow: the flow, new; nobody else can see it
 * @pkt: the segment
 */
void tcpka_learn_first(struct tcpka_flow *flow, const struct tcpka_packet *pkt)
{
	tcpka_learn_opening(flow, pkt);
	tcpka_learn_opener(flow, pkt->dir);
	WRITE_ONCE(flow->state, TCPKA_STATE_SYN_SENT);
	tcpka_seq_syn(&flow->end[pkt->dir].seq, &flow->end[!pkt->dir].seq,
		      &pkt->seg);
}

/**
 * tcpka_learn_picked() - learn from the first segment seen of an old connection
 * @flow: the flow, new; nobody else can see it
 * @skb: the segment
 * @pkt: the same, with payload and acknowledgment, neither SYN nor RST
 */
void tcpka_learn_picked(struct tcpka_flow *flow, const struct sk_buff *skb,
			const struct tcpka_packet *pkt)
{
	bool sender, guessed;

	flow->picked = 1;
	flow->midstream = 1;
	flow->initiator = tcpka_tuple_opener(skb, pkt, &guessed);
	flow->guessed = guessed;
	sender = flow->initiator == pkt->dir;
	flow->mark = pkt->mark;
	flow->iif = sender ? pkt->iif : pkt->oif;
	flow->oif = sender ? pkt->oif : pkt->iif;
	WRITE_ONCE(flow->state, TCPKA_STATE_ESTABLISHED);
	flow->unforgeable = pkt->seg.is_signed ? TCPKA_OBSTACLE_SIGNED : 0;
	flow->mptcp = pkt->seg.mptcp;
	tcpka_seq_pick(&flow->end[pkt->dir].seq, &flow->end[!pkt->dir].seq,
		       &pkt->seg);
}

/**
 * tcpka_learn_unheard() - learn from an initiator to which nobody answers here
 * @flow: the flow, LIVE; its lock is held
 * @pkt: a segment, neither SYN nor RST
 *
 * One that goes on behind its SYN, and acknowledges, has been answered: what
 * the responder sends takes another way. All that is known of that one is what
 * this segment says. With payload it is picked up, as it would be without the
 * SYN, if that is wanted at all. Anybody may make up both SYN and segment;
 * where a SYN-ACK comes after them, the handshake begins again.
 *
 * Return: true if nothing more is to be learned from it.
 */
bool tcpka_learn_unheard(struct tcpka_flow *flow,
			 const struct tcpka_packet *pkt)
{
	const struct tcpka_segment *seg = &pkt->seg;
	struct tcpka_end *end = &flow->end[pkt->dir];
	struct tcpka_end *other = &flow->end[!pkt->dir];
	u32 now = tcpka_now();

	if (flow->state != TCPKA_STATE_SYN_SENT ||
	    pkt->dir != flow->initiator || other->seq.syn || !seg->has_ack ||
	    end->iif != pkt->iif)
		return false;
	/* RFC 7413 4.2.2: payload of the SYN was taken, or is sent again */
	if (seg->seq != end->seq.snd_nxt && seg->seq != tcpka_flow_isn(flow) + 1)
		return false;
	if (!seg->len || !READ_ONCE(flow->tn->config.pickup)) {
		end->seq.acked = 1;
		tcpka_fsm_heard(end, now);
		return true;
	}
	tcpka_seq_pick(&end->seq, &other->seq, seg);
	flow->picked = 1;
	flow->midstream = 1;
	flow->reborn = 1 + pkt->dir;
	WRITE_ONCE(flow->state, TCPKA_STATE_ESTABLISHED);
	tcpka_flow_file(flow, now + 1);
	return false;
}

/*
 * The latest SYN of an end tells where the connection is opened from: those before
 * it may have come from anybody, and so may this one. Where no policy rules what
 * it opens, it is not believed. Nor is one of the other end: whose SYN is
 * answered, the SYN-ACK says.
 */
static void tcpka_learn_opened(struct tcpka_flow *flow,
			       const struct tcpka_packet *pkt, u32 now)
{
	u32 mark = flow->mark;
	int iif = flow->iif;
	int oif = flow->oif;

	if (flow->initiator != pkt->dir || !tcpka_learn_opening(flow, pkt))
		return;
	if (mark == pkt->mark && iif == pkt->iif && oif == pkt->oif)
		return;
	tcpka_learn_opener(flow, pkt->dir);
	if (tcpka_flow_rematch(flow, now))
		return;
	flow->mark = mark;
	flow->iif = iif;
	flow->oif = oif;
}

/**
 * tcpka_learn_met() - what policies match of a flow that was adopted
 * @flow: the flow, LIVE; its lock is held. It may be GONE afterwards
 * @pkt: the first segment that is seen of its initiator
 * @now: the present tick
 */
void tcpka_learn_met(struct tcpka_flow *flow, const struct tcpka_packet *pkt,
		     u32 now)
{
	bool same = flow->mark == pkt->mark && flow->iif == pkt->iif &&
		    flow->oif == pkt->oif;

	flow->adopted = 0;
	flow->mark = pkt->mark;
	flow->iif = pkt->iif;
	flow->oif = pkt->oif;
	if (!same)
		tcpka_learn_rematch(flow, now);
}

/* The other end has opened the connection than was believed. */
static bool tcpka_learn_turn(struct tcpka_flow *flow, unsigned int opener)
{
	if (flow->initiator == opener)
		return false;
	flow->initiator = opener;
	swap(flow->iif, flow->oif);
	flow->mark = flow->end[opener].mark;
	return true;
}

/*
 * The SYN that a SYN-ACK answers: its options follow from what the responder
 * repeats (RFC 7323 2.2, 3.2), its window is not known.
 */
static void tcpka_learn_syn_of(u32 isn, u8 wscale,
			       const struct tcpka_segment *answer,
			       struct tcpka_segment *syn)
{
	memset(syn, 0, sizeof(*syn));
	syn->syn = 1;
	syn->seq = isn;
	syn->end = answer->ack;
	syn->win = U16_MAX;
	syn->has_ts = answer->has_ts;
	syn->tsval = answer->tsecr;
	syn->sack_ok = answer->sack_ok;
	syn->has_wscale = answer->has_wscale;
	syn->wscale = wscale;
}

/* Whether a SYN-ACK answers the SYN that was noted (RFC 7413 4.2.2: all of it). */
static bool tcpka_learn_answers(const struct tcpka_flow *flow, unsigned int dir,
				const struct tcpka_segment *seg)
{
	return flow->reborn == 1 + !dir &&
	       after(seg->ack, flow->extra->syn.isn) &&
	       !after(seg->ack, flow->extra->syn.end);
}

/*
 * A SYN and a lost connection of the same name: the SYN-ACK shows that the
 * responder has taken it for a new one. Apart: it is rare, and needs a stack.
 */
static noinline void tcpka_learn_reborn(struct tcpka_flow *flow,
					unsigned int dir,
					const struct tcpka_segment *seg,
					u32 now)
{
	struct tcpka_seq *ini = &flow->end[!dir].seq;
	struct tcpka_seq *rsp = &flow->end[dir].seq;
	const struct tcpka_opening *open = &flow->extra->syn;
	bool closed = flow->reset_by;
	struct tcpka_segment syn;
	unsigned int i;

	/* which was yet to be seen */
	if (closed)
		tcpka_act_over(flow, TCPKA_REASON_RST, flow->reset_by - 1);
	for (i = 0; i < 2; i++) {
		tcpka_flow_absorb_no_more(flow, &flow->end[i]);
		tcpka_fsm_heard(&flow->end[i], now);
		flow->end[i].asked = 0;
	}
	flow->claims = 0;
	flow->probes_sent = 0;
	tcpka_learn_syn_of(open->isn, open->wscale, seg, &syn);
	tcpka_seq_syn(ini, rsp, &syn);
	tcpka_seq_syn(rsp, ini, seg);
	tcpka_learn_opener(flow, !dir);
	flow->end[!dir].iif = open->iif;
	flow->end[!dir].mark = open->mark;
	/* on one device anybody there can have made up all of it */
	if (seg->is_signed)
		flow->unforgeable = TCPKA_OBSTACLE_SIGNED;
	else
		flow->unforgeable = flow->iif == flow->oif && !closed &&
				    !tcpka_fsm_in_handshake(flow) ?
				    TCPKA_OBSTACLE_ONE_DEVICE : 0;
	flow->mptcp = seg->mptcp;
	flow->shut = 0;
	flow->first_fin = 0;
	flow->reborn = 0;
	flow->noted = 0;
	flow->picked = 0;
	flow->midstream = 0;
	flow->adopted = 0;
	flow->guessed = 0;
	flow->fin_due = 0;
	tcpka_flow_expect(flow, false);
	flow->reset_by = 0;
	flow->aborted = 0;
	flow->created = now;
	flow->data = now;
	flow->stir = now;
	flow->offloaded = 0;
	tcpka_table_yield(flow, true);
	tcpka_learn_state(flow, now);
	tcpka_flow_file(flow, now + 1);
	tcpka_learn_rematch(flow, now);
	if (!closed || flow->phase != TCPKA_LIVE)
		return;
	tcpka_count(flow->tn, flow->policy, TCPKA_STAT_FLOWS_CREATED);
	trace_tcpka_created(flow, -1, flow->state);
}

/*
 * A SYN-ACK that comes from where the SYN came from: somebody beside the
 * initiator plays the responder.
 */
static bool tcpka_learn_turned_back(const struct tcpka_flow *flow,
				    const struct tcpka_packet *pkt)
{
	if (flow->reborn == 1 + !pkt->dir)
		return flow->extra->syn.iif != flow->extra->syn.oif &&
		       flow->extra->syn.iif == pkt->iif;
	return flow->iif != flow->oif &&
	       flow->end[!pkt->dir].iif == pkt->iif;
}

/**
 * tcpka_learn_note() - note a SYN of the name of a connection that is known
 * @flow: the flow, LIVE or TOMB; its lock is held
 * @pkt: the SYN: anybody's, or with which a new one begins, which may come from
 *	elsewhere
 *
 * Only where the old one has one device, too, may it leave by the one through
 * which it came: who is there could make up the answer as well.
 */
void tcpka_learn_note(struct tcpka_flow *flow, const struct tcpka_packet *pkt)
{
	if (pkt->iif == pkt->oif && flow->iif != flow->oif)
		return;
	if (tcpka_learn_opening(flow, pkt))
		flow->reborn = 1 + pkt->dir;
}

/**
 * tcpka_learn_tomb_syn_ack() - see whether a connection of that name begins
 * @flow: the flow, TOMB; its lock is held
 * @pkt: a SYN-ACK
 * @syn: to fill: the SYN that it answers
 *
 * That it acknowledges another SYN than the one noted is no matter: there may
 * have been several, some of them anybody's; but somebody elsewhere has answered
 * one.
 *
 * Return: whether one begins.
 */
bool tcpka_learn_tomb_syn_ack(const struct tcpka_flow *flow,
			      const struct tcpka_packet *pkt,
			      struct tcpka_packet *syn)
{
	const struct tcpka_end *end = &flow->end[!pkt->dir];
	const struct tcpka_opening *open;
	u8 wscale = TCPKA_UNKNOWN_WSCALE;
	u32 isn = pkt->seg.ack - 1;

	if (flow->reborn != 1 + !pkt->dir || tcpka_learn_turned_back(flow, pkt))
		return false;
	open = &flow->extra->syn;
	/* with payload that was taken */
	if (tcpka_learn_answers(flow, pkt->dir, &pkt->seg)) {
		isn = open->isn;
		wscale = open->wscale;
	}
	*syn = *pkt;
	tcpka_learn_syn_of(isn, wscale, &pkt->seg, &syn->seg);
	syn->dir = !pkt->dir;
	syn->ttl = end->ttl;
	syn->dsfield = end->dsfield;
	syn->flowlabel = end->flowlabel;
	syn->mark = open->mark;
	syn->iif = open->iif;
	syn->oif = open->oif;
	return true;
}

/**
 * tcpka_learn_syn() - learn from a SYN
 * @flow: the flow, LIVE; its lock is held. It may be GONE afterwards
 * @pkt: the segment
 * @now: the present tick
 *
 * Return: false if nothing of it is to be believed yet.
 */
bool tcpka_learn_syn(struct tcpka_flow *flow, const struct tcpka_packet *pkt,
		     u32 now)
{
	const struct tcpka_segment *seg = &pkt->seg;
	struct tcpka_end *end = &flow->end[pkt->dir];
	struct tcpka_end *other = &flow->end[!pkt->dir];

	/* another one of an end that has sent one is only noted: which is true? */
	if (flow->state == TCPKA_STATE_SYN_SENT &&
	    (!end->seq.syn || end->seq.snd_nxt == seg->end)) {
		tcpka_seq_syn(&end->seq, &other->seq, seg);
		/* it may have acknowledged before: half-open counts again */
		tcpka_flow_refile(flow, now);
		tcpka_learn_opened(flow, pkt, now);
	} else if (flow->state != TCPKA_STATE_SYN_RECV || !end->seq.syn ||
		   end->seq.snd_nxt != seg->end) {
		/* the responder decides what it is: a challenge, or new */
		tcpka_learn_note(flow, pkt);
		return false;
	}
	tcpka_fsm_heard(end, now);
	return true;
}

/*
 * Whether a SYN-ACK acknowledges the SYN. A server that does not take the
 * payload of the SYN acknowledges less (RFC 7413 4.2.2).
 */
static bool tcpka_learn_syn_acked(struct tcpka_flow *flow, unsigned int dir,
				  const struct tcpka_segment *seg)
{
	struct tcpka_seq *ini = &flow->end[!dir].seq;

	if (!ini->syn || after(seg->ack, ini->snd_nxt))
		return false;
	if (seg->ack != ini->snd_nxt &&
	    (flow->reborn || flow->initiator == dir ||
	     before(seg->ack, tcpka_flow_isn(flow) + 1)))
		return false;
	ini->snd_nxt = seg->ack;
	return true;
}

/**
 * tcpka_learn_syn_ack() - learn from a SYN-ACK
 * @flow: the flow, LIVE; its lock is held. It may be GONE afterwards
 * @pkt: the segment
 * @now: the present tick
 *
 * Return: false if it is not valid.
 */
bool tcpka_learn_syn_ack(struct tcpka_flow *flow,
			 const struct tcpka_packet *pkt, u32 now)
{
	const struct tcpka_segment *seg = &pkt->seg;
	struct tcpka_end *end = &flow->end[pkt->dir];
	struct tcpka_end *other = &flow->end[!pkt->dir];
	unsigned int dir = pkt->dir;
	bool turned;

	if (tcpka_learn_turned_back(flow, pkt))
		return false;
	if (tcpka_learn_answers(flow, dir, seg)) {
		tcpka_learn_reborn(flow, dir, seg, now);
		return true;
	}
	if (flow->state != TCPKA_STATE_SYN_SENT &&
	    flow->state != TCPKA_STATE_SYN_RECV) {
		/* sent again */
		if (!tcpka_seq_valid(&end->seq, &other->seq, seg) ||
		    !tcpka_seq_current(&end->seq, &other->seq, seg))
			return false;
		tcpka_learn_answered(flow, dir, false);
		tcpka_fsm_heard(end, now);
		return true;
	}
	if (!tcpka_learn_syn_acked(flow, dir, seg))
		return false;
	/* what has come before was made up, see tcpka_learn_unheard() */
	if (flow->state == TCPKA_STATE_SYN_SENT ||
	    end->seq.snd_nxt != seg->end)
		other->seq.acked = 0;
	tcpka_seq_syn(&end->seq, &other->seq, seg);
	tcpka_fsm_heard(end, now);
	/* the responder says what is in use, whatever a SYN has claimed */
	flow->unforgeable = seg->is_signed ? TCPKA_OBSTACLE_SIGNED : 0;
	flow->mptcp = seg->mptcp;
	turned = tcpka_learn_turn(flow, !dir);
	tcpka_learn_state(flow, now);
	if (turned)
		tcpka_learn_rematch(flow, now);
	return true;
}
