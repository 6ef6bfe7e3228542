// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - every TCP socket of a namespace, ruled by a policy or not
 *
 * The established hash has them all but listeners: sockets, requests in
 * SYN_RECV, and what is left of a closed one in TIME_WAIT or FIN_WAIT2. A
 * bucket's lock is held to take references only.
 */

#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/tcp.h>

#include "socket_priv.h"
#include "table.h"

/* Empty buckets looked at before others may run. */
#define TCPKA_HASH_BUCKETS	1024

#define TCPKA_HASH_PORTS	65536

/* Sockets of a bucket for which no memory is asked. */
#define TCPKA_HASH_FEW		16

/**
 * struct tcpka_chain - the sockets of a bucket
 * @sk: the sockets, a reference each; @few or allocated
 * @n: how many
 * @room: for how many
 * @few: where they mostly fit
 */
struct tcpka_chain {
	struct sock **sk;
	unsigned int n;
	unsigned int room;
	struct sock *few[TCPKA_HASH_FEW];
};

static void tcpka_hash_listeners(struct net *net, unsigned long *listens)
{
	struct inet_hashinfo *hashinfo = tcpka_hashinfo(net);
	unsigned int i;

	for (i = 0; i <= hashinfo->lhash2_mask; i++) {
		struct inet_listen_hashbucket *ilb = &hashinfo->lhash2[i];
		const struct hlist_nulls_node *node;
		struct sock *sk;

		if (i % TCPKA_HASH_BUCKETS == 0)
			cond_resched();
		if (hlist_nulls_empty(&ilb->nulls_head))
			continue;
		spin_lock_bh(&ilb->lock);
		sk_nulls_for_each(sk, node, &ilb->nulls_head)
			if (net_eq(sock_net(sk), net))
				__set_bit(sk->sk_num, listens);
		spin_unlock_bh(&ilb->lock);
	}
}

/**
 * tcpka_hash_listens() - the ports of a namespace that have a listener
 * @net: the namespace
 *
 * Sleeps.
 *
 * Return: for tcpka_hash_responds(), to be freed by kvfree(); NULL without
 * memory.
 */
unsigned long *tcpka_hash_listens(struct net *net)
{
	unsigned long *listens;

	listens = kvcalloc(BITS_TO_LONGS(TCPKA_HASH_PORTS), sizeof(long),
			   GFP_KERNEL);
	if (listens)
		tcpka_hash_listeners(net, listens);
	return listens;
}

/**
 * tcpka_hash_responds() - whether a socket has most likely been accepted
 * @listens: ports that have a listener, or NULL
 * @sk: the socket, of any kind
 *
 * Who opened a living connection is not recorded anywhere. A socket whose port
 * has a listener has most likely been accepted there.
 */
bool tcpka_hash_responds(const unsigned long *listens, const struct sock *sk)
{
	return listens && test_bit(sk->sk_num, listens);
}

/**
 * tcpka_socks_walk_start() - begin a walk over all TCP sockets of a namespace
 * @walk: to fill
 * @tn: the namespace
 *
 * Sleeps.
 */
void tcpka_socks_walk_start(struct tcpka_socks_walk *walk,
			    struct tcpka_net *tn)
{
	memset(walk, 0, sizeof(*walk));
	walk->tn = tn;
	walk->listens = tcpka_hash_listens(tn->net);
}

/**
 * tcpka_socks_walk_stop() - end it, wherever it is
 * @walk: the walk
 */
void tcpka_socks_walk_stop(struct tcpka_socks_walk *walk)
{
	kvfree(walk->listens);
}

/* Return: how many there are, if that is more than there is room for. */
static unsigned int tcpka_chain_fill(struct tcpka_chain *chain,
				     struct net *net, unsigned int slot)
{
	struct inet_hashinfo *hashinfo = tcpka_hashinfo(net);
	spinlock_t *lock = inet_ehash_lockp(hashinfo, slot);
	const struct hlist_nulls_node *node;
	unsigned int more = 0;
	struct sock *sk;

	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &hashinfo->ehash[slot].chain) {
		if (!net_eq(sock_net(sk), net))
			continue;
		if (chain->n == chain->room)
			more++;
		else if (refcount_inc_not_zero(&sk->sk_refcnt))
			chain->sk[chain->n++] = sk;
	}
	spin_unlock_bh(lock);
	return more ? chain->n + more : 0;
}

static void tcpka_chain_empty(struct tcpka_chain *chain)
{
	while (chain->n)
		sock_gen_put(chain->sk[--chain->n]);
	if (chain->sk != chain->few)
		kvfree(chain->sk);
}

/* Return: 0 or -ENOMEM, and @chain is empty then. */
static int tcpka_chain_take(struct tcpka_chain *chain, struct net *net,
			    unsigned int slot)
{
	unsigned int all;

	chain->sk = chain->few;
	chain->n = 0;
	chain->room = TCPKA_HASH_FEW;
	while ((all = tcpka_chain_fill(chain, net, slot))) {
		tcpka_chain_empty(chain);
		chain->room = all + TCPKA_HASH_FEW;
		chain->sk = kvmalloc_array(chain->room, sizeof(*chain->sk),
					   GFP_KERNEL);
		if (!chain->sk)
			return -ENOMEM;
	}
	return 0;
}

/* Since the peer was heard, and since there was payload, by TCP's own times. */
static void tcpka_hash_clocks(const struct sock *sk, bool initiator,
			      struct tcpka_info *info)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 rcv = tcp_jiffies32 - inet_csk(sk)->icsk_ack.lrcvtime;
	u32 ack = tcp_jiffies32 - tp->rcv_tstamp;
	u32 snd = tcp_jiffies32 - tp->lsndtime;

	info->seen[initiator] = jiffies64_to_msecs(min(rcv, ack));
	info->data_idle = jiffies64_to_msecs(min(rcv, snd));
	info->idle = min(info->data_idle, info->seen[initiator]);
}

/* The socket's spinlock is held. */
static void tcpka_hash_sock(const struct sock *sk, bool initiator,
			    struct tcpka_info *info)
{
	info->state = sk->sk_state;
	if (1 << info->state & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT |
				TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 |
				TCPF_LAST_ACK | TCPF_CLOSING))
		tcpka_hash_clocks(sk, initiator, info);
}

static void tcpka_hash_timewait(const struct sock *sk, struct tcpka_info *info)
{
	const struct inet_timewait_sock *tw = inet_twsk(sk);
	long left = READ_ONCE(tw->tw_timer.expires) - jiffies;

	info->state = READ_ONCE(tw->tw_substate);
	info->expires = left > 0 ? jiffies64_to_msecs(left) : 0;
}

/**
 * tcpka_hash_info() - a socket without a record as users see it
 * @sk: the socket, its spinlock held unless it is in SYN_SENT; or a request, or
 *	what is left of one
 * @initiator: it opened the connection; false for a request
 * @info: to fill
 */
void tcpka_hash_info(const struct sock *sk, bool initiator,
		     struct tcpka_info *info)
{
	bool request = sk->sk_state == TCP_NEW_SYN_RECV;

	memset(info, 0, sizeof(*info));
	tcpka_sock_subject(sk, initiator, &info->subject);
	info->guessed = !request && sk->sk_state != TCP_SYN_SENT;
	info->initiator = initiator;
	info->age = U64_MAX;
	info->idle = U64_MAX;
	info->data_idle = U64_MAX;
	info->half_idle = U64_MAX;
	info->expires = U64_MAX;
	info->seen[0] = U64_MAX;
	info->seen[1] = U64_MAX;
	if (request)
		info->state = TCP_SYN_RECV;
	else if (sk->sk_state == TCP_TIME_WAIT)
		tcpka_hash_timewait(sk, info);
	else
		tcpka_hash_sock(sk, initiator, info);
}

/*
 * What a process owns could not be observed: the stamps may be as old as the last
 * turn of the wheel, ten days at most. TCP's own times are not.
 */
static void tcpka_hash_freshen(const struct sock *sk, struct tcpka_info *info)
{
	struct tcpka_info fresh;

	if (info->data_idle == U64_MAX)
		return;
	tcpka_hash_clocks(sk, info->initiator, &fresh);
	info->data_idle = min(info->data_idle, fresh.data_idle);
	info->idle = min(info->idle, fresh.idle);
	info->seen[info->initiator] = min(info->seen[info->initiator],
					  fresh.seen[info->initiator]);
}

/**
 * tcpka_hash_lookup() - the socket that a connection's segments would reach
 * @net: the namespace
 * @subject: the connection
 * @initiator: of its two sockets the one that opened it
 * @dif: index of the device to which that is bound, or 0
 *
 * Any context but hard interrupt.
 *
 * Return: a socket of any kind but a listener, to be given back by
 * sock_gen_put(); or NULL.
 */
struct sock *tcpka_hash_lookup(struct net *net,
			       const struct tcpka_subject *subject,
			       bool initiator, int dif)
{
	const union nf_inet_addr *own = initiator ? &subject->src :
						    &subject->dst;
	const union nf_inet_addr *peer = initiator ? &subject->dst :
						     &subject->src;
	u16 num = ntohs(initiator ? subject->sport : subject->dport);
	__be16 port = initiator ? subject->dport : subject->sport;
	struct sock *sk;

	rcu_read_lock();
	local_bh_disable();
	if (subject->family == AF_INET)
		sk = tcpka_lookup_ipv4(net, peer->ip, port, own->ip, num, dif,
				       0);
	else
		sk = tcpka_lookup_ipv6(net, &peer->in6, port, &own->in6, num,
				       dif, 0);
	local_bh_enable();
	rcu_read_unlock();
	return sk;
}

/* Whether a socket has opened its connection, as far as is known. */
static bool tcpka_hash_opened(const struct tcpka_socks_walk *walk,
			      const struct sock *sk)
{
	int state = READ_ONCE(sk->sk_state);

	if (state == TCP_NEW_SYN_RECV)
		return false;
	return state == TCP_SYN_SENT || !tcpka_hash_responds(walk->listens, sk);
}

/* Return: false if it is gone. */
static bool tcpka_hash_look(const struct tcpka_socks_walk *walk,
			    struct sock *sk, struct tcpka_info *info)
{
	bool initiator = tcpka_hash_opened(walk, sk);
	struct tcpka_sock *ts;
	bool there;

	if (!sk_fullsock(sk)) {
		tcpka_hash_info(sk, initiator, info);
		return true;
	}
	rcu_read_lock();
	local_bh_disable();
	bh_lock_sock(sk);
	there = sk->sk_state != TCP_CLOSE;
	ts = tcpka_sock_lookup(walk->tn->socks, sk);
	if (ts && !sock_owned_by_user(sk))
		tcpka_sock_observe(ts);
	if (there && (!ts || !tcpka_sock_info(ts, sk->sk_state, info)))
		tcpka_hash_info(sk, initiator, info);
	else if (there && sock_owned_by_user(sk))
		tcpka_hash_freshen(sk, info);
	bh_unlock_sock(sk);
	local_bh_enable();
	rcu_read_unlock();
	return there;
}

/* What @fn stopped at is walk->nth. */
static int tcpka_hash_chain(struct tcpka_socks_walk *walk,
			    const struct tcpka_chain *chain,
			    int (*fn)(struct tcpka_info *info, struct sock *sk,
				      void *data),
			    void *data)
{
	struct tcpka_info info;
	int err;

	for (; walk->nth < chain->n; walk->nth++) {
		struct sock *sk = chain->sk[walk->nth];

		do {
			err = 0;
			if (tcpka_hash_look(walk, sk, &info))
				err = fn(&info, sk, data);
		} while (err == -EAGAIN);
		if (err)
			return err;
		cond_resched();
	}
	walk->nth = 0;
	return 0;
}

/**
 * tcpka_socks_walk() - show every TCP socket of a namespace but listeners
 * @walk: where to begin; where to go on when @fn wanted to stop
 * @fn: gets each socket, with no lock held, and with a reference on @sk that
 *	ends when it returns; returns 0 to go on, -EAGAIN to have it looked at
 *	and shown once more. @sk may be a request or what
 *	is left of a closed one
 * @data: for @fn
 *
 * Process context; sleeps, but waits for nobody: a socket that a process owns
 * is shown as it was when it was last looked at. What @fn stopped at is shown
 * again by the next call. Of those that come or go while it has stopped some
 * may be missed, and others in their bucket be missed or shown twice.
 *
 * Return: 0 at the end, -ENOMEM, or what @fn returned.
 */
int tcpka_socks_walk(struct tcpka_socks_walk *walk,
		     int (*fn)(struct tcpka_info *info, struct sock *sk,
			       void *data),
		     void *data)
{
	struct net *net = walk->tn->net;
	struct inet_hashinfo *hashinfo = tcpka_hashinfo(net);
	struct tcpka_chain chain;
	int err = 0;

	for (; walk->slot <= hashinfo->ehash_mask; walk->slot++) {
		if (walk->slot % TCPKA_HASH_BUCKETS == 0)
			cond_resched();
		if (hlist_nulls_empty(&hashinfo->ehash[walk->slot].chain)) {
			walk->nth = 0;
			continue;
		}
		err = tcpka_chain_take(&chain, net, walk->slot);
		if (err)
			break;
		err = tcpka_hash_chain(walk, &chain, fn, data);
		tcpka_chain_empty(&chain);
		if (err)
			break;
	}
	return err;
}
