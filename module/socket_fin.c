// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - closes local sockets by FIN
 *
 * Done is what shutdown() of both directions does, and no more: TCP sends what
 * is queued, and then a FIN; the program reads what has arrived, and then an
 * end of file, and can write no more (EPIPE). Payload that comes later TCP
 * refuses by a RST, as a socket that is closed would (RFC 1122 4.2.2.13).
 *
 *   ESTABLISHED   -> FIN_WAIT1, FIN_WAIT2 -> the peer closes: TIME_WAIT
 *   CLOSE_WAIT    -> LAST_ACK             -> the peer acknowledges: CLOSE
 *   FIN_WAIT1, 2  the program has sent its FIN itself and waits for the peer:
 *		   it reads an end of file, and the peer is waited for
 *
 * A socket that has not come through within fin-wait is aborted. One that its
 * program has closed by then is TCP's, which has timers for orphans; and so is
 * every one when no policy rules it any more, or the module goes.
 *
 * A FIN must not make look whole what was cut. Where a program is in the middle
 * of a write, or the peer has said more than the program will read, the socket is
 * ended by RST at once; and so is one whose program speaks to another layer (TLS
 * in the kernel, a sockmap) that may have queued what TCP has not seen, and one
 * that nobody has accepted yet: inet_csk_listen_stop() and accept() know no socket
 * of a listener's queue that is owned, or that has closed by itself.
 */

#include <net/tcp.h>

#include "clock.h"
#include "pace.h"
#include "socket_priv.h"
#include "stats.h"
#include "trace.h"

/* Nothing is between the program and TCP. */
static bool tcpka_fin_bare(const struct sock *sk)
{
	const struct proto *prot = READ_ONCE(sk->sk_prot);

	return prot->sendmsg == tcp_prot.sendmsg &&
	       prot->recvmsg == tcp_prot.recvmsg && prot->shutdown;
}

/**
 * tcpka_fin_whole() - whether nothing is known to be cut by a FIN
 * @sk: the socket, locked
 *
 * A program that waits for room in a write has not written all. Where something
 * is missing before what has come, the peer has said more than the program will
 * read; where the window is closed, most likely. After the peer's FIN there is no
 * more.
 */
bool tcpka_fin_whole(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!READ_ONCE(sk->sk_socket) || !tcpka_fin_bare(sk) ||
	    READ_ONCE(sk->sk_write_pending))
		return false;
	if (sk->sk_state == TCP_CLOSE_WAIT)
		return true;
	return RB_EMPTY_ROOT(&tp->out_of_order_queue) &&
	       tcp_receive_window(tp);
}

/**
 * tcpka_fin_give() - close a socket by FIN
 * @ts: the socket, owned by lock_sock(), eligible, not gone, not closed by FIN
 * @reason: enum tcpka_reason
 *
 * What was given for keepalive is put back: it is not to interfere. May sleep.
 */
void tcpka_fin_give(struct tcpka_sock *ts, u8 reason)
{
	struct sock *sk = ts->sk;

	trace_tcpka_sock_closing(sk, reason);
	tcpka_keepalive_take_back(ts, false);
	ts->killed = 0;
	ts->closing = 1;
	ts->fin = tcpka_now();
	/* who hears of it finds it in the counters */
	tcpka_sock_told(ts, sk->sk_state, reason);
	if (1 << sk->sk_state & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT))
		tcpka_count(ts->tn, tcpka_sock_policy(ts),
			    TCPKA_STAT_FIN_SENT);
	/* as inet_shutdown() */
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	sk->sk_prot->shutdown(sk, SHUTDOWN_MASK);
	sk->sk_state_change(sk);
	tcpka_sock_file(ts, tcpka_fin_over(ts));
}

/**
 * tcpka_fin_over() - until when a socket may take to close
 * @ts: the socket, closed by FIN
 *
 * Return: the tick, by what fin-wait is now.
 */
u32 tcpka_fin_over(const struct tcpka_sock *ts)
{
	return ts->fin + READ_ONCE(ts->tn->config.fin_wait);
}

/**
 * tcpka_fin_overdue() - whether a socket is to be ended by RST after all
 * @ts: the socket, locked, closed by FIN
 * @now: the present tick
 *
 * Not one that its program has closed, nor one under TCP_REPAIR.
 */
bool tcpka_fin_overdue(const struct tcpka_sock *ts, u32 now)
{
	return !sock_flag(ts->sk, SOCK_DEAD) && !tcp_sk(ts->sk)->repair &&
	       !tcpka_before(now, tcpka_fin_over(ts));
}

/**
 * tcpka_fin_turn() - a turn of the wheel of a socket that was closed by FIN
 * @ts: the socket, locked, not gone
 * @now: the present tick
 *
 * Return: false if pacing holds it back.
 */
bool tcpka_fin_turn(struct tcpka_sock *ts, u32 now)
{
	/* from here on it is TCP's, which tells when it is over */
	if (sock_flag(ts->sk, SOCK_DEAD))
		return true;
	if (!tcpka_fin_overdue(ts, now)) {
		tcpka_sock_file(ts, tcpka_fin_over(ts));
		return true;
	}
	if (!tcpka_pace_take(ts->tn, 1)) {
		tcpka_sock_file(ts, now + 1);
		return false;
	}
	tcpka_abort_queue(ts);
	return true;
}

/**
 * tcpka_fin_ended() - count what became of a closing by FIN
 * @ts: the socket, locked, not gone; its state is becoming TCP_CLOSE, and not
 *	because tcpka has aborted it
 *
 * The FIN was acknowledged, and the peer has closed, too; or the program has,
 * and what is left of the socket waits for the peer.
 */
void tcpka_fin_ended(struct tcpka_sock *ts)
{
	const struct tcp_sock *tp = tcp_sk(ts->sk);

	if (READ_ONCE(ts->sk->sk_err) || tp->snd_una != tp->write_seq ||
	    (!sock_flag(ts->sk, SOCK_DONE) && !sock_flag(ts->sk, SOCK_DEAD)))
		return;
	tcpka_count(ts->tn, tcpka_sock_policy(ts), TCPKA_STAT_FIN_COMPLETED);
}
