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

/* How long the tracepoint is kept when nobody needs it: another may soon. */
#define TCPKA_SOCKS_UNHOOK	HZ

static bool tcpka_socks_fire(struct tcpka_timer *timer)
{
	return timer->kind == TCPKA_TIMER_REST ? tcpka_rest_fire(timer) :
						 tcpka_sock_fire(timer);
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
	err = tcpka_socks_table_init(socks);
	if (err) {
		kvfree(socks);
		return err;
	}
	tcpka_wheel_init(&socks->wheel, tcpka_socks_fire);
	INIT_LIST_HEAD(&socks->rests);
	spin_lock_init(&socks->rest_lock);
	INIT_DELAYED_WORK(&socks->scan, tcpka_scan);
	INIT_DELAYED_WORK(&socks->sweep, tcpka_sweep);
	socks->tn = tn;
	tn->socks = socks;
	return 0;
}

/**
 * tcpka_unruled_get() - have state transitions told, for a socket without policy
 * @socks: of its namespace
 *
 * Sleeps.
 *
 * Return: 0, and it is to be given back by tcpka_unruled_put(), or by the record
 * that is made; or why there are no transitions.
 */
int tcpka_unruled_get(struct tcpka_socks *socks)
{
	int err = 0;

	if (atomic_inc_not_zero(&socks->unruled))
		return 0;
	mutex_lock(&socks->tn->lock);
	if (!socks->hooked)
		err = tcpka_hook_socket_get();
	if (!err) {
		WRITE_ONCE(socks->hooked, true);
		atomic_inc(&socks->unruled);
	}
	mutex_unlock(&socks->tn->lock);
	return err;
}

/**
 * tcpka_unruled_put() - the mirror of tcpka_unruled_get()
 * @socks: of the namespace
 *
 * After the last one, the tracepoint is let go of soon, by the scan: unless a
 * policy wants it still, and then the scan that comes when that goes. No scan is
 * begun once the namespace, or the module, goes: who has not seen that is waited
 * for by the grace period before tcpka_socks_stop(). Any context but hard
 * interrupt.
 */
void tcpka_unruled_put(struct tcpka_socks *socks)
{
	struct tcpka_rules *rules;

	rcu_read_lock();
	if (atomic_dec_and_test(&socks->unruled) &&
	    !READ_ONCE(socks->tn->exiting)) {
		rules = rcu_dereference(socks->tn->rules);
		if (!rules || !rules->local)
			queue_delayed_work(tcpka_wq, &socks->scan,
					   TCPKA_SOCKS_UNHOOK);
	}
	rcu_read_unlock();
}

/*
 * Has the scan, which finds no rules, put back everything and unhook. A socket
 * that a process owns all the time (it sleeps in a page fault) is given up:
 * its owner must not be able to hold up the creation of namespaces, which
 * waits for an unload.
 */
static void tcpka_socks_drain(struct tcpka_socks *socks, unsigned long until)
{
	/* what was killed without a policy had been left until here */
	if (READ_ONCE(socks->hooked))
		mod_delayed_work(tcpka_wq, &socks->scan, 0);
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

	cancel_delayed_work_sync(&socks->sweep);
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
		tcpka_rests_abandon(socks);
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
	if (local)
		tcpka_sweep_soon(socks);
}
