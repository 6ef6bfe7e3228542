// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - ends local sockets
 *
 * tcp_abort(), the one way that the kernel offers to modules, sleeps until no
 * process owns the socket; and one that sleeps in a page fault in the middle
 * of a send() owns it for as long as it likes. So neither the wheel nor a
 * request of a user calls it. Each abort is the work of its record, on a queue
 * of its own: it looks first, judges anew, and leaves a socket that is owned
 * to the wheel, which tries again.
 *
 * What is left is the moment between that look and tcp_abort()'s own lock. A
 * process that takes the socket just then, and keeps it, keeps a worker, and a
 * reference on the module: rmmod is refused meanwhile instead of waiting. A
 * program that makes something else of its socket just then (it disconnects,
 * and connects or listens) has that aborted.
 */

#include <linux/module.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "clock.h"
#include "socket_priv.h"
#include "stats.h"

/* How long a user waits for what he has killed. */
#define TCPKA_ABORT_PATIENCE	HZ

static struct workqueue_struct *tcpka_abort_wq;

/**
 * tcpka_abort_init() - prepare aborts, once for the module
 *
 * Return: 0 or -ENOMEM.
 */
int tcpka_abort_init(void)
{
	tcpka_abort_wq = alloc_workqueue("tcpka_abort", WQ_UNBOUND,
					 WQ_MAX_ACTIVE);
	return tcpka_abort_wq ? 0 : -ENOMEM;
}

/**
 * tcpka_abort_exit() - the mirror of tcpka_abort_init()
 *
 * No abort is under way but for its last instructions. Sleeps.
 */
void tcpka_abort_exit(void)
{
	destroy_workqueue(tcpka_abort_wq);
}

/* Return: true if the socket is to be aborted now. */
static bool tcpka_abort_look(struct tcpka_sock *ts)
{
	struct sock *sk = ts->sk;
	bool yes = false;

	local_bh_disable();
	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		tcpka_sock_busy(ts);
	} else if (!ts->gone) {
		ts->ending = ts->killed ? TCPKA_REASON_USER :
					  tcpka_sock_overdue(ts);
		yes = ts->ending;
		if (!yes)
			tcpka_sock_file(ts, tcpka_now());
	}
	bh_unlock_sock(sk);
	local_bh_enable();
	return yes;
}

static void tcpka_abort_done(struct tcpka_socks *socks)
{
	/* from here on @socks may be gone; only its address is used */
	if (atomic_dec_and_test(&socks->aborting))
		wake_up_var(&socks->aborting);
}

/*
 * The reference on the module is had only while no unload has begun; then
 * sockets are left as they are.
 */
static void tcpka_abort_work(struct work_struct *work)
{
	struct tcpka_sock *ts = container_of(work, struct tcpka_sock, abort);
	struct tcpka_socks *socks = ts->tn->socks;
	struct sock *sk = ts->sk;

	if (try_module_get(THIS_MODULE)) {
		if (tcpka_abort_look(ts)) {
			u8 reason = READ_ONCE(ts->ending);

			sk->sk_prot->diag_destroy(sk, reason ==
						  TCPKA_REASON_USER ?
						  ECONNABORTED : ETIMEDOUT);
		}
		module_put(THIS_MODULE);
	}
	tcpka_abort_done(socks);
	/* ORDER: the last one; it may be what holds the namespace */
	tcpka_sock_put(ts);
}

/**
 * tcpka_abort_prepare() - prepare a record for its end
 * @ts: the record, new
 */
void tcpka_abort_prepare(struct tcpka_sock *ts)
{
	INIT_WORK(&ts->abort, tcpka_abort_work);
}

/**
 * tcpka_abort_queue() - have a socket ended as if TCP had given up
 * @ts: the socket, locked, not gone; @killed, or overdue
 *
 * The peer gets a RST. Where it turns out that the socket is owned, or not
 * overdue any more, it is filed in the wheel again. Any context.
 */
void tcpka_abort_queue(struct tcpka_sock *ts)
{
	struct tcpka_socks *socks = ts->tn->socks;

	refcount_inc(&ts->ref);
	atomic_inc(&socks->aborting);
	if (queue_work(tcpka_abort_wq, &ts->abort))
		return;
	tcpka_abort_done(socks);
	tcpka_sock_put(ts);
}

/**
 * tcpka_abort_wait() - wait until no abort of a namespace is under way
 * @socks: of the namespace, whose wheel is stopped
 *
 * Called when nothing starts one any more. Not for long: while a socket of the
 * namespace lives, so does the namespace, and the module cannot be unloaded
 * while an abort waits for a process.
 */
void tcpka_abort_wait(struct tcpka_socks *socks)
{
	wait_var_event(&socks->aborting, !atomic_read(&socks->aborting));
}

/**
 * tcpka_socks_settle() - let the sockets that were killed come to their end
 * @tn: the namespace
 *
 * Sleeps, but not for ever.
 */
void tcpka_socks_settle(struct tcpka_net *tn)
{
	struct tcpka_socks *socks = tn->socks;

	wait_var_event_timeout(&socks->aborting,
			       !atomic_read(&socks->aborting),
			       TCPKA_ABORT_PATIENCE);
}

/* The socket's spinlock is held. */
static int tcpka_abort_kill(struct tcpka_net *tn, struct sock *sk)
{
	struct tcpka_sock *ts = tcpka_sock_lookup(tn->socks, sk);

	if (!ts)
		return -ENOENT;
	if (sock_owned_by_user(sk))
		return -EBUSY;
	if (sk_is_mptcp(sk) || !sk->sk_prot->diag_destroy) {
		tcpka_count(tn, tcpka_sock_policy(ts),
			    TCPKA_STAT_UNFORGEABLE);
		return -EOPNOTSUPP;
	}
	ts->killed = 1;
	tcpka_abort_queue(ts);
	return 0;
}

/**
 * tcpka_sock_kill() - end a local socket because a user asked for it
 * @tn: its namespace
 * @sk: the socket, a reference, not locked; a request, or in TIME_WAIT
 *
 * As "ss -K" does: the peer gets a RST, the program ECONNABORTED. It has begun
 * on return, see tcpka_socks_settle(). Does not sleep.
 *
 * Return: 0; -ENOENT if no policy rules it; -EBUSY if a process owns
 * it now; -EOPNOTSUPP for a subflow of MPTCP, which is not the connection.
 */
int tcpka_sock_kill(struct tcpka_net *tn, struct sock *sk)
{
	int err;

	/* they have no record */
	if (!sk_fullsock(sk))
		return -ENOENT;
	rcu_read_lock();
	local_bh_disable();
	bh_lock_sock(sk);
	err = tcpka_abort_kill(tn, sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	rcu_read_unlock();
	return err;
}
