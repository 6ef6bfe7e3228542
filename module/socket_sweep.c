// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - local half-open and TIME_WAIT: what is not a connection yet, or any more
 *
 * Requests are born by a plain store, and what is left of a closed socket tells
 * nobody that it is in TIME_WAIT: no tracepoint sees either. So they are looked
 * for, by a work that goes through the established hash while a policy sets
 * half-open or time-wait, and comes back when the first is due. What is younger
 * than the shortest of a kind is not even matched; nor, once its time is over, is
 * what may never be ended. The sockets of connect() are found in the same way: they
 * tell of SYN_SENT before they have a port to be matched by, and not all have sent
 * a SYN then.
 *
 * Their clocks, each from the later of its stamp and of the moment at which a
 * policy of that name came into force:
 *
 *   half-open   the first SYN-ACK, or SYN
 *   time-wait   the last FIN, or its repetition: what TCP_TIMEWAIT_LEN has left
 *
 * TIME_WAIT protects the next connection of the same name (RFC 9293 3.4.3). It
 * is cut short only where PAWS does that (RFC 7323 5.8, RFC 6191): both ends use
 * timestamps, and this host opened the connection.
 *
 * The hash is that of all namespaces: all their sweeps are done one by one, and
 * each pauses for ten times as long as it took.
 */

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "core.h"
#include "event.h"
#include "pace.h"
#include "policy.h"
#include "socket_priv.h"
#include "stats.h"
#include "trace.h"

/* References taken under a bucket's lock at a time. */
#define TCPKA_SWEEP_BATCH	16

/* Empty buckets looked at before others may run. */
#define TCPKA_SWEEP_BUCKETS	1024

/* Between two sweeps; or 1 % of the shortest time, if more. */
#define TCPKA_SWEEP_STEP_MS	150

/* A timer this far away is late by no more than an eighth of that. */
#define TCPKA_SWEEP_NEAR_MS	400

/* At most. */
#define TCPKA_SWEEP_FAR_MS	(86400 * MSEC_PER_SEC)

/* What pacing held back: as long as its burst. */
#define TCPKA_SWEEP_HELD_MS	17

/* How many times as long as a sweep the pause is, at least. */
#define TCPKA_SWEEP_PAUSE	10

static struct workqueue_struct *tcpka_sweep_wq;

/* Kinds of what is swept. */
enum { TCPKA_HALF_OPEN, TCPKA_TIME_WAIT, TCPKA_SWEPT };

/**
 * struct tcpka_swept - one that is due
 * @sk: a reference
 * @policy: that rules it, a reference
 * @kind: TCPKA_HALF_OPEN or TCPKA_TIME_WAIT
 * @initiator: this host opened the connection
 */
struct tcpka_swept {
	struct sock *sk;
	struct tcpka_policy *policy;
	u8 kind;
	bool initiator;
};

/**
 * struct tcpka_sweep - a walk through the established hash; times in ms
 * @socks: of the namespace
 * @tn: the namespace
 * @min: shortest time that a policy gives each kind, 0 where none does
 * @max: longest
 * @shortest: of @min, U64_MAX where nothing is wanted
 * @young: since the youngest policy came into force
 * @late: since the last sweep
 * @next: until the first is due that was not
 * @jiffies: when it began, as is @us
 * @us: the same by TCP's clock
 * @held: some were held back by pacing
 * @again: it looks at a bucket once more
 * @batch: those that are due
 * @n: how many
 */
struct tcpka_sweep {
	struct tcpka_socks *socks;
	struct tcpka_net *tn;
	u64 min[TCPKA_SWEPT];
	u64 max[TCPKA_SWEPT];
	u64 shortest;
	u64 young;
	u64 late;
	u64 next;
	unsigned long jiffies;
	u64 us;
	bool held;
	bool again;
	struct tcpka_swept batch[TCPKA_SWEEP_BATCH];
	unsigned int n;
};

static u64 tcpka_sweep_time(const struct tcpka_timers *t, unsigned int kind)
{
	return kind == TCPKA_HALF_OPEN ? t->half_open : t->time_wait;
}

static void tcpka_sweep_rule(struct tcpka_sweep *sweep,
			     const struct tcpka_policy *policy)
{
	unsigned int kind;
	u64 t;

	for (kind = 0; kind < TCPKA_SWEPT; kind++) {
		t = tcpka_sweep_time(&policy->t, kind);
		if (!t)
			continue;
		sweep->max[kind] = max(sweep->max[kind], t);
		sweep->min[kind] = min(sweep->min[kind] ?: t, t);
		sweep->shortest = min(sweep->shortest, t);
		sweep->young = min(sweep->young, tcpka_policy_age(policy));
	}
}

/* Return: false if no policy wants anything. */
static bool tcpka_sweep_rules(struct tcpka_sweep *sweep)
{
	struct tcpka_rules *rules;
	unsigned int i;

	rcu_read_lock();
	rules = rcu_dereference(sweep->tn->rules);
	for (i = 0; rules && rules->local && i < rules->n; i++)
		if (rules->policy[i]->match.kind != TCPKA_KIND_FORWARD)
			tcpka_sweep_rule(sweep, rules->policy[i]);
	rcu_read_unlock();
	return sweep->shortest != U64_MAX;
}

/* Whether a program's own connect() waits for an answer. */
static bool tcpka_sweep_connects(const struct sock *sk, int state)
{
	return state == TCP_SYN_SENT && !tcp_sk(sk)->repair &&
	       !tcpka_sock_kernel(sk);
}

/* Which kind it is; TCPKA_SWEPT for none. */
static unsigned int tcpka_sweep_kind(const struct sock *sk)
{
	int state = READ_ONCE(sk->sk_state);

	if (state == TCP_NEW_SYN_RECV)
		return TCPKA_HALF_OPEN;
	if (state != TCP_TIME_WAIT)
		return tcpka_sweep_connects(sk, state) ? TCPKA_HALF_OPEN :
							 TCPKA_SWEPT;
	return READ_ONCE(inet_twsk(sk)->tw_substate) == TCP_TIME_WAIT ?
	       TCPKA_TIME_WAIT : TCPKA_SWEPT;
}

static u64 tcpka_sweep_request_age(const struct tcpka_sweep *sweep,
				   const struct sock *sk)
{
	u64 sent = READ_ONCE(tcp_rsk(inet_reqsk(sk))->snt_synack);

	if (!sent || sent > sweep->us)
		return 0;
	return div_u64(sweep->us - sent, USEC_PER_MSEC);
}

/* For how long it has been what it is, when the sweep began. */
static u64 tcpka_sweep_age(const struct tcpka_sweep *sweep,
			   const struct sock *sk)
{
	long gone;

	if (sk->sk_state == TCP_NEW_SYN_RECV)
		return tcpka_sweep_request_age(sweep, sk);
	if (sk_fullsock(sk))
		return tcpka_tcp_syn_age(tcp_sk(sk), sweep->us);
	/* the jiffy in which its timer was started is not whole */
	gone = TCP_TIMEWAIT_LEN - 1 -
	       (long)(READ_ONCE(inet_twsk(sk)->tw_timer.expires) -
		      sweep->jiffies);
	return gone > 0 ? jiffies64_to_msecs(gone) : 0;
}

/* Its bucket's lock is held. */
static bool tcpka_sweep_initiator(const struct sock *sk)
{
	return sk_fullsock(sk) || (sk->sk_state != TCP_NEW_SYN_RECV &&
				   tcpka_twsk_opened(inet_twsk(sk)));
}

/* Whether its peer, and the next connection of its name, can stand its end. */
static bool tcpka_sweep_may(const struct sock *sk, unsigned int kind,
			    bool initiator)
{
	if (sk_fullsock(sk))
		return !sk_is_mptcp(sk);
	if (kind == TCPKA_HALF_OPEN)
		return tcpka_reset_may(sk);
	return initiator && tcp_twsk(sk)->tw_ts_recent_stamp;
}

static const struct {
	u8 stat;
	u8 kept;
	u8 reason;
} tcpka_swept_as[TCPKA_SWEPT] = {
	[TCPKA_HALF_OPEN] = {
		.stat	= TCPKA_STAT_EXPIRED_HALF_OPEN,
		.kept	= TCPKA_STAT_UNFORGEABLE,
		.reason	= TCPKA_REASON_HALF_OPEN,
	},
	[TCPKA_TIME_WAIT] = {
		.stat	= TCPKA_STAT_EXPIRED_TIME_WAIT,
		.kept	= TCPKA_STAT_TIME_WAIT_KEPT,
		.reason	= TCPKA_REASON_TIME_WAIT,
	},
};

static void tcpka_sweep_tell(struct tcpka_sweep *sweep,
			     const struct tcpka_policy *policy,
			     unsigned int kind, struct tcpka_info *info)
{
	strscpy(info->policy, policy->name, sizeof(info->policy));
	tcpka_count(sweep->tn, policy, tcpka_swept_as[kind].stat);
	tcpka_event_flow(sweep->tn, info, TCPKA_EVENT_EXPIRED,
			 tcpka_swept_as[kind].reason, TCPKA_ROLE_TCPKA);
}

/* What is due and stays: once, by the sweep that finds it so first. */
static void tcpka_sweep_note(struct tcpka_sweep *sweep,
			     const struct tcpka_policy *policy,
			     const struct sock *sk, unsigned int kind,
			     bool initiator)
{
	struct tcpka_info info;

	if (!tcpka_sweep_may(sk, kind, initiator)) {
		tcpka_count(sweep->tn, policy, tcpka_swept_as[kind].kept);
		return;
	}
	tcpka_hash_info(sk, initiator, &info);
	tcpka_sweep_tell(sweep, policy, kind, &info);
}

/* What drop means does not exist here either. */
static bool tcpka_sweep_ends(const struct tcpka_policy *policy)
{
	return policy->t.action != TCPKA_ACTION_NONE &&
	       policy->t.action != TCPKA_ACTION_DROP;
}

/*
 * Whether one is due, under its bucket's lock.
 *
 * Return: the policy that ends it, with a reference; or NULL.
 */
static struct tcpka_policy *tcpka_sweep_due(struct tcpka_sweep *sweep,
					    const struct sock *sk, u64 age,
					    unsigned int kind, bool initiator)
{
	bool may = tcpka_sweep_may(sk, kind, initiator);
	struct tcpka_subject subject;
	struct tcpka_policy *policy;
	u64 time, over;
	u32 gen;

	if (!may && min(age, sweep->young) > sweep->max[kind] + sweep->late)
		return NULL;
	tcpka_sock_subject(sk, initiator, &subject);
	policy = tcpka_policy_find(sweep->tn, &subject, &gen);
	if (!policy)
		return NULL;
	time = tcpka_sweep_time(&policy->t, kind);
	over = min(age, tcpka_policy_age(policy));
	if (time && over >= time) {
		if (may && tcpka_sweep_ends(policy))
			return policy;
		if (over - time < sweep->late && !sweep->again)
			tcpka_sweep_note(sweep, policy, sk, kind, initiator);
	} else if (time) {
		sweep->next = min(sweep->next, time - over);
	}
	tcpka_policy_put(policy);
	return NULL;
}

/* Return: false if the batch is full. */
static bool tcpka_sweep_look(struct tcpka_sweep *sweep, struct sock *sk)
{
	struct tcpka_swept *swept = &sweep->batch[sweep->n];
	unsigned int kind = tcpka_sweep_kind(sk);
	u64 age;

	if (kind == TCPKA_SWEPT || !sweep->min[kind])
		return true;
	age = tcpka_sweep_age(sweep, sk);
	if (age < sweep->min[kind]) {
		sweep->next = min(sweep->next, sweep->min[kind] - age);
		return true;
	}
	if (sweep->n == TCPKA_SWEEP_BATCH)
		return false;
	swept->initiator = tcpka_sweep_initiator(sk);
	swept->policy = tcpka_sweep_due(sweep, sk, age, kind,
					swept->initiator);
	if (!swept->policy)
		return true;
	if (!refcount_inc_not_zero(&sk->sk_refcnt)) {
		tcpka_policy_put(swept->policy);
		return true;
	}
	swept->sk = sk;
	swept->kind = kind;
	sweep->n++;
	return true;
}

/* Return: false if there may be more than the batch holds. */
static bool tcpka_sweep_collect(struct tcpka_sweep *sweep, unsigned int slot)
{
	struct inet_hashinfo *hashinfo = tcpka_hashinfo(sweep->tn->net);
	spinlock_t *lock = inet_ehash_lockp(hashinfo, slot);
	const struct hlist_nulls_node *node;
	bool all = true;
	struct sock *sk;

	sweep->n = 0;
	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &hashinfo->ehash[slot].chain) {
		if (!net_eq(sock_net(sk), sweep->tn->net))
			continue;
		all = tcpka_sweep_look(sweep, sk);
		if (!all)
			break;
	}
	spin_unlock_bh(lock);
	return all;
}

/*
 * What was due has been left alone since: a FIN may have come again, which begins
 * TIME_WAIT anew.
 */
static bool tcpka_sweep_still(const struct tcpka_sweep *sweep,
			      const struct tcpka_swept *swept)
{
	return tcpka_sweep_kind(swept->sk) == swept->kind &&
	       tcpka_sweep_age(sweep, swept->sk) >=
	       tcpka_sweep_time(&swept->policy->t, swept->kind);
}

/* Return: false if it is still there. */
static bool tcpka_sweep_end(struct tcpka_sweep *sweep,
			    const struct tcpka_swept *swept)
{
	struct sock *sk = swept->sk;
	struct tcpka_info info;
	int err;

	if (!tcpka_sweep_still(sweep, swept))
		return false;
	if (swept->kind == TCPKA_HALF_OPEN && !tcpka_pace_take(sweep->tn, 1)) {
		sweep->held = true;
		return false;
	}
	trace_tcpka_sock_expired(sk, tcpka_swept_as[swept->kind].reason);
	if (sk_fullsock(sk)) {
		err = tcpka_sock_expire(sweep->tn, sk, swept->policy);
		if (err == -EBUSY || err == -ENOMEM)
			sweep->held = true;
		return false;
	}
	tcpka_hash_info(sk, swept->initiator, &info);
	if (!tcpka_reset(sweep->tn, swept->policy, sk, TCP_TIME_WAIT))
		tcpka_sweep_tell(sweep, swept->policy, swept->kind, &info);
	return true;
}

static void tcpka_sweep_slot(struct tcpka_sweep *sweep, unsigned int slot)
{
	bool some, all;
	unsigned int i;

	sweep->again = false;
	do {
		some = false;
		all = tcpka_sweep_collect(sweep, slot);
		for (i = 0; i < sweep->n; i++) {
			some |= tcpka_sweep_end(sweep, &sweep->batch[i]);
			sock_gen_put(sweep->batch[i].sk);
			tcpka_policy_put(sweep->batch[i].policy);
			cond_resched();
		}
		sweep->again = true;
	} while (some && !all);
	/* what could not be looked at has its turn soon */
	if (!all)
		sweep->held = true;
}

static void tcpka_sweep_hash(struct tcpka_sweep *sweep)
{
	struct inet_hashinfo *hashinfo = tcpka_hashinfo(sweep->tn->net);
	unsigned int slot;

	for (slot = 0; slot <= hashinfo->ehash_mask; slot++) {
		if (slot % TCPKA_SWEEP_BUCKETS == 0)
			cond_resched();
		if (!hlist_nulls_empty(&hashinfo->ehash[slot].chain))
			tcpka_sweep_slot(sweep, slot);
	}
}

/* Until pacing lets a batch through. */
static u64 tcpka_sweep_held(const struct tcpka_sweep *sweep)
{
	u32 rate = READ_ONCE(sweep->tn->config.probe_rate);

	return max_t(u64, TCPKA_SWEEP_HELD_MS,
		     TCPKA_SWEEP_BATCH * MSEC_PER_SEC / max(rate, 1U));
}

/*
 * When to come back: what comes from now on is not due before the shortest. The
 * timers of works may be late by an eighth of their time (kernel/time/timer.c),
 * so one that is far off is approached.
 */
static unsigned long tcpka_sweep_delay(const struct tcpka_sweep *sweep)
{
	u64 pause = jiffies64_to_msecs(jiffies - sweep->jiffies) *
		    TCPKA_SWEEP_PAUSE;
	u64 step = max_t(u64, div_u64(sweep->shortest, 100),
			 TCPKA_SWEEP_STEP_MS);
	u64 delay = clamp(sweep->next, step, max(step, sweep->shortest));

	if (delay > TCPKA_SWEEP_NEAR_MS)
		delay -= delay / 8;
	if (sweep->held)
		delay = min(delay, tcpka_sweep_held(sweep));
	/* the longest time may be more than an unsigned int holds */
	delay = min_t(u64, max(delay, pause), TCPKA_SWEEP_FAR_MS);
	return msecs_to_jiffies(delay);
}

/**
 * tcpka_sweep() - end what is due of half-open and TIME_WAIT
 * @work: tcpka_socks.sweep
 */
void tcpka_sweep(struct work_struct *work)
{
	struct tcpka_socks *socks = container_of(to_delayed_work(work),
						 struct tcpka_socks, sweep);
	u64 now = ktime_to_ms(ktime_get_coarse());
	struct tcpka_sweep sweep = {
		.socks = socks,
		.tn = socks->tn,
		.shortest = U64_MAX,
		.young = U64_MAX,
		.late = now - socks->swept,
		.next = U64_MAX,
		.jiffies = jiffies,
		.us = tcp_clock_us(),
	};

	if (!tcpka_sweep_rules(&sweep))
		return;
	tcpka_sweep_hash(&sweep);
	socks->swept = now;
	queue_delayed_work(tcpka_sweep_wq, &socks->sweep,
			   tcpka_sweep_delay(&sweep));
}

/**
 * tcpka_sweep_soon() - have sweeps begin, or see to new rules
 * @socks: of the namespace
 */
void tcpka_sweep_soon(struct tcpka_socks *socks)
{
	mod_delayed_work(tcpka_sweep_wq, &socks->sweep, 0);
}

/**
 * tcpka_sweep_init() - prepare sweeps, once for the module
 *
 * Return: 0 or -ENOMEM.
 */
int tcpka_sweep_init(void)
{
	tcpka_sweep_wq = alloc_ordered_workqueue("tcpka_sweep", 0);
	return tcpka_sweep_wq ? 0 : -ENOMEM;
}

/**
 * tcpka_sweep_exit() - the mirror of tcpka_sweep_init()
 *
 * No namespace is swept any more. Sleeps.
 */
void tcpka_sweep_exit(void)
{
	destroy_workqueue(tcpka_sweep_wq);
}
