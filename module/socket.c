// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - local sockets: life of a record
 *
 * A record begins with the transition to ESTABLISHED of a socket that a policy
 * matches, or when a scan finds such a socket, or a user wants one to end that no
 * policy rules. It ends in tcpka_sock_remove(),
 * called once, with the socket's lock held: at the transition to TCP_CLOSE, or
 * when no policy rules the socket any more. All that came upon the record by
 * then (the wheel's work, a scan, a walk, a kill) has a reference on it, takes
 * the socket's lock, and sees that it is gone.
 *
 * Kernel sockets are left alone: their users (NFS, iSCSI, Ceph, TLS servers in
 * the kernel) run timers of their own, and some do not hold their namespace.
 * Subflows of MPTCP are kernel sockets only in name. So is what an MPTCP
 * listener gets from a peer that does not speak MPTCP, until it is accepted:
 * such a socket gets a record, and the wheel waits until it is known.
 */

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "clock.h"
#include "core.h"
#include "owner.h"
#include "policy.h"
#include "socket_priv.h"
#include "stats.h"
#include "table.h"
#include "trace.h"
#include "wheel.h"

static struct kmem_cache *tcpka_sock_cache;

static const struct rhashtable_params tcpka_socks_params = {
	.head_offset		= offsetof(struct tcpka_sock, node),
	.key_offset		= offsetof(struct tcpka_sock, sk),
	.key_len		= sizeof_field(struct tcpka_sock, sk),
	.automatic_shrinking	= true,
};

/**
 * tcpka_socks_cache_init() - prepare the memory of records
 *
 * Return: 0 or -ENOMEM.
 */
int tcpka_socks_cache_init(void)
{
	tcpka_sock_cache = KMEM_CACHE(tcpka_sock, 0);
	return tcpka_sock_cache ? 0 : -ENOMEM;
}

/**
 * tcpka_socks_cache_exit() - give it back
 *
 * No record may be left but those that RCU is about to free. Sleeps.
 */
void tcpka_socks_cache_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(tcpka_sock_cache);
}

/**
 * tcpka_socks_table_init() - prepare the tables of a namespace
 * @socks: of the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int tcpka_socks_table_init(struct tcpka_socks *socks)
{
	xa_init_flags(&socks->by_id, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	return rhashtable_init(&socks->by_sk, &tcpka_socks_params);
}

static void tcpka_sock_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(tcpka_sock_cache,
			container_of(rcu, struct tcpka_sock, rcu));
}

/**
 * tcpka_sock_put() - give a reference back
 * @ts: the record; must not be used any more outside of RCU
 *
 * The last one lets go of the socket at once, and that of its namespace: the
 * namespace may be gone on return where the caller does not hold it up.
 */
void tcpka_sock_put(struct tcpka_sock *ts)
{
	if (!refcount_dec_and_test(&ts->ref))
		return;
	sock_put(ts->sk);
	call_rcu(&ts->rcu, tcpka_sock_free_rcu);
}

/**
 * tcpka_sock_lookup() - find a socket's record
 * @socks: of its namespace
 * @sk: the socket
 *
 * Return: the record, without a reference, good under the caller's RCU read
 * lock, and while the socket is locked; or NULL.
 */
struct tcpka_sock *tcpka_sock_lookup(struct tcpka_socks *socks,
				     const struct sock *sk)
{
	return rhashtable_lookup(&socks->by_sk, &sk, tcpka_socks_params);
}

/**
 * tcpka_sock_next() - the next record of a walk
 * @socks: of the namespace
 * @id: from which id on; set to that of the record
 *
 * Return: the record, with a reference; NULL at the end.
 */
struct tcpka_sock *tcpka_sock_next(struct tcpka_socks *socks,
				   unsigned long *id)
{
	struct tcpka_sock *ts;

	rcu_read_lock();
	while ((ts = xa_find(&socks->by_id, id, ULONG_MAX, XA_PRESENT))) {
		if (refcount_inc_not_zero(&ts->ref))
			break;
		++*id;
	}
	rcu_read_unlock();
	return ts;
}

/* Those who read it under RCU must not find it once its reference is put. */
static void tcpka_sock_swap_policy(struct tcpka_sock *ts,
				   struct tcpka_policy *policy)
{
	struct tcpka_policy *old;

	old = rcu_replace_pointer(ts->policy, policy, true);
	if (policy)
		atomic_inc(&policy->flows);
	if (!old)
		return;
	atomic_dec(&old->flows);
	tcpka_policy_put(old);
}

/**
 * tcpka_sock_set_policy() - put a socket under a policy
 * @ts: the record, its socket locked
 * @policy: with a reference, which the record takes over
 * @gen: of the rules in which it was found
 * @now: the present tick
 *
 * Clocks count no time before a policy came into force; one that only
 * replaced another of its name goes on with that one's. What action none has
 * noted holds as long as the timers and actions are the same.
 */
void tcpka_sock_set_policy(struct tcpka_sock *ts, struct tcpka_policy *policy,
			   u32 gen, u32 now)
{
	const struct tcpka_policy *old = tcpka_sock_policy(ts);

	if (!old || strcmp(old->name, policy->name)) {
		ts->since = now;
		ts->noted = 0;
	} else if (memcmp(&old->t, &policy->t, sizeof(policy->t))) {
		ts->noted = 0;
	}
	tcpka_sock_swap_policy(ts, policy);
	ts->gen = gen;
	ts->pending = 1;
}

/* Whether it is only a guess that a policy rules a socket. */
static bool tcpka_sock_unowned(const struct tcpka_policy *policy,
			       const struct tcpka_subject *subject)
{
	return policy->match.set_uid && subject->unowned;
}

/*
 * Whether one that no policy rules is still to be ended, or is ending. Else a
 * policy may have come for it meanwhile.
 */
static bool tcpka_sock_remains(struct tcpka_sock *ts)
{
	struct tcpka_net *tn = ts->tn;

	if (READ_ONCE(tn->exiting)) {
		tcpka_sock_remove(tn->socks, ts);
		return false;
	}
	if (ts->killed || ts->closing)
		return true;
	tcpka_sock_remove(tn->socks, ts);
	tcpka_scan_later(tn->socks);
	return false;
}

/**
 * tcpka_sock_rematch() - have a socket be ruled as the policies say now
 * @ts: the record, not gone; its socket is locked, and the caller holds a
 *	reference on the socket
 * @now: the present tick
 *
 * A socket that was accepted meanwhile has its owner now. One that no policy rules
 * stays so until it is ended.
 *
 * Return: false if no policy rules it any more: the record is gone.
 */
bool tcpka_sock_rematch(struct tcpka_sock *ts, u32 now)
{
	struct tcpka_policy *policy;
	u32 gen;

	if (ts->unruled)
		return tcpka_sock_remains(ts);
	tcpka_owner_read(ts->sk, &ts->subject);
	policy = tcpka_policy_find(ts->tn, &ts->subject, &gen);
	if (!policy) {
		tcpka_keepalive_take_back(ts, false);
		tcpka_sock_remove(ts->tn->socks, ts);
		return false;
	}
	ts->unowned = tcpka_sock_unowned(policy, &ts->subject);
	if (policy == tcpka_sock_policy(ts)) {
		tcpka_policy_put(policy);
		ts->gen = gen;
	} else {
		tcpka_sock_set_policy(ts, policy, gen, now);
	}
	return true;
}

/**
 * tcpka_sock_alloc() - memory for a record
 * @tn: the namespace
 * @sk: the socket
 * @gfp: how it is asked for
 *
 * Return: the record, to be handed to tcpka_sock_begin(), or to tcpka_sock_put();
 * or NULL.
 */
struct tcpka_sock *tcpka_sock_alloc(struct tcpka_net *tn, struct sock *sk,
				    gfp_t gfp)
{
	struct tcpka_sock *ts;

	ts = kmem_cache_zalloc(tcpka_sock_cache, gfp | __GFP_NOWARN);
	if (!ts)
		return NULL;
	sock_hold(sk);
	ts->sk = sk;
	ts->tn = tn;
	ts->socks = tn->socks;
	refcount_set(&ts->ref, 1);
	ts->created = tcpka_now();
	ts->heard = ts->created;
	ts->data = ts->created;
	ts->half = ts->created;
	ts->asked = ts->created;
	tcpka_abort_prepare(ts);
	return ts;
}

static void tcpka_sock_uncharge(struct tcpka_sock *ts,
				struct tcpka_socks *socks)
{
	if (ts->unruled)
		tcpka_unruled_put(socks);
	else
		tcpka_table_uncharge(ts->tn);
}

static int tcpka_sock_insert(struct tcpka_sock *ts)
{
	struct tcpka_socks *socks = ts->tn->socks;
	int err;

	if (!ts->unruled && !tcpka_table_charge(ts->tn))
		return -EUSERS;
	/* a walk goes on at the id after one: it must not wrap on 32 bits */
	err = xa_alloc_cyclic_bh(&socks->by_id, &ts->id, ts, xa_limit_31b,
				 &socks->next_id, GFP_ATOMIC | __GFP_NOWARN);
	if (err < 0)
		goto uncharge;
	err = rhashtable_insert_fast(&socks->by_sk, &ts->node,
				     tcpka_socks_params);
	if (err)
		goto erase;
	return 0;

erase:
	xa_erase_bh(&socks->by_id, ts->id);
uncharge:
	tcpka_sock_uncharge(ts, socks);
	return err;
}

/**
 * tcpka_sock_begin() - have a record begin
 * @ts: the record, new and filled, taken over; its socket is locked
 * @policy: with a reference, which the record takes over if it begins
 * @gen: of the rules in which @policy was found
 *
 * One that is @unruled takes over what tcpka_unruled_get() has given.
 *
 * Return: false if it was refused: @ts is gone then.
 */
bool tcpka_sock_begin(struct tcpka_sock *ts, struct tcpka_policy *policy,
		      u32 gen)
{
	tcpka_sock_set_policy(ts, policy, gen, ts->created);
	if (!tcpka_sock_insert(ts))
		return true;
	/* a walk may have come upon it meanwhile, and waits for the socket */
	ts->gone = 1;
	tcpka_policy_get(policy);
	tcpka_sock_swap_policy(ts, NULL);
	tcpka_sock_put(ts);
	return false;
}

/**
 * tcpka_sock_track() - begin a record for a socket, if a policy rules it
 * @tn: its namespace
 * @sk: the socket, locked, without a record
 * @initiator: it opened the connection
 *
 * Any context but hard interrupt, under RCU: whoever has changed the rules
 * waits a grace period before it looks for records that the old ones made.
 * The caller files it.
 *
 * Return: the record, good while the socket is locked; NULL where no policy
 * matches, or it was refused for want of memory or by max-flows: then a scan
 * comes back for it.
 */
struct tcpka_sock *tcpka_sock_track(struct tcpka_net *tn, struct sock *sk,
				    bool initiator)
{
	struct tcpka_subject subject;
	struct tcpka_policy *policy;
	struct tcpka_sock *ts;
	u32 gen;

	tcpka_sock_subject(sk, initiator, &subject);
	policy = tcpka_policy_find(tn, &subject, &gen);
	if (!policy)
		return NULL;
	ts = tcpka_sock_alloc(tn, sk, GFP_ATOMIC);
	if (!ts)
		goto refuse;
	ts->subject = subject;
	ts->initiator = initiator;
	ts->unowned = tcpka_sock_unowned(policy, &subject);
	if (!tcpka_sock_begin(ts, policy, gen))
		goto refuse;
	tcpka_count(tn, policy, TCPKA_STAT_FLOWS_CREATED);
	trace_tcpka_sock_tracked(sk, initiator);
	return ts;

refuse:
	tcpka_scan_later(tn->socks);
	tcpka_count(tn, policy, TCPKA_STAT_FLOWS_REFUSED);
	trace_tcpka_sock_refused(sk, 0);
	tcpka_policy_put(policy);
	return NULL;
}

/**
 * tcpka_sock_remove() - end a record's life
 * @socks: of its namespace
 * @ts: the record, not gone; its socket is locked, and the caller holds a
 *	reference on the socket
 *
 * Takes it out of tables, wheel and limits and puts their references.
 */
void tcpka_sock_remove(struct tcpka_socks *socks, struct tcpka_sock *ts)
{
	if (WARN_ON_ONCE(ts->gone))
		return;
	ts->gone = 1;
	tcpka_sock_swap_policy(ts, NULL);
	rhashtable_remove_fast(&socks->by_sk, &ts->node, tcpka_socks_params);
	xa_erase_bh(&socks->by_id, ts->id);
	tcpka_sock_uncharge(ts, socks);
	if (tcpka_wheel_kill(&socks->wheel, &ts->timer))
		tcpka_sock_put(ts);
	tcpka_sock_put(ts);
}

/**
 * tcpka_socks_established() - a socket is becoming ESTABLISHED
 * @sk: the socket, locked by the caller of the tracepoint
 * @old: TCP_SYN_SENT where it connects, TCP_SYN_RECV where it accepts
 *
 * Under RCU. Does not touch the socket: that is left to the wheel's work.
 */
void tcpka_socks_established(struct sock *sk, int old)
{
	struct tcpka_rules *rules;
	struct tcpka_sock *ts;
	struct tcpka_net *tn;

	if (tcpka_sock_kernel(sk))
		return;
	tn = tcpka_pernet(sock_net(sk));
	rules = rcu_dereference(tn->rules);
	if (!rules || !rules->local)
		return;
	/* a user wants it to end already */
	if (atomic_read(&tn->socks->unruled) &&
	    tcpka_sock_lookup(tn->socks, sk))
		return;
	ts = tcpka_sock_track(tn, sk, old == TCP_SYN_SENT);
	if (ts)
		tcpka_sock_file(ts, ts->created);
}

static struct tcpka_sock *tcpka_socks_record(const struct sock *sk)
{
	struct tcpka_socks *socks;

	/* what does not hold its namespace may outlive what that has of tcpka */
	if (!sk->sk_net_refcnt)
		return NULL;
	socks = READ_ONCE(tcpka_pernet(sock_net(sk))->socks);
	return socks ? tcpka_sock_lookup(socks, sk) : NULL;
}

/**
 * tcpka_socks_half_closed() - a socket is becoming CLOSE_WAIT or FIN_WAIT1
 * @sk: the socket, locked by the caller of the tracepoint
 *
 * Under RCU. The wheel finds its deadline.
 */
void tcpka_socks_half_closed(struct sock *sk)
{
	struct tcpka_sock *ts = tcpka_socks_record(sk);

	if (!ts)
		return;
	ts->half = tcpka_now();
	if (tcpka_sock_policy(ts)->t.half_closed && !ts->closing)
		tcpka_sock_file(ts, ts->half);
}

/**
 * tcpka_socks_closed() - a socket is becoming TCP_CLOSE
 * @sk: the socket, locked by the caller of the tracepoint
 * @old: what it was
 *
 * Under RCU. The values are put back for a program that connects the socket
 * anew; its timers are about to be stopped by TCP.
 */
void tcpka_socks_closed(struct sock *sk, int old)
{
	struct tcpka_rest *rest;
	struct tcpka_sock *ts;

	/* they never have a record; some are not even locked */
	if (1 << old & (TCPF_LISTEN | TCPF_CLOSE))
		return;
	ts = tcpka_socks_record(sk);
	if (!ts)
		return;
	tcpka_sock_ended(ts, old);
	tcpka_keepalive_take_back(ts, true);
	rest = tcpka_rest_of(ts, old);
	tcpka_sock_remove(ts->socks, ts);
	if (rest)
		tcpka_rest_begin(rest);
}
