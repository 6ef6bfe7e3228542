// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - gives keepalive to a local socket and takes it back
 *
 * Linux's own per-socket keepalive does the work. The setters that the kernel
 * exports take the socket's lock, refuse 0, which "not set" is, and fire at
 * once where a new keepidle is overdue; so the raw fields are written, as
 * sock_setsockopt() and do_tcp_setsockopt() write them, and the timer is armed
 * last.
 *
 * Who decides is the program: a socket that has SO_KEEPALIVE, one of the three
 * values or TCP_USER_TIMEOUT (which replaces keepcnt) is left alone unless the
 * policy says override. What differs from what was given was set by the
 * program since, and is respected likewise. A program that sets the very
 * values that were given leaves no trace and cannot be told apart.
 */

#include <linux/jiffies.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <net/tcp.h>

#include "clock.h"
#include "socket_priv.h"
#include "trace.h"

static void tcpka_keepalive_read(const struct sock *sk,
				 struct tcpka_keepalive *ka)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	ka->time = READ_ONCE(tp->keepalive_time);
	ka->intvl = READ_ONCE(tp->keepalive_intvl);
	ka->probes = READ_ONCE(tp->keepalive_probes);
	ka->open = sock_flag(sk, SOCK_KEEPOPEN);
}

static bool tcpka_keepalive_same(const struct tcpka_keepalive *a,
				 const struct tcpka_keepalive *b)
{
	return a->time == b->time && a->intvl == b->intvl &&
	       a->probes == b->probes && a->open == b->open;
}

static void tcpka_keepalive_write(struct sock *sk,
				  const struct tcpka_keepalive *ka)
{
	struct tcp_sock *tp = tcp_sk(sk);

	WRITE_ONCE(tp->keepalive_time, ka->time);
	WRITE_ONCE(tp->keepalive_intvl, ka->intvl);
	WRITE_ONCE(tp->keepalive_probes, ka->probes);
	sock_valbool_flag(sk, SOCK_KEEPOPEN, ka->open);
}

/*
 * Sets or stops the timer. tcp_set_keepalive() arms it for the full keepidle,
 * and only where SO_KEEPALIVE was off; what arms it for less is not exported
 * everywhere. Hence the flag is off and keepidle is @delay for a moment, which
 * nobody sees: the caller holds the lock and writes the true values next.
 *
 * The timer of an orphan in FIN_WAIT2 is what ends it: it is left alone, and
 * so it is in TCP_CLOSE, where tcp_set_keepalive() arms nothing.
 */
static void tcpka_keepalive_arm(struct sock *sk, u32 delay)
{
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_prot->keepalive(sk, 0);
	if (!delay)
		return;
	sock_reset_flag(sk, SOCK_KEEPOPEN);
	WRITE_ONCE(tcp_sk(sk)->keepalive_time, delay);
	sk->sk_prot->keepalive(sk, 1);
}

/* What a policy wants; the kernel counts whole seconds: never fewer. */
static void tcpka_keepalive_wanted(const struct tcpka_timers *t,
				   struct tcpka_keepalive *ka)
{
	u32 time = div_u64(t->keepalive + MSEC_PER_SEC - 1, MSEC_PER_SEC);
	u32 intvl = div_u64(t->intvl + MSEC_PER_SEC - 1, MSEC_PER_SEC);

	ka->time = clamp_t(u32, time, 1, MAX_TCP_KEEPIDLE) * HZ;
	ka->intvl = clamp_t(u32, intvl, 1, MAX_TCP_KEEPINTVL) * HZ;
	ka->probes = clamp_t(u8, t->probes, 1, MAX_TCP_KEEPCNT);
	ka->open = true;
}

static bool tcpka_keepalive_chosen(const struct sock *sk,
				   const struct tcpka_keepalive *ka)
{
	return ka->open || ka->time || ka->intvl || ka->probes ||
	       READ_ONCE(inet_csk(sk)->icsk_user_timeout);
}

/*
 * Jiffies until a probe is due: the peer's silence counts, but none before
 * the policy came into force.
 */
static u32 tcpka_keepalive_delay(const struct tcpka_sock *ts, u32 now)
{
	const struct tcpka_timers *t = &tcpka_sock_policy(ts)->t;
	u32 due = tcpka_later(ts->heard, ts->since) +
		  tcpka_ticks(t->keepalive);

	if (!tcpka_before(now, due))
		return 1;
	return min_t(unsigned long, ts->ours.time,
		     msecs_to_jiffies(tcpka_ticks_to_ms(due - now)) + 1);
}

/* Takes what differs from @ours, which the program has set, into @saved. */
static void tcpka_keepalive_adopt(struct tcpka_sock *ts,
				  const struct tcpka_keepalive *cur)
{
	if (cur->time != ts->ours.time)
		ts->saved.time = cur->time;
	if (cur->intvl != ts->ours.intvl)
		ts->saved.intvl = cur->intvl;
	if (cur->probes != ts->ours.probes)
		ts->saved.probes = cur->probes;
	ts->saved.open = cur->open;
}

/*
 * Whether the socket may be given keepalive; notes what is to be put back.
 * A choice of the program is remembered, lest that it turned keepalive off
 * be taken for no choice.
 */
static bool tcpka_keepalive_may(struct tcpka_sock *ts)
{
	bool override = tcpka_sock_policy(ts)->t.override;
	struct tcpka_keepalive cur;

	tcpka_keepalive_read(ts->sk, &cur);
	if (!ts->given) {
		if (tcpka_keepalive_chosen(ts->sk, &cur))
			ts->chosen = 1;
		if (ts->chosen && !override)
			return false;
		ts->saved = cur;
		return true;
	}
	if (!override && READ_ONCE(inet_csk(ts->sk)->icsk_user_timeout)) {
		ts->chosen = 1;
		tcpka_keepalive_take_back(ts, false);
		return false;
	}
	if (tcpka_keepalive_same(&cur, &ts->ours))
		return true;
	if (!override)
		return false;
	tcpka_keepalive_adopt(ts, &cur);
	return true;
}

/**
 * tcpka_keepalive_give() - have a socket's keepalive be what its policy says
 * @ts: the socket, locked, not gone, its stamps are fresh
 * @now: the present tick
 *
 * Writes the times first and arms the timer for what is left of them.
 */
void tcpka_keepalive_give(struct tcpka_sock *ts, u32 now)
{
	const struct tcpka_timers *t = &tcpka_sock_policy(ts)->t;
	struct tcpka_keepalive cur, want;
	struct sock *sk = ts->sk;

	if (!t->keepalive) {
		tcpka_keepalive_take_back(ts, false);
		return;
	}
	if (!tcpka_sock_eligible(sk) || !tcpka_keepalive_may(ts))
		return;
	tcpka_keepalive_wanted(t, &want);
	tcpka_keepalive_read(sk, &cur);
	ts->ours = want;
	ts->given = true;
	if (tcpka_keepalive_same(&cur, &want))
		return;
	tcpka_keepalive_arm(sk, tcpka_keepalive_delay(ts, now));
	tcpka_keepalive_write(sk, &want);
	trace_tcpka_sock_given(sk, want.time / HZ);
}

/*
 * The timer for what is put back: off, or what is left of the program's own
 * keepidle; all of it where that is over already, so that thousands of them
 * do not probe at once.
 */
static void tcpka_keepalive_rearm(struct sock *sk,
				  const struct tcpka_keepalive *ka)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 elapsed = keepalive_time_elapsed(tp);
	u32 time;

	WRITE_ONCE(tp->keepalive_time, ka->time);
	time = keepalive_time_when(tp);
	if (!ka->open)
		time = 0;
	else if (elapsed < time)
		time -= elapsed;
	tcpka_keepalive_arm(sk, time);
}

/**
 * tcpka_keepalive_take_back() - put back what a socket had
 * @ts: the socket, locked
 * @closed: its state is becoming TCP_CLOSE: its timers are TCP's business
 *
 * Each value only where it is still the one that was given. SO_KEEPALIVE stays
 * on where the program has chosen values of its own since.
 */
void tcpka_keepalive_take_back(struct tcpka_sock *ts, bool closed)
{
	struct tcpka_keepalive cur, back;
	struct sock *sk = ts->sk;

	if (!ts->given)
		return;
	ts->given = false;
	tcpka_keepalive_read(sk, &cur);
	back = cur;
	if (tcpka_keepalive_same(&cur, &ts->ours))
		back.open = ts->saved.open;
	if (cur.time == ts->ours.time)
		back.time = ts->saved.time;
	if (cur.intvl == ts->ours.intvl)
		back.intvl = ts->saved.intvl;
	if (cur.probes == ts->ours.probes)
		back.probes = ts->saved.probes;
	if (!closed && sk->sk_state != TCP_CLOSE &&
	    (back.open != cur.open || (back.open && back.time != cur.time)))
		tcpka_keepalive_rearm(sk, &back);
	tcpka_keepalive_write(sk, &back);
	trace_tcpka_sock_taken_back(sk, 0);
}

/**
 * tcpka_keepalive_ours() - whether a socket has the keepalive that we gave it
 * @ts: the socket, locked
 *
 * Return: false also where the program has changed it since.
 */
bool tcpka_keepalive_ours(const struct tcpka_sock *ts)
{
	struct tcpka_keepalive cur;

	if (!ts->given)
		return false;
	tcpka_keepalive_read(ts->sk, &cur);
	return tcpka_keepalive_same(&cur, &ts->ours);
}

/**
 * tcpka_keepalive_gave_up() - whether keepalive has just found the peer dead
 * @ts: the socket, locked, its state is becoming TCP_CLOSE
 *
 * As tcp_keepalive_timer() decides: enough probes out and nothing outstanding,
 * which tells it from retransmissions and window probes that were given up.
 *
 * Return: true only if it is certain, and was tcpka's keepalive.
 */
bool tcpka_keepalive_gave_up(const struct tcpka_sock *ts)
{
	const struct tcp_sock *tp = tcp_sk(ts->sk);
	int err = READ_ONCE(ts->sk->sk_err);

	if (!err ||
	    (err != ETIMEDOUT && err != READ_ONCE(ts->sk->sk_err_soft)))
		return false;
	return tcpka_keepalive_ours(ts) &&
	       inet_csk(ts->sk)->icsk_probes_out >= ts->ours.probes &&
	       tp->snd_una == tp->write_seq;
}
