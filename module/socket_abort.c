// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - ends local sockets: the work that does it
 *
 * tcp_abort(), the one way that the kernel offers to modules, sleeps until no
 * process owns the socket; and one that sleeps in a page fault in the middle
 * of a send() owns it for as long as it likes. So neither the wheel nor a
 * request of a user calls it. Each abort is the work of its record, on a queue
 * of its own: it looks first, judges anew, and leaves a socket that is owned
 * to the wheel, which tries again.
 *
 * A closing by FIN, which must own the socket too, is done in the same work.
 *
 * What is left is the moment between that look and tcp_abort()'s own lock, or
 * ours. A process that takes the socket just then, and keeps it, keeps a
 * worker, and a reference on the module: rmmod is refused meanwhile instead of
 * waiting. A program that makes something else of its socket just then (it
 * disconnects, and connects or listens) has that aborted; by FIN it is closed
 * only if it is still to be.
 */

#include <linux/module.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
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

/* Its SYN, for which half-open was over. */
static bool tcpka_abort_answered(const struct tcpka_sock *ts)
{
	return ts->why == TCPKA_REASON_HALF_OPEN &&
	       ts->sk->sk_state != TCP_SYN_SENT;
}

/*
 * What is to be done with a socket as it is now.
 *
 * Return: TCPKA_ACTION_RST, TCPKA_ACTION_FIN, or 0; sets @reason, to 0 then.
 */
static u8 tcpka_abort_decide(struct tcpka_sock *ts, u8 *reason)
{
	u8 action;

	/* meanwhile its program has closed it, or it has come under TCP_REPAIR */
	if ((ts->killed == TCPKA_ACTION_FIN && !tcpka_sock_eligible(ts->sk)) ||
	    tcp_sk(ts->sk)->repair || tcpka_abort_answered(ts))
		ts->killed = 0;
	*reason = ts->killed ? ts->why : tcpka_sock_overdue(ts);
	if (!*reason)
		return 0;
	action = tcpka_sock_action(ts, *reason);
	ts->fell_back = *reason == TCPKA_REASON_FIN;
	if (action == TCPKA_ACTION_FIN && !tcpka_fin_whole(ts->sk)) {
		action = TCPKA_ACTION_RST;
		ts->fell_back = 1;
	}
	return action;
}

/* Return: what is to be done now; sets @ending where that is a RST. */
static u8 tcpka_abort_look(struct tcpka_sock *ts)
{
	struct sock *sk = ts->sk;
	u8 action = 0;
	u8 reason;

	local_bh_disable();
	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		tcpka_sock_busy(ts);
	} else if (!ts->gone) {
		action = tcpka_abort_decide(ts, &reason);
		ts->ending = action == TCPKA_ACTION_RST ? reason : 0;
		if (!action)
			tcpka_sock_file(ts, tcpka_now());
	}
	bh_unlock_sock(sk);
	local_bh_enable();
	return action;
}

/* In the moment since it was looked at, all may have changed. */
static void tcpka_abort_fin(struct tcpka_sock *ts)
{
	struct sock *sk = ts->sk;
	u8 reason;

	lock_sock(sk);
	if (!ts->gone) {
		if (tcpka_abort_decide(ts, &reason) == TCPKA_ACTION_FIN)
			tcpka_fin_give(ts, reason);
		else
			tcpka_sock_file(ts, tcpka_now());
	}
	release_sock(sk);
}

/**
 * tcpka_abort_csum() - the checksum of a segment of a socket's
 * @sk: the socket
 * @th: its header, with options behind it and without payload
 */
__sum16 tcpka_abort_csum(const struct sock *sk, struct tcphdr *th)
{
	unsigned int len = th->doff * 4;
	__wsum csum;

	th->check = 0;
	csum = csum_partial(th, len, 0);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
		return csum_ipv6_magic(&sk->sk_v6_rcv_saddr, &sk->sk_v6_daddr,
				       len, IPPROTO_TCP, csum);
#endif
	return tcp_v4_check(len, inet_sk(sk)->inet_saddr,
			    inet_sk(sk)->inet_daddr, csum);
}

/*
 * The number that the peer takes even if it has taken back some of its window,
 * as tcp_acceptable_seq() has it.
 */
static u32 tcpka_abort_seq(const struct tcp_sock *tp)
{
	return before(tcp_wnd_end(tp), tp->snd_nxt) ? tcp_wnd_end(tp) :
						      tp->snd_nxt;
}

/* A RST as tcp_send_active_reset() sends it, but for options. */
static bool tcpka_abort_send(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	struct tcphdr *th;
	struct sk_buff *skb;

	skb = alloc_skb(MAX_TCP_HEADER, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return false;
	skb_reserve(skb, MAX_TCP_HEADER);
	th = skb_push(skb, sizeof(*th));
	skb_reset_transport_header(skb);
	memset(th, 0, sizeof(*th));
	th->source = inet->inet_sport;
	th->dest = inet->inet_dport;
	th->seq = htonl(tcpka_abort_seq(tcp_sk(sk)));
	th->ack_seq = htonl(tcp_sk(sk)->rcv_nxt);
	th->doff = sizeof(*th) / 4;
	th->rst = 1;
	th->ack = 1;
	th->check = tcpka_abort_csum(sk, th);
	/* whose it is: for filters by user or cgroup; the way of the others */
	skb_set_owner_w(skb, sk);
	skb_set_hash_from_sk(skb, sk);
	return !inet_csk(sk)->icsk_af_ops->queue_xmit(sk, skb, &inet->cork.fl);
}

/*
 * Where both sides have closed, tcp_abort() is silent; but in Linux's LAST_ACK
 * and CLOSING the FIN, and payload, may still wait for the peer's window. What
 * its program has closed is TCP's, unless a user wants it to end. A peer that takes
 * signed segments only is not told: only TCP can sign.
 */
static void tcpka_abort_tell(struct tcpka_sock *ts, u8 reason)
{
	struct sock *sk = ts->sk;

	if (!(1 << READ_ONCE(sk->sk_state) & (TCPF_LAST_ACK | TCPF_CLOSING)))
		return;
	lock_sock(sk);
	if (!ts->gone &&
	    (reason == TCPKA_REASON_USER || !sock_flag(sk, SOCK_DEAD)) &&
	    1 << sk->sk_state & (TCPF_LAST_ACK | TCPF_CLOSING)) {
		if (tcpka_sock_signed(sk))
			tcpka_count(ts->tn, tcpka_sock_policy(ts),
				    TCPKA_STAT_UNFORGEABLE);
		else if (tcpka_abort_send(sk))
			tcpka_count(ts->tn, tcpka_sock_policy(ts),
				    TCPKA_STAT_RST_SENT);
	}
	release_sock(sk);
}

/*
 * It is over, and its record gone with it; but some kernels do not abort what its
 * program has closed. That is TCP's then.
 */
static void tcpka_abort_check(struct tcpka_sock *ts)
{
	struct sock *sk = ts->sk;

	local_bh_disable();
	bh_lock_sock(sk);
	if (!ts->gone && sock_owned_by_user(sk)) {
		tcpka_sock_busy(ts);
	} else if (!ts->gone) {
		ts->killed = 0;
		ts->ending = 0;
		tcpka_sock_file(ts, tcpka_now());
	}
	bh_unlock_sock(sk);
	local_bh_enable();
}

static void tcpka_abort_rst(struct tcpka_sock *ts)
{
	struct sock *sk = ts->sk;
	u8 reason = READ_ONCE(ts->ending);

	tcpka_abort_tell(ts, reason);
	sk->sk_prot->diag_destroy(sk, reason == TCPKA_REASON_USER ?
				  ECONNABORTED : ETIMEDOUT);
	tcpka_abort_check(ts);
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

	if (try_module_get(THIS_MODULE)) {
		switch (tcpka_abort_look(ts)) {
		case TCPKA_ACTION_RST:
			tcpka_abort_rst(ts);
			break;
		case TCPKA_ACTION_FIN:
			tcpka_abort_fin(ts);
			break;
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
 * tcpka_abort_queue() - have a socket ended
 * @ts: the socket, locked, not gone; @killed, or overdue
 *
 * By FIN, or as if TCP had given up, with a RST. Where it turns out that the
 * socket is owned, or not overdue any more, it is filed in the wheel again. Any
 * context.
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
