// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - state transitions of local sockets
 *
 * tcpka looks at no packet of a local socket: it follows the tracepoint
 * inet_sock_set_state, which TCP passes in tcp_set_state(), with the socket's
 * lock held by whoever changes the state. It is registered only while some
 * namespace has a policy that may rule a local socket.
 *
 * Request sockets and TIME_WAIT minisocks never come here: the first begin
 * with a plain store, and tcp_time_wait() shows only the TCP_CLOSE of the
 * full socket, which is just what is needed.
 */

#include <linux/in.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "hook_socket.h"
#include "socket_priv.h"

static struct tracepoint *tcpka_hook_socket_tp;

/* Serialises registration; innermost but for the tracepoints' own. */
static DEFINE_MUTEX(tcpka_hook_socket_lock);

/* Namespaces that need the tracepoint; under tcpka_hook_socket_lock. */
static unsigned int tcpka_hook_socket_users;

/*
 * The probe. It must neither sleep nor take the socket's lock, and takes the
 * RCU read lock itself: from 7.0 on, tracepoints run under SRCU.
 */
static void tcpka_hook_socket_state(void *data, const struct sock *csk,
				    const int old, const int new)
{
	struct sock *sk = (struct sock *)csk;

	if (sk->sk_protocol != IPPROTO_TCP)
		return;
	rcu_read_lock();
	if (new == TCP_ESTABLISHED)
		tcpka_socks_established(sk, old);
	else if (new == TCP_CLOSE_WAIT || new == TCP_FIN_WAIT1)
		tcpka_socks_half_closed(sk);
	else if (new == TCP_CLOSE)
		tcpka_socks_closed(sk, old);
	rcu_read_unlock();
}

static void tcpka_hook_socket_find(struct tracepoint *tp, void *priv)
{
	struct tracepoint **found = priv;

	if (!strcmp(tp->name, "inet_sock_set_state"))
		*found = tp;
}

/**
 * tcpka_hook_socket_init() - prepare for local sockets, once for the module
 *
 * Return: 0; -ENOENT where the kernel lacks the tracepoint; -ENOMEM.
 */
int tcpka_hook_socket_init(void)
{
	int err;

	for_each_kernel_tracepoint(tcpka_hook_socket_find,
				   &tcpka_hook_socket_tp);
	if (!tcpka_hook_socket_tp) {
		pr_err("tcpka: no tracepoint inet_sock_set_state\n");
		return -ENOENT;
	}
	err = tcpka_socks_cache_init();
	if (err)
		return err;
	err = tcpka_abort_init();
	if (err)
		goto cache;
	err = tcpka_sweep_init();
	if (err)
		goto abort;
	return 0;

abort:
	tcpka_abort_exit();
cache:
	tcpka_socks_cache_exit();
	return err;
}

/**
 * tcpka_hook_socket_exit() - the mirror of tcpka_hook_socket_init()
 *
 * No namespace has any state left. Sleeps.
 */
void tcpka_hook_socket_exit(void)
{
	WARN_ON_ONCE(tcpka_hook_socket_users);
	tcpka_sweep_exit();
	tcpka_abort_exit();
	tcpka_socks_cache_exit();
}

/**
 * tcpka_hook_socket_get() - a namespace begins to need the transitions
 *
 * Sleeps.
 *
 * Return: 0, or why the tracepoint could not be registered.
 */
int tcpka_hook_socket_get(void)
{
	int err = 0;

	mutex_lock(&tcpka_hook_socket_lock);
	if (!tcpka_hook_socket_users)
		err = tracepoint_probe_register(tcpka_hook_socket_tp,
						tcpka_hook_socket_state, NULL);
	if (!err)
		tcpka_hook_socket_users++;
	mutex_unlock(&tcpka_hook_socket_lock);
	return err;
}

/**
 * tcpka_hook_socket_put() - a namespace no longer needs the transitions
 *
 * After the last one, no probe runs any more on return. Sleeps.
 */
void tcpka_hook_socket_put(void)
{
	mutex_lock(&tcpka_hook_socket_lock);
	if (!--tcpka_hook_socket_users) {
		tracepoint_probe_unregister(tcpka_hook_socket_tp,
					    tcpka_hook_socket_state, NULL);
		tracepoint_synchronize_unregister();
	}
	mutex_unlock(&tcpka_hook_socket_lock);
}
