// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - local sockets: life of a record, and what the rest of tcpka calls
 *
 * A record begins with the transition to ESTABLISHED of a socket that a policy
 * matches, or when a scan finds such a socket. It ends in tcpka_sock_remove(),
 * called once, with the socket's lock held: at the transition to TCP_CLOSE, or
 * when no policy rules the socket any more. All that came upon the record by
 * then (the wheel's work, a scan, a walk, a kill) has a reference on it, takes
 * the socket's lock, and sees that it is gone.
 *
 * Kernel sockets are left alone: their users (NFS, iSCSI, Ceph, TLS servers in
 * the kernel) run timers of their own, and some do not hold their namespace.
 * Subflows of MPTCP are kernel sockets only in name.
 */

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "clock.h"
#include "core.h"
#include "hook_socket.h"
#include "policy.h"
#include "socket_priv.h"
#include "stats.h"
#include "table.h"
#include "trace.h"
#include "wheel.h"

/* How long an unload waits for sockets that processes own. */
#define TCPKA_SOCKS_PATIENCE	(5 * HZ)

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

/* The local and the peer's address, v4-mapped ones as IPv4. */
static void tcpka_sock_addresses(const struct sock *sk,
				 struct tcpka_subject *subject,
				 union nf_inet_addr *local,
				 union nf_inet_addr *peer)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		subject->family = AF_INET6;
		local->in6 = sk->sk_v6_rcv_saddr;
		peer->in6 = sk->sk_v6_daddr;
		return;
	}
#endif
	subject->family = AF_INET;
	local->ip = sk->sk_rcv_saddr;
	peer->ip = sk->sk_daddr;
}

/* Index of the device towards the peer, 0 where it is not known now. */
static int tcpka_sock_device(const struct sock *sk)
{
	int oif = READ_ONCE(sk->sk_bound_dev_if);
	struct dst_entry *dst;

	if (oif)
		return oif;
	rcu_read_lock();
	dst = rcu_dereference(sk->sk_dst_cache);
	if (dst)
		oif = READ_ONCE(dst->dev)->ifindex;
	rcu_read_unlock();
	return oif;
}

/**
 * tcpka_sock_subject() - what policies match of a socket
 * @sk: the socket, connected
 * @initiator: it opened the connection
 * @subject: to fill
 */
void tcpka_sock_subject(const struct sock *sk, bool initiator,
			struct tcpka_subject *subject)
{
	const struct inet_sock *inet = inet_sk(sk);
	int dev = tcpka_sock_device(sk);

	memset(subject, 0, sizeof(*subject));
	subject->kind = TCPKA_KIND_LOCAL;
	subject->mark = READ_ONCE(sk->sk_mark);
	if (initiator) {
		tcpka_sock_addresses(sk, subject, &subject->src,
				     &subject->dst);
		subject->sport = inet->inet_sport;
		subject->dport = inet->inet_dport;
		subject->oif = dev;
	} else {
		tcpka_sock_addresses(sk, subject, &subject->dst,
				     &subject->src);
		subject->dport = inet->inet_sport;
		subject->sport = inet->inet_dport;
		subject->iif = dev;
	}
}

static bool tcpka_sock_kernel(const struct sock *sk)
{
	return (sk->sk_kern_sock && !sk_is_mptcp(sk)) || !sk->sk_net_refcnt;
}

/**
 * tcpka_sock_eligible() - whether a socket is in a state to be worked on
 * @sk: the socket
 *
 * Not the kernel's own, not under TCP_REPAIR, not listening, not half torn
 * down: what its program has closed ends by TCP's own timers.
 */
bool tcpka_sock_eligible(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state) &
		(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 |
		 TCPF_FIN_WAIT2)) &&
	       !sock_flag(sk, SOCK_DEAD) && !tcp_sk(sk)->repair &&
	       !tcpka_sock_kernel(sk);
}

static void tcpka_sock_drop_policy(struct tcpka_sock *ts)
{
	if (!ts->policy)
		return;
	atomic_dec(&ts->policy->flows);
	tcpka_policy_put(ts->policy);
	ts->policy = NULL;
}

/**
 * tcpka_sock_set_policy() - put a socket under a policy
 * @ts: the record, its socket locked
 * @policy: with a reference, which the record takes over
 * @gen: of the rules in which it was found
 * @now: the present tick
 *
 * Clocks count no time before a policy came into force; one that only
 * replaced another of its name goes on with that one's.
 */
void tcpka_sock_set_policy(struct tcpka_sock *ts, struct tcpka_policy *policy,
			   u32 gen, u32 now)
{
	if (!ts->policy || strcmp(ts->policy->name, policy->name)) {
		ts->since = now;
		ts->noted = 0;
	}
	tcpka_sock_drop_policy(ts);
	atomic_inc(&policy->flows);
	ts->policy = policy;
	ts->gen = gen;
	ts->pending = 1;
}

static struct tcpka_sock *tcpka_sock_alloc(struct tcpka_net *tn,
					   struct sock *sk)
{
	struct tcpka_sock *ts;

	ts = kmem_cache_zalloc(tcpka_sock_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!ts)
		return NULL;
	sock_hold(sk);
	ts->sk = sk;
	ts->tn = tn;
	refcount_set(&ts->ref, 1);
	ts->created = tcpka_now();
	ts->heard = ts->created;
	ts->data = ts->created;
	return ts;
}

static int tcpka_sock_insert(struct tcpka_sock *ts)
{
	struct tcpka_socks *socks = ts->tn->socks;
	int err;

	if (!tcpka_table_charge(ts->tn))
		return -EUSERS;
	err = xa_alloc_cyclic_bh(&socks->by_id, &ts->id, ts, xa_limit_32b,
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
	tcpka_table_uncharge(ts->tn);
	return err;
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
 * matches, or it was refused for want of memory or by max-flows.
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
	ts = tcpka_sock_alloc(tn, sk);
	if (!ts)
		goto refuse;
	ts->subject = subject;
	ts->initiator = initiator;
	tcpka_sock_set_policy(ts, policy, gen, ts->created);
	if (tcpka_sock_insert(ts))
		goto put;
	tcpka_count(tn, policy, TCPKA_STAT_FLOWS_CREATED);
	trace_tcpka_sock_tracked(sk, initiator);
	return ts;

put:
	/* a walk may have come upon it meanwhile, and waits for the socket */
	ts->gone = 1;
	tcpka_policy_get(policy);
	tcpka_sock_drop_policy(ts);
	tcpka_sock_put(ts);
refuse:
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
	tcpka_sock_drop_policy(ts);
	rhashtable_remove_fast(&socks->by_sk, &ts->node, tcpka_socks_params);
	xa_erase_bh(&socks->by_id, ts->id);
	tcpka_table_uncharge(ts->tn);
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
	ts = tcpka_sock_track(tn, sk, old == TCP_SYN_SENT);
	if (ts)
		tcpka_sock_file(ts, ts->created);
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
	struct tcpka_socks *socks;
	struct tcpka_sock *ts;

	/* the others never had a record; some are not even locked */
	if (1 << old & (TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_LISTEN |
			TCPF_CLOSE))
		return;
	if (tcpka_sock_kernel(sk))
		return;
	socks = READ_ONCE(tcpka_pernet(sock_net(sk))->socks);
	ts = socks ? tcpka_sock_lookup(socks, sk) : NULL;
	if (!ts)
		return;
	tcpka_sock_ended(ts, old);
	tcpka_keepalive_take_back(ts, true);
	tcpka_sock_remove(socks, ts);
}

/**
 * tcpka_socks_init() - prepare a namespace's local sockets
 * @tn: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int tcpka_socks_init(struct tcpka_net *tn)
{
	struct tcpka_socks *socks;
	int err;

	socks = kvzalloc(sizeof(*socks), GFP_KERNEL);
	if (!socks)
		return -ENOMEM;
	err = rhashtable_init(&socks->by_sk, &tcpka_socks_params);
	if (err) {
		kvfree(socks);
		return err;
	}
	xa_init_flags(&socks->by_id, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	tcpka_wheel_init(&socks->wheel, tcpka_sock_fire);
	INIT_DELAYED_WORK(&socks->scan, tcpka_scan);
	socks->tn = tn;
	tn->socks = socks;
	return 0;
}

/*
 * Has the scan, which finds no rules, put back everything and unhook. A socket
 * that a process owns all the time (it sleeps in a page fault) is given up:
 * its owner must not be able to hold up the creation of namespaces, which
 * waits for an unload.
 */
static void tcpka_socks_drain(struct tcpka_socks *socks)
{
	unsigned long until = jiffies + TCPKA_SOCKS_PATIENCE;

	do {
		flush_delayed_work(&socks->scan);
	} while (READ_ONCE(socks->hooked) && time_before(jiffies, until));
	cancel_delayed_work_sync(&socks->scan);
	if (socks->hooked)
		tcpka_hook_socket_put();
	socks->hooked = false;
}

/* Drops the records of sockets that were given up, which keep what they have. */
static void tcpka_socks_abandon(struct tcpka_socks *socks)
{
	struct tcpka_sock *ts;
	unsigned long id = 0;

	while ((ts = tcpka_sock_next(socks, &id))) {
		tcpka_sock_remove(socks, ts);
		tcpka_sock_put(ts);
	}
}

/**
 * tcpka_socks_exit() - free what a namespace has of local sockets
 * @tn: the namespace; it has no policy any more
 *
 * On return every socket has back what it had, but those of which a process
 * would not let go. Sleeps.
 */
void tcpka_socks_exit(struct tcpka_net *tn)
{
	struct tcpka_socks *socks = tn->socks;

	tcpka_socks_drain(socks);
	tcpka_wheel_stop(&socks->wheel);
	WRITE_ONCE(tn->socks, NULL);
	/* other namespaces may still have the probe run for our sockets */
	synchronize_rcu();
	/* from here on nobody else can come upon a record */
	tcpka_socks_abandon(socks);
	rhashtable_destroy(&socks->by_sk);
	xa_destroy(&socks->by_id);
	kvfree(socks);
}

/**
 * tcpka_socks_rules_changed() - take note of new policies
 * @tn: the namespace; its lock is held, the rules are published
 * @local: some policy may rule a local socket
 *
 * Sockets are matched anew by a work, soon. Sleeps.
 */
void tcpka_socks_rules_changed(struct tcpka_net *tn, bool local)
{
	struct tcpka_socks *socks = tn->socks;
	int err;

	lockdep_assert_held(&tn->lock);
	if (local && !socks->hooked) {
		err = tcpka_hook_socket_get();
		if (err) {
			pr_warn("tcpka: no state transitions, local sockets are left alone: %d\n",
				err);
			return;
		}
		socks->hooked = true;
		socks->used = true;
	}
	if (socks->hooked)
		mod_delayed_work(tcpka_wq, &socks->scan, 0);
}

/**
 * tcpka_socks_walk() - show every local socket that a policy rules
 * @tn: the namespace
 * @pos: where to begin, 0 at first; where to go on when @fn wanted to stop
 * @fn: gets each socket, with no lock held, and with a reference on @sk that
 *	ends when it returns; returns 0 to go on
 * @data: for @fn
 *
 * Process context; sleeps. Shows nothing twice, and misses nothing that is
 * there all the time. What @fn stopped at is shown again by the next call.
 *
 * Return: 0 at the end, or what @fn returned.
 */
int tcpka_socks_walk(struct tcpka_net *tn, unsigned long *pos,
		     int (*fn)(struct tcpka_info *info, struct sock *sk,
			       void *data),
		     void *data)
{
	struct tcpka_info info;
	struct tcpka_sock *ts;
	bool gone;
	int err;

	while ((ts = tcpka_sock_next(tn->socks, pos))) {
		lock_sock(ts->sk);
		gone = ts->gone;
		if (!gone) {
			tcpka_sock_observe(ts);
			tcpka_sock_info(ts, ts->sk->sk_state, &info);
		}
		release_sock(ts->sk);
		err = gone ? 0 : fn(&info, ts->sk, data);
		tcpka_sock_put(ts);
		if (err)
			return err;
		++*pos;
		cond_resched();
	}
	return 0;
}

/**
 * tcpka_sock_kill() - end a local socket because a user asked for it
 * @tn: its namespace
 * @sk: the socket, a reference, not locked
 *
 * As "ss -K" does: the peer gets a RST, the program ECONNABORTED. Sleeps.
 *
 * Return: 0; -ENOENT if no policy rules it any more; -EOPNOTSUPP for a
 * subflow of MPTCP, which is not the connection.
 */
int tcpka_sock_kill(struct tcpka_net *tn, struct sock *sk)
{
	struct tcpka_sock *ts;
	int err = 0;

	lock_sock(sk);
	rcu_read_lock();
	ts = tcpka_sock_lookup(tn->socks, sk);
	if (!ts) {
		err = -ENOENT;
	} else if (sk_is_mptcp(sk)) {
		tcpka_count(tn, ts->policy, TCPKA_STAT_UNFORGEABLE);
		err = -EOPNOTSUPP;
	} else {
		ts->ending = TCPKA_REASON_USER;
	}
	rcu_read_unlock();
	release_sock(sk);
	return err ? : tcpka_sock_abort(sk, ECONNABORTED);
}
