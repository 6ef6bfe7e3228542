// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - local sockets whose peer says nothing to what is under way
 *
 * TCP's keepalive rests while data is outstanding, and retransmissions go on
 * for a quarter of an hour. So under a policy's keepalive the wheel ends such a
 * socket when keepalive would have: after keepalive + intvl x probes without a
 * segment of the peer, not even an ACK. TCP_USER_TIMEOUT is not used: it ends
 * also a peer that answers every window probe (RFC 1122, 4.2.2.17).
 *
 * Silence alone is no proof. TCP asks a peer whose window is closed, or was
 * taken back, only every two minutes; and data may be written after a silence
 * that TCP's coarse timer has not asked about yet. Hence something must have
 * been sent since the peer was last heard, and then it has intvl x probes to
 * say anything at all. Data is sent again and again in that time. A closed
 * window is not asked about more often for it: there it takes as many probes
 * of TCP's, as one that is lost, or its answer, must never kill.
 */

#include <linux/math64.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "clock.h"
#include "socket_priv.h"

/* Between looks at a silent peer; or 1 % of what it is given, if more. */
#define TCPKA_DEAD_STEP_MS	200

/*
 * The tick at which a segment was sent, by its age: TCP's clock has no tick in
 * common with ours. What is paced may bear a time to come.
 */
static u32 tcpka_dead_sent(const struct sk_buff *skb, u32 now)
{
	s64 age = tcp_clock_ns() - skb->skb_mstamp_ns;

	return now - (u32)(max_t(s64, age, 0) >> TCPKA_TICK_SHIFT);
}

/*
 * Something is under way that was sent after the peer was last heard: a probe
 * of TCP's, or the first segment that is not acknowledged, which is the one
 * that TCP repeats.
 */
static bool tcpka_dead_asked(const struct tcpka_sock *ts, u32 now)
{
	const struct sk_buff *skb = tcp_rtx_queue_head(ts->sk);

	if (inet_csk(ts->sk)->icsk_probes_out)
		return true;
	return skb && tcpka_before(ts->heard, tcpka_dead_sent(skb, now));
}

/* Fewer probes of a closed window than @probes are unanswered. */
static bool tcpka_dead_window(const struct sock *sk, u8 probes)
{
	return tcp_sk(sk)->write_seq != tcp_sk(sk)->snd_una &&
	       !tcp_rtx_queue_head(sk) &&
	       inet_csk(sk)->icsk_probes_out < probes;
}

static void tcpka_dead_next(u32 due, u32 *next)
{
	if (tcpka_before(due, *next))
		*next = due;
}

/**
 * tcpka_dead_judge() - whether a peer that should have answered is dead
 * @ts: the socket, locked, not gone, its stamps are fresh
 * @now: the present tick
 * @next: moved to the next deadline, if that is sooner
 *
 * Return: true if data is outstanding and it is dead; where nothing is, TCP's
 * keepalive finds out.
 */
bool tcpka_dead_judge(struct tcpka_sock *ts, u32 now, u32 *next)
{
	const struct tcpka_timers *t = &tcpka_sock_policy(ts)->t;
	u64 intvls = t->intvl * t->probes;
	u32 quiet, step, due;

	if (!t->keepalive || sk_is_mptcp(ts->sk) || !tcpka_keepalive_ours(ts))
		return false;
	quiet = tcpka_later(ts->heard, ts->since) + tcpka_ticks(t->keepalive);
	if (tcpka_before(now, quiet)) {
		tcpka_dead_next(quiet, next);
		return false;
	}
	step = tcpka_ticks(max_t(u64, div_u64(t->keepalive + intvls, 100),
				 TCPKA_DEAD_STEP_MS));
	if (!tcpka_dead_asked(ts, now)) {
		ts->asked = ts->heard;
		tcpka_dead_next(now + step, next);
		return false;
	}
	if (tcpka_dead_window(ts->sk, t->probes)) {
		/* the last one will have its interval to be answered */
		ts->asked = now - tcpka_ticks(intvls - t->intvl);
		tcpka_dead_next(now + step, next);
		return false;
	}
	if (!tcpka_before(ts->heard, ts->asked))
		ts->asked = now;
	due = tcpka_later(quiet, ts->asked) + tcpka_ticks(intvls);
	if (tcpka_before(now, due)) {
		tcpka_dead_next(due, next);
		return false;
	}
	tcpka_dead_next(now + step, next);
	return tcp_sk(ts->sk)->write_seq != tcp_sk(ts->sk)->snd_una;
}
