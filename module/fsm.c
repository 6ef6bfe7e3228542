// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - state and clocks to "what now"; pure functions
 *
 * The clocks of a live flow, each from the later of its stamp and of the
 * moment at which the policy came into force:
 *
 *   idle        new payload of either end           -> expire
 *   max-age     the first segment                   -> expire
 *   half-open   the first segment, until ESTABLISHED -> expire
 *   half-closed new payload, or the first FIN       -> expire
 *   keepalive   last segment of that end            -> probe that end
 *   intvl       first unanswered probe, n intervals -> probe again, or dead
 *   embryo      last segment, handshake incomplete  -> forget
 *   half-closed last segment, both have sent FIN    -> expire
 *   corpse      the same, where no other clock runs -> forget
 *   reset       RST of an end, or last check        -> check the other end
 */

#include <linux/minmax.h>
#include <net/tcp.h>

#include "clock.h"
#include "fsm.h"

/*
 * Linux gives up a SYN after 127 s (tcp_syn_retries 6) and a SYN-ACK after
 * 63 s: what is older than that is nobody's handshake any more.
 */
#define TCPKA_EMBRYO_MS		130000

/* Longer than any stack retransmits a FIN, and RFC 5382's transitory 4 min. */
#define TCPKA_CORPSE_MS		300000

/*
 * A RST that has passed may be lost further on: whether it has arrived is asked
 * 1, 3 and 7 s later. Who is silent for 8 s more is gone.
 */
#define TCPKA_RESET_MS		1000ULL
#define TCPKA_RESET_CHECKS	3

/* Longer than a round trip, and than an end is silent after an answer. */
#define TCPKA_KEPT_MS		1000

/* How often is looked whether a connection has come back from a flowtable. */
#define TCPKA_OFFLOADED_MS	5000

/* Farther than any clock reaches; the wheel asks again then. */
#define TCPKA_FAR_MS		(30ULL * 86400 * 1000)

static const struct tcpka_end *
tcpka_fsm_end(const struct tcpka_flow *flow, unsigned int i)
{
	return &flow->end[i & 1];
}

static u32 tcpka_fsm_last_seen(const struct tcpka_flow *flow)
{
	return tcpka_later(flow->end[0].seen, flow->end[1].seen);
}

/* Whether @due has come; keeps the earliest of those that have not. */
static bool tcpka_fsm_due(u32 due, u32 now, struct tcpka_verdict *v)
{
	if (!tcpka_before(now, due))
		return true;
	if (tcpka_before(due, v->next))
		v->next = due;
	return false;
}

static bool tcpka_fsm_expired(u32 stamp, u64 ms, u8 reason,
			      const struct tcpka_flow *flow, u32 now,
			      struct tcpka_verdict *v)
{
	u32 from = tcpka_later(stamp, flow->since);

	if (!ms || flow->noted & BIT(reason))
		return false;
	if (!tcpka_fsm_due(from + tcpka_ticks(ms), now, v))
		return false;
	v->what = TCPKA_EXPIRE;
	v->reason = reason;
	return true;
}

/* Tick at which the next probe to @end is due, if it is silent until then. */
static u32 tcpka_fsm_probe_due(const struct tcpka_flow *flow,
			       const struct tcpka_end *end,
			       const struct tcpka_timers *t)
{
	if (end->unanswered)
		/* counted from the first, so that rounding does not add up */
		return end->first + tcpka_ticks(t->intvl * end->unanswered);
	if (end->failing)
		return end->first + tcpka_ticks(t->intvl);
	return tcpka_later(end->seen, flow->since) + tcpka_ticks(t->keepalive);
}

/**
 * tcpka_fsm_stamp_unsure() - whether an end may not take the other's timestamp
 * @flow: the flow; its lock is held
 * @i: the end
 *
 * The other end's is not known, or is of old.
 */
bool tcpka_fsm_stamp_unsure(const struct tcpka_flow *flow, unsigned int i)
{
	const struct tcpka_seq *other = &tcpka_fsm_end(flow, i + 1)->seq;

	return (other->unseen || other->stale) && other->ts &&
	       flow->end[i].seq.ts;
}

/* Whether an end has left all its probes unanswered for a further interval. */
static bool tcpka_fsm_silent(const struct tcpka_end *end,
			     const struct tcpka_timers *t, u32 now,
			     struct tcpka_verdict *v)
{
	if (!tcpka_fsm_exhausted(end, t))
		return false;
	return tcpka_fsm_due(end->first +
			     tcpka_ticks(t->intvl * end->unanswered), now, v);
}

/* Whether @end has been heard since the first unanswered probe to @other. */
static bool tcpka_fsm_heard_since(const struct tcpka_end *end,
				  const struct tcpka_end *other)
{
	return tcpka_before(other->first, end->seen);
}

/**
 * tcpka_fsm_elsewhere() - whether payload of an end has taken another way
 * @flow: the flow; its lock is held
 * @i: the end
 *
 * Return: true if its peer has acknowledged more than was seen here, and it has
 * not been seen to send that since.
 */
bool tcpka_fsm_elsewhere(const struct tcpka_flow *flow, unsigned int i)
{
	return flow->claims & BIT(i) &&
	       after(flow->extra->end[i].claimed, flow->end[i].seq.snd_nxt);
}

/*
 * An end is dead only while the other still answers through this machine:
 * where neither does, it is the way that is gone, and the connection may
 * live on elsewhere. So before the verdict the other end must have been heard
 * since the first unanswered probe, and is probed where it was not. What it
 * was asked meanwhile it must have answered: one that has itself fallen silent
 * since, or cannot be reached from here, is no witness. And an end whose payload
 * takes another way may say there that it lives.
 */
static void tcpka_fsm_keepalive(const struct tcpka_flow *flow,
				const struct tcpka_timers *t, u32 now,
				struct tcpka_verdict *v)
{
	bool silent[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		silent[i] = tcpka_fsm_silent(&flow->end[i], t, now, v);
	if (silent[0] && silent[1]) {
		v->what = TCPKA_BOTH_SILENT;
		return;
	}
	for (i = 0; i < 2; i++) {
		const struct tcpka_end *end = &flow->end[i];
		const struct tcpka_end *other = tcpka_fsm_end(flow, i + 1);
		bool suspect = silent[!i];

		if (silent[i]) {
			if (!tcpka_fsm_heard_since(other, end) ||
			    other->unanswered || other->failing)
				continue;
			v->what = tcpka_fsm_elsewhere(flow, i) ?
				  TCPKA_BOTH_SILENT : TCPKA_DEAD;
			v->ends = BIT(i);
			return;
		}
		if (tcpka_fsm_exhausted(end, t))
			continue;
		if ((suspect && !end->unanswered && !end->failing &&
		     !tcpka_fsm_heard_since(end, other)) ||
		    tcpka_fsm_due(tcpka_fsm_probe_due(flow, end, t), now, v)) {
			v->what = TCPKA_PROBE;
			v->ends |= BIT(i);
		}
	}
}

/**
 * tcpka_fsm_kept() - whether an end is about to answer the other's keepalive
 * @flow: the flow; its lock is held
 * @i: the end, about to be probed
 * @now: the present tick
 *
 * Where a program has the policy's time, its own keepalive passes just before
 * tcpka's, and an end answers one of them only (tcp_invalid_ratelimit).
 */
bool tcpka_fsm_kept(const struct tcpka_flow *flow, unsigned int i, u32 now)
{
	const struct tcpka_end *other = tcpka_fsm_end(flow, i + 1);

	return flow->kept & BIT(!i) &&
	       tcpka_before(now, other->seen + tcpka_ticks(TCPKA_KEPT_MS));
}

/* Nothing can be said in the name of an end that was never heard. */
static bool tcpka_fsm_both_seen(const struct tcpka_flow *flow)
{
	return flow->end[0].seq.acked && flow->end[1].seq.acked;
}

static bool tcpka_fsm_probes(const struct tcpka_flow *flow,
			     const struct tcpka_timers *t)
{
	return t->keepalive && !flow->unforgeable &&
	       (!flow->translated || flow->ct) && tcpka_fsm_both_seen(flow) &&
	       !(flow->noted & BIT(TCPKA_REASON_KEEPALIVE));
}

/**
 * tcpka_fsm_half_closed() - whether one end has sent its FIN and the other not
 * @flow: the flow; its lock is held
 */
bool tcpka_fsm_half_closed(const struct tcpka_flow *flow)
{
	return flow->state == TCPKA_STATE_FIN_WAIT ||
	       flow->state == TCPKA_STATE_CLOSE_WAIT;
}

/* Both have sent FIN, and one of these is not acknowledged. */
static bool tcpka_fsm_closing(const struct tcpka_flow *flow)
{
	return flow->state == TCPKA_STATE_CLOSING ||
	       flow->state == TCPKA_STATE_LAST_ACK;
}

/**
 * tcpka_fsm_timed() - whether a clock sees to it that a connection ends
 * @flow: the flow; its lock is held
 * @t: the settings of its policy
 *
 * Where the last FIN has been lost beyond us, and who sent it is gone, the other
 * end waits for ever.
 */
bool tcpka_fsm_timed(const struct tcpka_flow *flow,
		     const struct tcpka_timers *t)
{
	return (t->idle && !(flow->noted & BIT(TCPKA_REASON_IDLE))) ||
	       (t->max_age && !(flow->noted & BIT(TCPKA_REASON_MAX_AGE))) ||
	       (t->half_closed &&
		!(flow->noted & BIT(TCPKA_REASON_HALF_CLOSED)) &&
		(tcpka_fsm_half_closed(flow) || tcpka_fsm_closing(flow))) ||
	       tcpka_fsm_probes(flow, t);
}

/* Whether it does not get through without conntrack. */
static bool tcpka_fsm_altered(const struct tcpka_flow *flow)
{
	return flow->translated || flow->unforgeable == TCPKA_OBSTACLE_ADJUSTED;
}

/* Handshakes and closings that nobody finished. */
static bool tcpka_fsm_forget(const struct tcpka_flow *flow,
			     const struct tcpka_timers *t, u32 now,
			     struct tcpka_verdict *v)
{
	u64 ms;

	switch (flow->state) {
	case TCPKA_STATE_SYN_SENT:
	case TCPKA_STATE_SYN_RECV:
		ms = TCPKA_EMBRYO_MS;
		break;
	case TCPKA_STATE_CLOSING:
	case TCPKA_STATE_LAST_ACK:
		if (tcpka_fsm_timed(flow, t))
			return false;
		ms = TCPKA_CORPSE_MS;
		break;
	default:
		/*
		 * One direction alone may be anybody's invention. Where
		 * conntrack has forgotten its entry, nothing can be said to
		 * either end, nor would they hear each other.
		 */
		if (t->idle || t->max_age ||
		    !((flow->picked && !tcpka_fsm_both_seen(flow)) ||
		      (tcpka_fsm_altered(flow) && !flow->ct)))
			return false;
		ms = TCPKA_CORPSE_MS;
		break;
	}
	if (!tcpka_fsm_due(tcpka_fsm_last_seen(flow) + tcpka_ticks(ms), now,
			   v))
		return false;
	v->what = TCPKA_FORGET;
	return true;
}

/**
 * tcpka_fsm_in_handshake() - whether the ends have not met yet
 * @flow: the flow, LIVE; its lock is held
 */
bool tcpka_fsm_in_handshake(const struct tcpka_flow *flow)
{
	return flow->state == TCPKA_STATE_SYN_SENT ||
	       flow->state == TCPKA_STATE_SYN_RECV;
}

/* What the initiator acknowledges in a handshake has come another way. */
static bool tcpka_fsm_answered(const struct tcpka_flow *flow)
{
	return tcpka_fsm_end(flow, flow->initiator)->seq.acked;
}

/**
 * tcpka_fsm_reset_carried() - whether a lost RST is to be carried to its end
 * @flow: the flow, LIVE; its lock is held
 *
 * Where addresses are translated there is no later time: conntrack forgets an
 * entry 10 s after a RST. A RST that passed here must be certain to be its
 * sender's: not where almost any number would do, nor is a subflow the
 * connection (RFC 8684). That somebody has said other numbers is no matter.
 */
bool tcpka_fsm_reset_carried(const struct tcpka_flow *flow)
{
	return flow->translated && !flow->midstream && !flow->adopted &&
	       !flow->end[0].seq.stale && !flow->end[1].seq.stale &&
	       !flow->mptcp;
}

/*
 * Whether an end has answered when it was asked about a RST, the last time or
 * the one before: one question, or its answer, may be lost. They may be sent late,
 * but by less than a second.
 */
static bool tcpka_fsm_survived(const struct tcpka_end *end, u32 close_at)
{
	u32 asked = close_at -
		    tcpka_ticks(TCPKA_RESET_MS << end->asked) -
		    tcpka_ticks(TCPKA_RESET_MS << (end->asked - 1)) -
		    tcpka_ticks(TCPKA_RESET_MS);

	return !tcpka_before(end->seen, asked);
}

/* A RST has passed; has it arrived? */
static void tcpka_fsm_judge_reset(const struct tcpka_flow *flow, u32 now,
				  struct tcpka_verdict *v)
{
	const struct tcpka_end *end = tcpka_fsm_end(flow, flow->reset_by);
	u32 close_at = flow->extra->end[flow->reset_by & 1].close_at;

	if (!tcpka_fsm_due(close_at, now, v))
		return;
	v->ends = BIT(flow->reset_by & 1);
	if (end->asked < TCPKA_RESET_CHECKS)
		v->what = TCPKA_CHECK;
	else if (tcpka_fsm_reset_carried(flow) &&
		 tcpka_fsm_survived(end, close_at))
		v->what = TCPKA_SURVIVED;
	else
		v->what = TCPKA_CLOSED;
}

/**
 * tcpka_fsm_look_after() - keep a flow's stamps within reach of the clock
 * @flow: the flow; its lock is held
 * @now: the present tick
 *
 * To be called at least every 30 days, and it is: the wheel asks again then.
 */
void tcpka_fsm_look_after(struct tcpka_flow *flow, u32 now)
{
	unsigned int i;

	flow->created = tcpka_past(flow->created, now);
	flow->since = tcpka_past(flow->since, now);
	flow->data = tcpka_past(flow->data, now);
	flow->stir = tcpka_past(flow->stir, now);
	flow->half = tcpka_past(flow->half, now);
	for (i = 0; i < 2; i++)
		flow->end[i].seen = tcpka_past(flow->end[i].seen, now);
}

/**
 * tcpka_fsm_judge() - what is to be done with a live flow
 * @flow: the flow; its lock is held
 * @t: the settings of its policy
 * @now: the present tick
 * @v: the answer
 */
void tcpka_fsm_judge(const struct tcpka_flow *flow,
		     const struct tcpka_timers *t, u32 now,
		     struct tcpka_verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->next = now + tcpka_ticks(TCPKA_FAR_MS);

	/* what bypasses the hooks is neither idle nor silent; until it returns */
	if (flow->offloaded) {
		v->next = now + tcpka_ticks(TCPKA_OFFLOADED_MS);
		return;
	}
	if (tcpka_fsm_forget(flow, t, now, v))
		return;
	if (tcpka_fsm_in_handshake(flow)) {
		/* nothing else can be said for ends that have not met */
		if (!tcpka_fsm_answered(flow))
			tcpka_fsm_expired(flow->created, t->half_open,
					  TCPKA_REASON_HALF_OPEN, flow, now,
					  v);
		return;
	}
	if (tcpka_fsm_half_closed(flow) &&
	    tcpka_fsm_expired(tcpka_later(flow->data, flow->half),
			      t->half_closed, TCPKA_REASON_HALF_CLOSED, flow,
			      now, v))
		return;
	if (tcpka_fsm_expired(flow->created, t->max_age, TCPKA_REASON_MAX_AGE,
			      flow, now, v) ||
	    tcpka_fsm_expired(flow->data, t->idle, TCPKA_REASON_IDLE,
			      flow, now, v))
		return;
	if (tcpka_fsm_closing(flow) &&
	    tcpka_fsm_expired(tcpka_fsm_last_seen(flow), t->half_closed,
			      TCPKA_REASON_HALF_CLOSED, flow, now, v))
		return;
	if (flow->reset_by)
		tcpka_fsm_judge_reset(flow, now, v);
	else if (tcpka_fsm_probes(flow, t))
		tcpka_fsm_keepalive(flow, t, now, v);
}

/**
 * tcpka_fsm_soonest() - the least that any of a policy's clocks takes
 * @t: its settings
 *
 * Whatever state a flow comes to, none of the clocks that tcpka_fsm_judge()
 * looks at runs out sooner after the policy came into force, but for those of
 * what has gone past the hooks and of a RST.
 *
 * Return: ticks.
 */
u32 tcpka_fsm_soonest(const struct tcpka_timers *t)
{
	const u64 ms[] = {
		t->keepalive, t->intvl, t->idle, t->max_age, t->half_open,
		t->half_closed, TCPKA_CORPSE_MS,
	};
	u64 least = TCPKA_EMBRYO_MS;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ms); i++)
		if (ms[i])
			least = min(least, ms[i]);
	return tcpka_ticks(least);
}

/**
 * tcpka_fsm_resettable() - whether it can be found out that a RST has arrived
 * @flow: the flow, LIVE; its lock is held
 *
 * Where it cannot, a RST that has passed is taken to have arrived.
 */
bool tcpka_fsm_resettable(const struct tcpka_flow *flow)
{
	return !tcpka_fsm_in_handshake(flow) && tcpka_fsm_both_seen(flow) &&
	       !flow->unforgeable && (!flow->translated || flow->ct) &&
	       !flow->offloaded;
}

/**
 * tcpka_fsm_reset() - a RST has passed that the other end would take
 * @flow: the flow, LIVE and resettable, with its extra; its lock is held
 * @by: the end that sent it
 * @now: the present tick
 *
 * One that is drawn again each time when the other end is asked is always
 * lost: that end is asked less often. Where the sender is asked as well, it says
 * the same again each time, and what is asked by then goes on.
 */
void tcpka_fsm_reset(struct tcpka_flow *flow, unsigned int by, u32 now)
{
	struct tcpka_end *other = &flow->end[!by];
	bool again = flow->reset_by == 1 + by;

	if (again && other->asked && tcpka_fsm_reset_carried(flow))
		return;
	flow->reset_by = 1 + by;
	if (other->asked == TCPKA_RESET_CHECKS)
		other->asked--;
	flow->extra->end[!by].close_at = now +
		tcpka_ticks(TCPKA_RESET_MS << other->asked);
}

/**
 * tcpka_fsm_checked() - an end was asked whether a RST has reached it
 * @flow: the flow, with its extra; its lock is held
 * @i: the end
 * @now: the present tick
 */
void tcpka_fsm_checked(struct tcpka_flow *flow, unsigned int i, u32 now)
{
	struct tcpka_end *end = &flow->end[i];

	end->asked++;
	flow->extra->end[i].close_at = now +
		tcpka_ticks(TCPKA_RESET_MS << end->asked);
}

/* Moves *@at to when a clock of @ms from @stamp runs out, if that is sooner. */
static void tcpka_fsm_sooner(const struct tcpka_flow *flow, u32 stamp, u64 ms,
			     u32 *at, bool *set)
{
	u32 due = tcpka_later(stamp, flow->since) + tcpka_ticks(ms);

	if (!ms || (*set && tcpka_before(*at, due)))
		return;
	*at = due;
	*set = true;
}

/**
 * tcpka_fsm_expires() - when a flow expires if nothing more is heard
 * @flow: the flow; its lock is held
 * @t: the settings of its policy
 * @set: whether it does
 *
 * Return: the earliest tick, where @set.
 */
u32 tcpka_fsm_expires(const struct tcpka_flow *flow,
		      const struct tcpka_timers *t, bool *set)
{
	u32 at = 0;

	*set = false;
	if (tcpka_fsm_in_handshake(flow)) {
		if (!tcpka_fsm_answered(flow))
			tcpka_fsm_sooner(flow, flow->created, t->half_open,
					 &at, set);
		return at;
	}
	tcpka_fsm_sooner(flow, flow->data, t->idle, &at, set);
	tcpka_fsm_sooner(flow, flow->created, t->max_age, &at, set);
	if (tcpka_fsm_half_closed(flow))
		tcpka_fsm_sooner(flow, tcpka_later(flow->data, flow->half),
				 t->half_closed, &at, set);
	if (tcpka_fsm_closing(flow))
		tcpka_fsm_sooner(flow, tcpka_fsm_last_seen(flow),
				 t->half_closed, &at, set);
	return at;
}

/**
 * tcpka_fsm_state() - state of a flow, from what was seen of its ends
 * @flow: the flow; its lock is held
 *
 * The words are those of nf_conntrack: who closes first is in fin-wait until
 * its FIN is acknowledged, then the connection waits for the other to close.
 *
 * Return: enum tcpka_state.
 */
u8 tcpka_fsm_state(const struct tcpka_flow *flow)
{
	const struct tcpka_end *ini = tcpka_fsm_end(flow, flow->initiator);
	const struct tcpka_end *rsp = tcpka_fsm_end(flow, flow->initiator + 1);

	if (!flow->picked) {
		if (!rsp->seq.syn)
			return TCPKA_STATE_SYN_SENT;
		if (!ini->seq.acked)
			return TCPKA_STATE_SYN_RECV;
	}
	if (!ini->seq.fin && !rsp->seq.fin)
		return TCPKA_STATE_ESTABLISHED;
	if (ini->seq.fin && rsp->seq.fin) {
		if (flow->shut == 3)
			return TCPKA_STATE_CLOSED;
		return flow->shut ? TCPKA_STATE_LAST_ACK : TCPKA_STATE_CLOSING;
	}
	return flow->shut ? TCPKA_STATE_CLOSE_WAIT : TCPKA_STATE_FIN_WAIT;
}
