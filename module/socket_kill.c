// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - local sockets that are to end without being ruled: a user wants it
 *
 * A socket is ended by a work of its record (socket_abort.c). One that no policy
 * rules gets a record for that, under a policy that asks for nothing: how it is
 * ended, the time that a FIN has, counters and events are the same then. It is
 * not counted as tracked, and its memory is the user's who asked. The tracepoint
 * is there as long as there is such a record, and the record until the socket is
 * closed or, if nothing came of it, left alone: its program has closed it before
 * a FIN, or it has come under TCP_REPAIR.
 *
 * A socket that gets no answer to its SYN, found by a sweep (socket_sweep.c), is
 * ended in the same way, by the policy whose half-open is over: nothing is sent,
 * and its program gets ETIMEDOUT, as from TCP itself.
 *
 * What is not a whole socket has no record and is ended at once (socket_reset.c).
 */

#include <net/inet_timewait_sock.h>
#include <net/mptcp.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include "event.h"
#include "pace.h"
#include "policy.h"
#include "socket_priv.h"
#include "stats.h"

/* Of what no policy rules. In no namespace's rules, and never freed. */
static struct tcpka_policy tcpka_nobodys = {
	.t.action = TCPKA_ACTION_NONE,
	.t.dead = TCPKA_ACTION_NONE,
	.ref = REFCOUNT_INIT(1),
};

/**
 * struct tcpka_kill - a socket that is to end
 * @tn: its namespace
 * @sk: the socket, a reference
 * @info: as it was shown to the user's filter
 * @policy: in whose name, or tcpka_nobodys; a reference
 * @with: TCPKA_ACTION_RST or TCPKA_ACTION_FIN
 * @why: TCPKA_REASON_USER or TCPKA_REASON_HALF_OPEN
 * @fresh: a record for it, if it had none; NULL when that was used
 */
struct tcpka_kill {
	struct tcpka_net *tn;
	struct sock *sk;
	const struct tcpka_info *info;
	struct tcpka_policy *policy;
	u8 with;
	u8 why;
	struct tcpka_sock *fresh;
};

/* Times of TCP's that are those of the connection. */
static bool tcpka_kill_blank(const struct sock *sk)
{
	return 1 << sk->sk_state & (TCPF_SYN_SENT | TCPF_SYN_RECV);
}

/* The record by which a socket without policy is ended, or NULL. */
static struct tcpka_sock *tcpka_kill_begin(struct tcpka_kill *kill)
{
	struct tcpka_sock *ts = kill->fresh;

	if (!ts)
		return NULL;
	kill->fresh = NULL;
	ts->subject = kill->info->subject;
	ts->initiator = kill->info->initiator;
	ts->guessed = kill->info->guessed;
	ts->blank = tcpka_kill_blank(kill->sk);
	ts->unruled = 1;
	tcpka_policy_get(kill->policy);
	if (tcpka_sock_begin(ts, kill->policy, 0)) {
		ts->pending = 0;
		/* a FIN is told of at once, and no turn of the wheel comes before */
		tcpka_sock_observe(ts);
		return ts;
	}
	tcpka_policy_put(kill->policy);
	return NULL;
}

/* One whose end nobody would understand. */
static bool tcpka_kill_beyond(const struct sock *sk)
{
	/* whose it is shows when it is accepted */
	return tcpka_sock_kernel(sk) || tcpka_sock_unaccepted(sk) ||
	       sk_is_mptcp(sk) || !sk->sk_prot->diag_destroy;
}

/* No answer to the SYN of now; it may be that of another connect() meanwhile. */
static bool tcpka_kill_overdue(const struct tcpka_kill *kill)
{
	return kill->sk->sk_state == TCP_SYN_SENT &&
	       tcpka_tcp_syn_age(tcp_sk(kill->sk), tcp_clock_us()) >=
	       kill->policy->t.half_open;
}

/*
 * Whether a socket may be ended, and how: one that has not come so far as to be
 * closed by FIN has nothing that a RST could cut. Its spinlock is held.
 */
static int tcpka_kill_may(struct tcpka_kill *kill, const struct tcpka_sock *ts)
{
	struct sock *sk = kill->sk;

	if (1 << sk->sk_state & (TCPF_CLOSE | TCPF_LISTEN) ||
	    (kill->why == TCPKA_REASON_HALF_OPEN && !tcpka_kill_overdue(kill)))
		return -ENOENT;
	if (sock_owned_by_user(sk))
		return -EBUSY;
	if (tcpka_kill_beyond(sk)) {
		tcpka_count(kill->tn, ts ? tcpka_sock_policy(ts) : NULL,
			    TCPKA_STAT_UNFORGEABLE);
		return -EOPNOTSUPP;
	}
	if (tcp_sk(sk)->repair)
		return -EPERM;
	if (sock_flag(sk, SOCK_DEAD) && !tcpka_tcp_aborts_orphans())
		return kill->with == TCPKA_ACTION_FIN ? -ENOENT : -EPERM;
	if (tcpka_kill_blank(sk))
		kill->with = TCPKA_ACTION_RST;
	if (kill->with == TCPKA_ACTION_FIN &&
	    ((ts && ts->closing) || !tcpka_sock_eligible(sk)))
		return -ENOENT;
	return 0;
}

/* Its spinlock is held, under RCU. */
static int tcpka_kill_locked(struct tcpka_kill *kill)
{
	struct tcpka_sock *ts = tcpka_sock_lookup(kill->tn->socks, kill->sk);
	int err;

	err = tcpka_kill_may(kill, ts);
	if (err)
		return err;
	/* that it had is gone */
	if (!ts && !kill->fresh)
		return -EBUSY;
	if (!ts)
		ts = tcpka_kill_begin(kill);
	if (!ts)
		return -ENOMEM;
	/* a user's wish does not depend on whether an answer comes */
	if (ts->killed != TCPKA_ACTION_RST ||
	    ts->why == TCPKA_REASON_HALF_OPEN) {
		ts->killed = kill->with;
		ts->why = kill->why;
	}
	tcpka_abort_queue(ts);
	return 0;
}

static int tcpka_kill_lock(struct tcpka_kill *kill)
{
	struct sock *sk = kill->sk;
	int err;

	rcu_read_lock();
	local_bh_disable();
	bh_lock_sock(sk);
	err = tcpka_kill_locked(kill);
	bh_unlock_sock(sk);
	local_bh_enable();
	rcu_read_unlock();
	return err;
}

static bool tcpka_kill_known(const struct tcpka_kill *kill)
{
	bool known;

	rcu_read_lock();
	known = tcpka_sock_lookup(kill->tn->socks, kill->sk);
	rcu_read_unlock();
	return known;
}

static int tcpka_kill_whole(struct tcpka_kill *kill)
{
	struct tcpka_socks *socks = kill->tn->socks;
	int err;

	if (tcpka_kill_known(kill))
		return tcpka_kill_lock(kill);
	kill->fresh = tcpka_sock_alloc(kill->tn, kill->sk, GFP_KERNEL_ACCOUNT);
	if (!kill->fresh)
		return -ENOMEM;
	err = tcpka_unruled_get(socks);
	if (err)
		goto put;
	err = tcpka_kill_lock(kill);
	if (kill->fresh)
		tcpka_unruled_put(socks);
put:
	if (kill->fresh)
		tcpka_sock_put(kill->fresh);
	return err;
}

/* A request; or what is left of a socket, in FIN_WAIT2 or in TIME_WAIT. */
static int tcpka_kill_rest(const struct tcpka_kill *kill)
{
	const struct tcpka_info *info = kill->info;
	struct sock *sk = kill->sk;
	int err;

	if (sk->sk_state == TCP_TIME_WAIT &&
	    READ_ONCE(inet_twsk(sk)->tw_substate) != info->state)
		return -ENOENT;
	if (info->state != TCPKA_STATE_TIME_WAIT && !tcpka_reset_may(sk)) {
		tcpka_count(kill->tn, NULL, TCPKA_STAT_UNFORGEABLE);
		return -EOPNOTSUPP;
	}
	/* as half-open does: a RST each */
	if (info->state != TCPKA_STATE_TIME_WAIT &&
	    !tcpka_pace_take(kill->tn, 1))
		return -EBUSY;
	err = tcpka_reset(kill->tn, NULL, sk, info->state);
	/* a request that has become a socket is none any more */
	if (err)
		return -ENOENT;
	tcpka_count(kill->tn, NULL, TCPKA_STAT_KILLED);
	tcpka_event_flow(kill->tn, info, TCPKA_EVENT_KILLED, TCPKA_REASON_USER,
			 TCPKA_ROLE_TCPKA);
	return 0;
}

/**
 * tcpka_sock_kill() - end a local socket because a user asked for it
 * @tn: its namespace
 * @sk: the socket, a reference, not locked; a request, or in TIME_WAIT
 * @info: what tcpka_socks_walk() has shown of it
 * @with: TCPKA_ACTION_FIN, see socket_fin.c; or TCPKA_ACTION_RST, as "ss -K"
 *	does: the peer gets a RST, the program ECONNABORTED
 *
 * It has begun on return, see tcpka_socks_settle(); of what is not a whole socket
 * it is done. By either, the peer of what is not a whole socket gets a RST, but in
 * TIME_WAIT; that of a socket in SYN_SENT gets nothing. A whole socket in LAST_ACK or
 * CLOSING whose RST would have to be signed is ended without one, and that counted.
 * Process context, may sleep, but waits for no process.
 *
 * Return: 0; -ENOENT if it is over or has gone from FIN_WAIT2 to TIME_WAIT, or if it
 * is being closed and is to be closed by FIN; -EBUSY if a process owns it now, if
 * pacing holds back its RST, or if its record has just gone; -EPERM under
 * TCP_REPAIR, and for what its program has closed where the kernel does not abort
 * that; -EOPNOTSUPP, counted as unforgeable, for the kernel's own, for a subflow of
 * MPTCP, which is not the connection, for what an MPTCP listener has and has not
 * accepted, where the protocol cannot be aborted, and for a request, or what is
 * left in FIN_WAIT2, whose RST would have to be signed; -ENOMEM; or why there are no
 * state transitions.
 */
int tcpka_sock_kill(struct tcpka_net *tn, struct sock *sk,
		    const struct tcpka_info *info, enum tcpka_action with)
{
	struct tcpka_kill kill = {
		.tn = tn,
		.sk = sk,
		.info = info,
		.policy = &tcpka_nobodys,
		.with = with,
		.why = TCPKA_REASON_USER,
	};

	return sk_fullsock(sk) ? tcpka_kill_whole(&kill) :
				 tcpka_kill_rest(&kill);
}

/**
 * tcpka_sock_expire() - end a local socket that gets no answer to its SYN
 * @tn: its namespace
 * @sk: the socket, a reference, not locked
 * @policy: whose half-open is over, a reference of the caller's
 *
 * Process context; as tcpka_sock_kill(). It is counted and told of when it is done.
 *
 * Return: 0, or why it is not ended now: see tcpka_sock_kill().
 */
int tcpka_sock_expire(struct tcpka_net *tn, struct sock *sk,
		      struct tcpka_policy *policy)
{
	struct tcpka_info info;
	struct tcpka_kill kill = {
		.tn = tn,
		.sk = sk,
		.info = &info,
		.policy = policy,
		.with = TCPKA_ACTION_RST,
		.why = TCPKA_REASON_HALF_OPEN,
	};

	tcpka_hash_info(sk, true, &info);
	return tcpka_kill_whole(&kill);
}
