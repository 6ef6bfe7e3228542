// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - all that touches nf_conntrack
 *
 * A flow keeps a reference on the conntrack entry of its segments. Segments
 * of ours carry it, so POSTROUTING translates them as it does the end's own:
 * what FORWARD sees, and a flow is known by, is after DNAT and before SNAT, so
 * the source alone is left to be translated there, in either direction. And it
 * tells when a connection is in a flowtable, past all hooks.
 *
 * Everything here is inline or in the kernel itself: nf_conntrack need not be
 * there, and is not pulled in. But while references may exist it must stay:
 * nf_conntrack waits for them when it is unloaded. So it is pinned as long as
 * a namespace has policies, and references are taken only then. Where it comes
 * after the policies, the first entry that a hook sees has it pinned.
 *
 * nf_nat waits for nobody. It links the entries that it has looked at into a
 * table of its own, and unlinks them when they are freed, not when they die:
 * one that is held until nf_nat has gone, and come again, is unlinked from a
 * table that is no more. So nf_nat is pinned like nf_conntrack, and before it is
 * such entries are left alone.
 *
 * References are dropped when a flow is removed, at once, never by RCU: when a
 * namespace goes, nf_conntrack may be asked to leave first, and waits until
 * the re-match, which runs at the same time, has removed all flows.
 *
 * Lock order: tcpka_flow.lock, then what conntrack takes.
 */

#include <linux/module.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>

#include "clock.h"
#include "conntrack.h"
#include "core.h"
#include "flow.h"
#include "fsm.h"
#include "table.h"

/* As nf_flow_table has it where no other is set (NF_FLOW_TIMEOUT). */
#define TCPKA_OFFLOAD_TIMEOUT	(30 * HZ)

/* How long an entry that conntrack has given up may be held. */
#define TCPKA_CT_LOOK		(5 * 60 * HZ)

/* One that each of the two modules exports, to whoever asks at run time. */
#define TCPKA_CT_SYMBOL		"nf_conntrack_find_get"
#define TCPKA_NAT_SYMBOL	"nf_nat_alloc_null_binding"

static void tcpka_conntrack_pin_one(bool *pinned, const char *symbol)
{
	if (!*pinned && __symbol_get(symbol))
		WRITE_ONCE(*pinned, true);
}

static void tcpka_conntrack_unpin_one(bool *pinned, const char *symbol)
{
	if (!*pinned)
		return;
	WRITE_ONCE(*pinned, false);
	__symbol_put(symbol);
}

/**
 * tcpka_conntrack_pin() - keep nf_conntrack and nf_nat from being unloaded
 * @tn: the namespace; its lock is held, it has policies
 *
 * Those of them that are there.
 */
void tcpka_conntrack_pin(struct tcpka_net *tn)
{
	lockdep_assert_held(&tn->lock);
	tcpka_conntrack_pin_one(&tn->ct_pinned, TCPKA_CT_SYMBOL);
	tcpka_conntrack_pin_one(&tn->nat_pinned, TCPKA_NAT_SYMBOL);
}

/**
 * tcpka_conntrack_unpin() - let nf_conntrack and nf_nat go
 * @tn: the namespace; its lock is held, it has neither policies nor flows
 */
void tcpka_conntrack_unpin(struct tcpka_net *tn)
{
	lockdep_assert_held(&tn->lock);
	tcpka_conntrack_unpin_one(&tn->nat_pinned, TCPKA_NAT_SYMBOL);
	tcpka_conntrack_unpin_one(&tn->ct_pinned, TCPKA_CT_SYMBOL);
}

/**
 * tcpka_conntrack_holdable() - whether references on an entry may be kept
 * @tn: the namespace
 * @ct: an entry, confirmed
 *
 * Nothing links an entry into nf_nat's table once it is confirmed.
 */
bool tcpka_conntrack_holdable(const struct tcpka_net *tn,
			      const struct nf_conn *ct)
{
	return READ_ONCE(tn->ct_pinned) &&
	       (READ_ONCE(tn->nat_pinned) ||
		!(READ_ONCE(ct->status) & IPS_SRC_NAT_DONE));
}

static void tcpka_conntrack_pin_work(struct work_struct *work)
{
	struct tcpka_net *tn = container_of(work, struct tcpka_net, ct_pin);

	mutex_lock(&tn->lock);
	if (rcu_access_pointer(tn->rules))
		tcpka_conntrack_pin(tn);
	mutex_unlock(&tn->lock);
}

/**
 * tcpka_conntrack_init() - prepare a namespace
 * @tn: the namespace
 */
void tcpka_conntrack_init(struct tcpka_net *tn)
{
	INIT_WORK(&tn->ct_pin, tcpka_conntrack_pin_work);
}

/**
 * tcpka_conntrack_drop() - give a flow's reference back
 * @flow: the flow; its lock is held
 */
void tcpka_conntrack_drop(struct tcpka_flow *flow)
{
	struct nf_conn *ct = flow->ct;

	lockdep_assert_held(&flow->lock);
	flow->ct = NULL;
	/* not nf_ct_put(), which is nf_conntrack's own */
	if (ct)
		nf_conntrack_put(&ct->ct_general);
}

/**
 * tcpka_conntrack_close() - tell conntrack that a connection is over
 * @flow: the flow, a tombstone whose time is over; its lock is held
 *
 * Conntrack has not seen our RSTs. Earlier it would be wrong: the entry must
 * translate what is still to be said.
 */
void tcpka_conntrack_close(struct tcpka_flow *flow)
{
	if (flow->ct && !nf_ct_is_dying(flow->ct))
		nf_ct_set_closing(&flow->ct->ct_general);
}

/**
 * tcpka_conntrack_liberal() - have conntrack bear with a closing by FIN
 * @flow: the flow; its lock is held
 *
 * Conntrack does not see our FINs, so the ends' acknowledgments of them are
 * beyond what it takes for sent: INVALID, and untranslated. As
 * flow_offload_fixup_tcp() does for what has bypassed it.
 */
void tcpka_conntrack_liberal(struct tcpka_flow *flow)
{
	struct nf_conn *ct = flow->ct;

	if (!ct)
		return;
	spin_lock_bh(&ct->lock);
	ct->proto.tcp.seen[0].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	ct->proto.tcp.seen[1].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	spin_unlock_bh(&ct->lock);
}

/*
 * One that was never confirmed may yet lose against another. A flow keeps the
 * entry of its last segment: after a flush of the table there is a new one.
 */
static void tcpka_conntrack_take(struct tcpka_flow *flow, struct nf_conn *ct,
				 u8 orig)
{
	struct tcpka_net *tn = flow->tn;

	if (!tcpka_conntrack_holdable(tn, ct)) {
		queue_work(tcpka_wq, &tn->ct_pin);
		return;
	}
	tcpka_conntrack_drop(flow);
	if (!nf_ct_is_confirmed(ct) || nf_ct_is_dying(ct))
		return;
	nf_conntrack_get(&ct->ct_general);
	flow->ct = ct;
	flow->ct_orig = orig;
}

/**
 * tcpka_conntrack_due() - when a flow is to be seen to because of its entry
 * @flow: the flow; its lock is held
 * @due: when it is to be seen to anyway
 *
 * An entry counts against nf_conntrack_max until its last reference is put,
 * and none of ours may be left of those that are long out of the table.
 *
 * Return: the earlier tick.
 */
u32 tcpka_conntrack_due(const struct tcpka_flow *flow, u32 due)
{
	unsigned long left;
	u32 look;

	if (!flow->ct)
		return due;
	left = nf_ct_expires(flow->ct);
	/* a tombstone keeps one that is over until conntrack lets go of it */
	if (!left || left > TCPKA_CT_LOOK)
		left = TCPKA_CT_LOOK;
	look = tcpka_now() + tcpka_ticks(jiffies_to_msecs(left + HZ));
	return tcpka_before(look, due) ? look : due;
}

/**
 * tcpka_conntrack_forget() - do not hold an entry that nobody can use
 * @flow: the flow, a tombstone; its lock is held
 */
void tcpka_conntrack_forget(struct tcpka_flow *flow)
{
	if (flow->ct && nf_ct_is_dying(flow->ct))
		tcpka_conntrack_drop(flow);
}

static u32 tcpka_conntrack_offload_ticks(const struct tcpka_flow *flow)
{
	unsigned int timeout = TCPKA_OFFLOAD_TIMEOUT;

#if IS_ENABLED(CONFIG_NF_FLOW_TABLE)
	timeout = READ_ONCE(nf_tcp_pernet(flow->tn->net)->offload_timeout);
#endif
	return tcpka_ticks_floor(jiffies_to_msecs(timeout));
}

/*
 * What happened meanwhile is not known. It was silent, at the end, for as long
 * as a flowtable keeps what is silent: keepalive counts from then, lest others
 * forget the connection first. All that ends counts from now.
 */
static void tcpka_conntrack_offloaded(struct tcpka_flow *flow, bool yes,
				      u32 seen, u32 now)
{
	unsigned int i;

	flow->offloaded = yes;
	tcpka_flow_file(flow, now + 1);
	if (yes)
		return;
	flow->data = now;
	flow->stir = now;
	/* given up before, and back: it is probed again */
	if (flow->noted & BIT(TCPKA_REASON_KEEPALIVE)) {
		tcpka_table_yield(flow, flow->reset_by);
		flow->noted &= ~BIT(TCPKA_REASON_KEEPALIVE);
	}
	/* anybody's segment may be the first that is believed: ask before telling */
	flow->picked = 1;
	for (i = 0; i < 2; i++) {
		flow->end[i].seq.stale = 1;
		tcpka_flow_absorb_no_more(flow, &flow->end[i]);
		tcpka_fsm_heard(&flow->end[i], seen);
	}
}

static void tcpka_conntrack_offload(struct tcpka_flow *flow,
				    const struct nf_conn *ct, u32 seen, u32 now)
{
	bool offloaded = READ_ONCE(ct->status) &
			 (IPS_OFFLOAD | IPS_HW_OFFLOAD);

	if (offloaded != flow->offloaded)
		tcpka_conntrack_offloaded(flow, offloaded, seen, now);
}

static void tcpka_conntrack_status(struct tcpka_flow *flow,
				   const struct nf_conn *ct)
{
	unsigned long status = READ_ONCE(ct->status);

	if (status & IPS_NAT_MASK && !flow->translated)
		flow->translated = 1;
	/* the two sides count differently: nothing is known of one by the other */
	if (status & IPS_SEQ_ADJUST && !flow->unforgeable)
		flow->unforgeable = TCPKA_OBSTACLE_ADJUSTED;
}

static bool tcpka_conntrack_over(const struct nf_conn *ct)
{
	return nf_ct_is_dying(ct) || nf_ct_is_expired(ct);
}

/**
 * tcpka_conntrack_foreign() - whether a segment is another connection's
 * @flow: a flow of the segment's name, LIVE or TOMB; its lock is held
 * @skb: the segment
 *
 * Between DNAT and SNAT two connections may go by one name: one client and two
 * addresses that lead to one server, or anybody who sends in a client's name to
 * the server's own address.
 */
bool tcpka_conntrack_foreign(const struct tcpka_flow *flow,
			     const struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	return ct && flow->ct && ct != flow->ct &&
	       !tcpka_conntrack_over(flow->ct);
}

/*
 * Whether the ends have closed a connection, and only conntrack has seen it.
 * What was offloaded, or is of old, need not have said so here. Whose RST has
 * passed has: whether it has arrived, conntrack cannot know. And where the
 * numbers are adjusted, what one end acknowledges is not what the other has sent
 * here.
 */
static bool tcpka_conntrack_closed(const struct tcpka_flow *flow,
				   const struct nf_conn *ct)
{
	u8 state = READ_ONCE(ct->proto.tcp.state);

	if (flow->unforgeable == TCPKA_OBSTACLE_ADJUSTED)
		return state == TCP_CONNTRACK_TIME_WAIT ||
		       state == TCP_CONNTRACK_CLOSE;
	return (flow->offloaded || (flow->picked && !flow->aborted)) &&
	       state == TCP_CONNTRACK_CLOSE;
}

/**
 * tcpka_conntrack_same() - whether the entry of a segment says nothing new
 * @flow: the flow, LIVE; its lock is held
 * @skb: a segment that has an entry
 *
 * Return: true where the segment is not foreign, and neither
 * tcpka_conntrack_learn() nor tcpka_conntrack_follow() would do anything.
 */
bool tcpka_conntrack_same(const struct tcpka_flow *flow,
			  const struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);
	unsigned long status;

	if (ct != flow->ct || flow->offloaded || flow->picked)
		return false;
	status = READ_ONCE(ct->status);
	if (status & (IPS_OFFLOAD | IPS_HW_OFFLOAD | IPS_SEQ_ADJUST))
		return false;
	return flow->unforgeable != TCPKA_OBSTACLE_ADJUSTED &&
	       (flow->translated || !(status & IPS_NAT_MASK));
}

/**
 * tcpka_conntrack_learn() - see whether a flow bypasses the hooks
 * @flow: the flow, LIVE; its lock is held
 * @skb: a segment, not foreign
 * @now: the present tick
 *
 * Whether the segment is to be believed depends on it.
 */
void tcpka_conntrack_learn(struct tcpka_flow *flow, const struct sk_buff *skb,
			   u32 now)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!ct)
		return;
	tcpka_conntrack_offload(flow, ct, now, now);
	if (ct == flow->ct && tcpka_conntrack_closed(flow, ct))
		tcpka_flow_file(flow, now + 1);
}

/**
 * tcpka_conntrack_follow() - learn from the entry of a segment
 * @flow: the flow, LIVE; its lock is held
 * @skb: the segment, which is to be believed
 * @pkt: what was read of it
 * @now: the present tick
 *
 * What conntrack does not take for a segment of a connection has no entry, and
 * says nothing.
 */
void tcpka_conntrack_follow(struct tcpka_flow *flow, const struct sk_buff *skb,
			    const struct tcpka_packet *pkt, u32 now)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!ct)
		return;
	tcpka_conntrack_status(flow, ct);
	if (flow->ct == ct)
		return;
	tcpka_conntrack_take(flow, ct,
			     CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL ?
			     pkt->dir : !pkt->dir);
	/* what is filed already may be far away */
	tcpka_flow_refile(flow, now);
}

/**
 * tcpka_conntrack_adopt() - keep the entry from which a flow was made
 * @flow: the flow, LIVE; its lock is held
 * @ct: the entry; the flow takes a reference of its own
 * @orig: the end that sends in its original direction
 * @now: the present tick
 */
void tcpka_conntrack_adopt(struct tcpka_flow *flow, struct nf_conn *ct,
			   u8 orig, u32 now)
{
	tcpka_conntrack_status(flow, ct);
	tcpka_conntrack_offload(flow, ct, now, now);
	tcpka_conntrack_take(flow, ct, orig);
	tcpka_flow_refile(flow, now);
}

/**
 * tcpka_conntrack_look() - see what became of a flow's entry
 * @flow: the flow, LIVE; its lock is held
 * @now: the present tick
 *
 * Return: false if the connection has ended in a flowtable, past the hooks.
 */
bool tcpka_conntrack_look(struct tcpka_flow *flow, u32 now)
{
	struct nf_conn *ct = flow->ct;
	bool closed;

	if (!ct) {
		/* nobody would notice that it has come back */
		if (flow->offloaded)
			tcpka_conntrack_offloaded(flow, false, now, now);
		return true;
	}
	closed = tcpka_conntrack_closed(flow, ct);
	if (closed || tcpka_conntrack_over(ct)) {
		tcpka_conntrack_drop(flow);
		return !closed && !flow->offloaded;
	}
	tcpka_conntrack_status(flow, ct);
	tcpka_conntrack_offload(flow, ct,
				now - tcpka_conntrack_offload_ticks(flow), now);
	return true;
}

/**
 * tcpka_conntrack_attach() - have a segment of ours go as the end's own would
 * @flow: the flow; its lock is held
 * @skb: the segment
 * @from: the end in whose name it is sent
 *
 * Return: false if it cannot, and would leave with addresses that nobody knows.
 */
bool tcpka_conntrack_attach(struct tcpka_flow *flow, struct sk_buff *skb,
			    unsigned int from)
{
	struct nf_conn *ct = flow->ct;

	if (!ct || nf_ct_is_dying(ct))
		return !flow->translated;
	nf_conntrack_get(&ct->ct_general);
	nf_ct_set(skb, ct, from == flow->ct_orig ? IP_CT_ESTABLISHED :
						   IP_CT_ESTABLISHED_REPLY);
	return true;
}
