// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - finds and matches local sockets after the rules have changed
 *
 * One work a namespace, in process context. It first matches the records that
 * there are, then goes through the established hash for sockets that lived
 * before. It holds a bucket's lock only to take references; then each socket
 * is locked on its own. That many sockets may be found at once is why they are
 * given their keepalive by the wheel, paced.
 *
 * A socket that a process owns is left for a later round: the process may
 * sleep in a page fault for as long as it likes, and must not keep a policy
 * from all the others.
 */

#include <linux/mm.h>
#include <linux/sched.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "clock.h"
#include "core.h"
#include "hook_socket.h"
#include "policy.h"
#include "socket_priv.h"
#include "table.h"

/* Sockets whose references are taken under a bucket's lock at a time. */
#define TCPKA_SCAN_BATCH	16

/* Empty buckets looked at before others may run. */
#define TCPKA_SCAN_BUCKETS	1024

/* When to come back for sockets that were owned by a process: at first, and
 * at most.
 */
#define TCPKA_SCAN_RETRY	(HZ / 20)
#define TCPKA_SCAN_RETRY_MAX	(5 * HZ)

/* When to see whether there is room for sockets that found none. */
#define TCPKA_SCAN_CROWDED	(10 * HZ)

/**
 * struct tcpka_scan - a walk through the established hash
 * @socks: of the namespace
 * @net: the namespace
 * @listens: ports that have a listener, NULL where there was no memory
 * @batch: sockets found, a reference each
 * @n: how many
 * @busy: some socket was owned by a process
 */
struct tcpka_scan {
	struct tcpka_socks *socks;
	struct net *net;
	unsigned long *listens;
	struct sock *batch[TCPKA_SCAN_BATCH];
	unsigned int n;
	bool busy;
};

/*
 * A socket that has a record already; one that has closed while the tracepoint
 * was not hooked still has.
 */
static void tcpka_scan_rematch(struct tcpka_sock *ts)
{
	u32 now = tcpka_now();

	if (ts->sk->sk_state == TCP_CLOSE) {
		tcpka_keepalive_take_back(ts, true);
		tcpka_sock_remove(ts->tn->socks, ts);
	} else if (tcpka_sock_rematch(ts, now) && ts->pending) {
		ts->paced = 1;
		tcpka_sock_file(ts, now);
	}
}

/* It was told to the user as ended: not to be forgotten before that is done. */
static bool tcpka_scan_killed(const struct tcpka_sock *ts)
{
	return !ts->gone && ts->killed && !ts->unruled &&
	       !READ_ONCE(ts->tn->exiting);
}

/* Return: false if some were owned by a process. */
static bool tcpka_scan_records(struct tcpka_socks *socks)
{
	struct tcpka_sock *ts;
	unsigned long id = 0;
	bool all = true;

	while ((ts = tcpka_sock_next(socks, &id))) {
		local_bh_disable();
		bh_lock_sock(ts->sk);
		if (sock_owned_by_user(ts->sk) || tcpka_scan_killed(ts))
			all = false;
		else if (!ts->gone)
			tcpka_scan_rematch(ts);
		bh_unlock_sock(ts->sk);
		local_bh_enable();
		tcpka_sock_put(ts);
		id++;
		cond_resched();
	}
	return all;
}

/* Under the bucket's lock: so that only what is wanted is referenced. */
static bool tcpka_scan_wants(const struct tcpka_scan *scan,
			     const struct sock *sk)
{
	struct tcpka_subject subject;
	struct tcpka_policy *policy;
	bool wants;
	u32 gen;

	if (!sk_fullsock(sk) || !net_eq(sock_net(sk), scan->net) ||
	    !tcpka_sock_eligible(sk))
		return false;
	rcu_read_lock();
	wants = !tcpka_sock_lookup(scan->socks, sk);
	if (wants) {
		tcpka_sock_subject(sk, !tcpka_hash_responds(scan->listens, sk),
				   &subject);
		policy = tcpka_policy_find(scan->socks->tn, &subject, &gen);
		wants = policy;
		if (policy)
			tcpka_policy_put(policy);
	}
	rcu_read_unlock();
	return wants;
}

/* Return: false if there are more than the batch holds. */
static bool tcpka_scan_collect(struct tcpka_scan *scan, unsigned int slot)
{
	struct inet_hashinfo *hashinfo = tcpka_hashinfo(scan->net);
	spinlock_t *lock = inet_ehash_lockp(hashinfo, slot);
	const struct hlist_nulls_node *node;
	bool all = true;
	struct sock *sk;

	scan->n = 0;
	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &hashinfo->ehash[slot].chain) {
		if (!tcpka_scan_wants(scan, sk))
			continue;
		if (scan->n == TCPKA_SCAN_BATCH) {
			all = false;
			break;
		}
		if (refcount_inc_not_zero(&sk->sk_refcnt))
			scan->batch[scan->n++] = sk;
	}
	spin_unlock_bh(lock);
	return all;
}

/* The socket, which is locked, may have changed since it was found. */
static bool tcpka_scan_track(struct tcpka_scan *scan, struct sock *sk)
{
	struct tcpka_sock *ts = NULL;

	rcu_read_lock();
	if (tcpka_sock_eligible(sk) && !tcpka_sock_lookup(scan->socks, sk))
		ts = tcpka_sock_track(scan->socks->tn, sk,
				      !tcpka_hash_responds(scan->listens, sk));
	rcu_read_unlock();
	if (!ts)
		return false;
	ts->guessed = 1;
	ts->paced = 1;
	tcpka_sock_file(ts, ts->created);
	return true;
}

/* Return: true if the socket got a record. */
static bool tcpka_scan_sock(struct tcpka_scan *scan, struct sock *sk)
{
	bool tracked = false;

	local_bh_disable();
	bh_lock_sock(sk);
	if (sock_owned_by_user(sk))
		scan->busy = true;
	else
		tracked = tcpka_scan_track(scan, sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	return tracked;
}

/* Ends also where nothing more can be tracked, for want of memory or room. */
static void tcpka_scan_slot(struct tcpka_scan *scan, unsigned int slot)
{
	bool some, all;
	unsigned int i;

	do {
		some = false;
		all = tcpka_scan_collect(scan, slot);
		for (i = 0; i < scan->n; i++) {
			some |= tcpka_scan_sock(scan, scan->batch[i]);
			sock_put(scan->batch[i]);
			cond_resched();
		}
	} while (some && !all);
}

static void tcpka_scan_hash(struct tcpka_scan *scan)
{
	struct inet_hashinfo *hashinfo = tcpka_hashinfo(scan->net);
	unsigned int slot;

	for (slot = 0; slot <= hashinfo->ehash_mask; slot++) {
		if (slot % TCPKA_SCAN_BUCKETS == 0)
			cond_resched();
		if (hlist_nulls_empty(&hashinfo->ehash[slot].chain))
			continue;
		tcpka_scan_slot(scan, slot);
		/* its sockets may all have been known, but were looked at */
		cond_resched();
	}
}

/* Return: false if some were owned by a process. */
static bool tcpka_scan_living(struct tcpka_socks *socks)
{
	struct tcpka_scan scan = {
		.socks = socks,
		.net = socks->tn->net,
	};

	scan.listens = tcpka_hash_listens(scan.net);
	tcpka_scan_hash(&scan);
	kvfree(scan.listens);
	return !scan.busy;
}

/*
 * Lets go of the tracepoint, unless new rules have come meanwhile, or sockets are
 * to end that none rules.
 */
static void tcpka_scan_unhook(struct tcpka_socks *socks)
{
	struct tcpka_net *tn = socks->tn;
	struct tcpka_rules *rules;

	mutex_lock(&tn->lock);
	rules = rcu_dereference_protected(tn->rules,
					  lockdep_is_held(&tn->lock));
	if (socks->hooked && !(rules && rules->local) &&
	    !atomic_read(&socks->unruled)) {
		tcpka_hook_socket_put();
		socks->hooked = false;
	}
	mutex_unlock(&tn->lock);
}

/**
 * tcpka_scan_later() - have sockets looked for that could not be tracked
 * @socks: of the namespace
 *
 * Any context but hard interrupt.
 */
void tcpka_scan_later(struct tcpka_socks *socks)
{
	queue_delayed_work(tcpka_wq, &socks->scan, TCPKA_SCAN_CROWDED);
}

/* Return: generation of the rules, 0 where there are none; sets @local. */
static u32 tcpka_scan_rules(struct tcpka_socks *socks, bool *local)
{
	struct tcpka_rules *rules;
	u32 gen;

	rcu_read_lock();
	rules = rcu_dereference(socks->tn->rules);
	gen = rules ? rules->gen : 0;
	*local = rules && rules->local;
	rcu_read_unlock();
	return gen;
}

/**
 * tcpka_scan() - match all local sockets of a namespace anew
 * @work: tcpka_socks.scan
 *
 * The rules are looked at first: where they change meanwhile, what is decided
 * by the old ones is that the scan which has been queued by then does more.
 */
void tcpka_scan(struct work_struct *work)
{
	struct tcpka_socks *socks = container_of(to_delayed_work(work),
						 struct tcpka_socks, scan);
	bool local, all;
	u32 gen;

	gen = tcpka_scan_rules(socks, &local);
	if (local && gen == socks->gen && !tcpka_table_room(socks->tn)) {
		tcpka_scan_later(socks);
		return;
	}
	/* a probe that still saw the old rules has made its record by then */
	synchronize_rcu();
	all = tcpka_scan_records(socks);
	/* ORDER: a record leaves a rest that is ruled as it was itself */
	tcpka_rests_again(socks);
	if (local)
		all &= tcpka_scan_living(socks);
	else if (all)
		tcpka_scan_unhook(socks);
	socks->gen = all ? gen : 0;
	if (all) {
		socks->retry = 0;
		return;
	}
	socks->retry = clamp_t(unsigned long, socks->retry * 2,
			       TCPKA_SCAN_RETRY, TCPKA_SCAN_RETRY_MAX);
	queue_delayed_work(tcpka_wq, &socks->scan, socks->retry);
}
