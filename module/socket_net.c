// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - local sockets of a namespace: what the rest of tcpka calls
 */

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <net/sock.h>

#include "core.h"
#include "hook_socket.h"
#include "socket_priv.h"
#include "wheel.h"

/* How long an unload waits for sockets that processes own. */
#define TCPKA_SOCKS_PATIENCE	(5 * HZ)

/* Between two looks at them, in ms. */
#define TCPKA_SOCKS_PAUSE	10

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
	err = tcpka_socks_table_init(socks);
	if (err) {
		kvfree(socks);
		return err;
	}
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
static void tcpka_socks_drain(struct tcpka_socks *socks, unsigned long until)
{
	for (;;) {
		flush_delayed_work(&socks->scan);
		if (!READ_ONCE(socks->hooked) || time_after_eq(jiffies, until))
			break;
		msleep(TCPKA_SOCKS_PAUSE);
	}
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
 * tcpka_socks_patience() - until when sockets are waited for
 *
 * Return: in jiffies, for all namespaces that go together.
 */
unsigned long tcpka_socks_patience(void)
{
	return jiffies + TCPKA_SOCKS_PATIENCE;
}

/**
 * tcpka_socks_stop() - let go of a namespace's local sockets
 * @tn: the namespace; it has no policy any more
 * @until: how long those are waited for of which a process does not let go
 * @others: what was returned for the namespaces before
 *
 * On return every socket has back what it had, but those. Sleeps.
 *
 * Return: for tcpka_socks_exit().
 */
struct tcpka_socks *tcpka_socks_stop(struct tcpka_net *tn, unsigned long until,
				     struct tcpka_socks *others)
{
	struct tcpka_socks *socks = tn->socks;

	tcpka_socks_drain(socks, until);
	tcpka_wheel_stop(&socks->wheel);
	tcpka_abort_wait(socks);
	WRITE_ONCE(tn->socks, NULL);
	socks->others = others;
	return socks;
}

/**
 * tcpka_socks_exit() - free what namespaces have of local sockets
 * @socks: of those that were stopped
 *
 * A grace period must have gone by since: other namespaces may have had the
 * probe run for their sockets.
 */
void tcpka_socks_exit(struct tcpka_socks *socks)
{
	struct tcpka_socks *others;

	for (; socks; socks = others) {
		others = socks->others;
		/* from here on nobody else can come upon a record */
		tcpka_socks_abandon(socks);
		rhashtable_destroy(&socks->by_sk);
		xa_destroy(&socks->by_id);
		kvfree(socks);
	}
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
	}
	if (socks->hooked)
		mod_delayed_work(tcpka_wq, &socks->scan, 0);
}

/* Return: false if it is gone. */
static bool tcpka_socks_look(struct tcpka_sock *ts, struct tcpka_info *info)
{
	struct sock *sk = ts->sk;
	bool there;

	rcu_read_lock();
	local_bh_disable();
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && !ts->gone)
		tcpka_sock_observe(ts);
	there = tcpka_sock_info(ts, READ_ONCE(sk->sk_state), info);
	bh_unlock_sock(sk);
	local_bh_enable();
	rcu_read_unlock();
	return there;
}

/**
 * tcpka_socks_walk() - show every local socket that a policy rules
 * @tn: the namespace
 * @pos: where to begin, 0 at first; where to go on when @fn wanted to stop
 * @fn: gets each socket, with no lock held, and with a reference on @sk that
 *	ends when it returns; returns 0 to go on
 * @data: for @fn
 *
 * Process context; sleeps, but waits for nobody: a socket that a process owns
 * is shown as it was when it was last looked at. Shows nothing twice, and
 * misses nothing that is there all the time. What @fn stopped at is shown
 * again by the next call.
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
	int err;

	while ((ts = tcpka_sock_next(tn->socks, pos))) {
		err = tcpka_socks_look(ts, &info) ? fn(&info, ts->sk, data) : 0;
		tcpka_sock_put(ts);
		if (err)
			return err;
		++*pos;
		cond_resched();
	}
	return 0;
}
