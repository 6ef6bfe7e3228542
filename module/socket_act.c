// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - clocks of local sockets, and what is done when they are due
 *
 * The clocks, each from the later of its stamp and of the moment at which the
 * policy came into force:
 *
 *   idle        new payload of either side     -> the policy's action
 *   max-age     ESTABLISHED, or found          -> the same
 *   half-closed first FIN, or new payload      -> the same
 *   keepalive   see socket_dead.c              -> abort, program: ETIMEDOUT
 *   fin-wait    closed by FIN, see socket_fin.c -> the same
 *   check       half of keepalive, repeated    -> did the program choose?
 *   far         ten days, repeated             -> only take the stamps
 *
 * While a socket is being closed by FIN, fin-wait is the only one.
 *
 * keepalive of an idle connection is TCP's own. TCP keeps the times in 32-bit
 * jiffies, which wrap after 49 days at HZ=1000; so they are believed only where
 * a counter of TCP has moved since the last turn, which is never longer ago
 * than "far".
 *
 * The wheel takes the socket's spinlock and gives way where a process owns the
 * socket: it may sleep in a page fault for as long as it likes.
 */

#include <linux/jiffies.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "clock.h"
#include "event.h"
#include "owner.h"
#include "pace.h"
#include "socket_priv.h"
#include "stats.h"
#include "trace.h"
#include "wheel.h"

#define TCPKA_SOCK_FAR_MS	(10ULL * 86400 * MSEC_PER_SEC)

/* TCP_REPAIR is over in moments, a socket is accepted soon: nobody tells. */
#define TCPKA_SOCK_SOON_MS	1000

/* A process owns the socket: most let go at once. */
#define TCPKA_SOCK_BUSY_TICKS	2

/* Both are of the last timer interrupt: one tick more is never early. */
static u32 tcpka_sock_tick(u32 now, u32 then)
{
	u64 age = jiffies64_to_msecs(tcp_jiffies32 - then);

	return now - tcpka_ticks_floor(age) + 1;
}

static u64 tcpka_sock_ms_since(u32 now, u32 stamp)
{
	return tcpka_before(now, stamp) ? 0 : tcpka_ticks_to_ms(now - stamp);
}

/* Bytes sent, those sent again not counted; a FIN counts one. */
static u64 tcpka_sock_bytes_out(const struct tcp_sock *tp)
{
	return tp->bytes_acked + (u32)(tp->snd_nxt - tp->snd_una);
}

/**
 * tcpka_sock_observe() - take stamps from TCP's own times
 * @ts: the socket, locked
 */
void tcpka_sock_observe(struct tcpka_sock *ts)
{
	const struct tcp_sock *tp = tcp_sk(ts->sk);
	u64 out = tcpka_sock_bytes_out(tp);
	u32 now = tcpka_now();
	u32 rcv, ack, snd;

	rcv = tcpka_sock_tick(now, inet_csk(ts->sk)->icsk_ack.lrcvtime);
	ack = tcpka_sock_tick(now, tp->rcv_tstamp);
	snd = tcpka_sock_tick(now, tp->lsndtime);
	if (!ts->observed || ts->segs_in != tp->segs_in)
		ts->heard = tcpka_later(rcv, ack);
	if (!ts->observed)
		ts->data = tcpka_later(rcv, snd);
	if (ts->bytes_in != tp->bytes_received)
		ts->data = tcpka_later(ts->data, rcv);
	if (ts->bytes_out != out)
		ts->data = tcpka_later(ts->data, snd);
	ts->segs_in = tp->segs_in;
	ts->bytes_in = tp->bytes_received;
	ts->bytes_out = out;
	ts->observed = 1;
	ts->created = tcpka_past(ts->created, now);
	ts->since = tcpka_past(ts->since, now);
	ts->heard = tcpka_past(ts->heard, now);
	ts->data = tcpka_past(ts->data, now);
	ts->half = tcpka_past(ts->half, now);
	ts->asked = tcpka_past(ts->asked, now);
}

static u32 tcpka_sock_due(const struct tcpka_sock *ts, u32 stamp, u64 ms)
{
	return tcpka_later(stamp, ts->since) + tcpka_ticks(ms);
}

static u64 tcpka_sock_left(const struct tcpka_sock *ts, u32 stamp, u64 ms,
			   u32 now)
{
	return tcpka_sock_ms_since(tcpka_sock_due(ts, stamp, ms), now);
}

/* Until a clock other than keepalive would end it. */
static u64 tcpka_sock_expires(const struct tcpka_sock *ts,
			      const struct tcpka_timers *t, u32 now)
{
	u64 left = U64_MAX;

	if (ts->closing && !sock_flag(ts->sk, SOCK_DEAD))
		return tcpka_sock_ms_since(tcpka_fin_over(ts), now);
	if (ts->closing || ts->unowned)
		return left;
	if (t->idle)
		left = tcpka_sock_left(ts, ts->data, t->idle, now);
	if (t->max_age)
		left = min(left, tcpka_sock_left(ts, ts->created, t->max_age,
						 now));
	if (t->half_closed && tcpka_sock_half_closed(ts->sk))
		left = min(left, tcpka_sock_left(ts, tcpka_later(ts->half,
								 ts->data),
						 t->half_closed, now));
	return left;
}

/**
 * tcpka_sock_info() - a local socket as users see it
 * @ts: the socket, locked; or under RCU, then a process may change it meanwhile
 * @state: its TCP state
 * @info: to fill
 *
 * TCP does not keep how many keepalive probes it has sent, nor when it last
 * sent a bare acknowledgment: both are left out.
 *
 * Return: false if it is gone.
 */
bool tcpka_sock_info(const struct tcpka_sock *ts, int state,
		     struct tcpka_info *info)
{
	const struct tcpka_policy *policy =
		rcu_dereference_check(ts->policy, lockdep_sock_is_held(ts->sk));
	u32 now = tcpka_now();

	if (!policy)
		return false;
	memset(info, 0, sizeof(*info));
	info->subject = ts->subject;
	/* it may have been accepted since */
	tcpka_owner_read(ts->sk, &info->subject);
	info->state = state;
	/* what is only guessed to rule it does nothing with it */
	if (!ts->unowned)
		strscpy(info->policy, policy->name, sizeof(info->policy));
	info->age = ts->unruled ? U64_MAX :
				  tcpka_sock_ms_since(now, ts->created);
	info->data_idle = tcpka_sock_ms_since(now, ts->data);
	info->idle = min(info->data_idle, tcpka_sock_ms_since(now, ts->heard));
	info->half_idle = U64_MAX;
	if (tcpka_sock_half_closed(ts->sk))
		info->half_idle = tcpka_sock_ms_since(now,
						      tcpka_later(ts->half,
								  ts->data));
	info->guessed = ts->guessed;
	info->initiator = ts->initiator;
	info->seen[!ts->initiator] = U64_MAX;
	info->seen[ts->initiator] = tcpka_sock_ms_since(now, ts->heard);
	info->expires = tcpka_sock_expires(ts, &policy->t, now);
	if (ts->blank) {
		info->idle = U64_MAX;
		info->data_idle = U64_MAX;
		info->seen[ts->initiator] = U64_MAX;
	}
	return true;
}

static void tcpka_sock_tell(struct tcpka_sock *ts, int state,
			    enum tcpka_event event, enum tcpka_reason reason,
			    enum tcpka_role by)
{
	struct tcpka_info info;

	if (tcpka_event_wanted(ts->tn) && tcpka_sock_info(ts, state, &info))
		tcpka_event_flow(ts->tn, &info, event, reason, by);
}

static enum tcpka_role tcpka_sock_role(const struct tcpka_sock *ts, bool peer)
{
	return ts->initiator != peer ? TCPKA_ROLE_INITIATOR :
				       TCPKA_ROLE_RESPONDER;
}

static void tcpka_sock_count(struct tcpka_sock *ts, enum tcpka_stat which)
{
	tcpka_count(ts->tn, tcpka_sock_policy(ts), which);
}

/* What tcpka does to it: a policy that is only guessed to rule it has no part. */
static void tcpka_sock_count_act(struct tcpka_sock *ts, enum tcpka_stat which)
{
	tcpka_count(ts->tn, ts->unowned ? NULL : tcpka_sock_policy(ts), which);
}

static enum tcpka_stat tcpka_sock_stat(u8 reason)
{
	switch (reason) {
	case TCPKA_REASON_IDLE:
		return TCPKA_STAT_EXPIRED_IDLE;
	case TCPKA_REASON_MAX_AGE:
		return TCPKA_STAT_EXPIRED_MAX_AGE;
	case TCPKA_REASON_HALF_CLOSED:
		return TCPKA_STAT_EXPIRED_HALF_CLOSED;
	case TCPKA_REASON_HALF_OPEN:
		return TCPKA_STAT_EXPIRED_HALF_OPEN;
	default:
		return TCPKA_STAT_KILLED;
	}
}

/*
 * Who closed the connection, and how, as far as it can be told. ECONNRESET,
 * and EPIPE in CLOSE_WAIT, come of the peer's RST. Straight from one of the
 * states that still could send, and with no error yet, it was this side's
 * close with a RST. Anything else is an error of the network.
 */
static void tcpka_sock_closed(struct tcpka_sock *ts, int old)
{
	int err = READ_ONCE(ts->sk->sk_err);
	enum tcpka_reason reason = TCPKA_REASON_RST;
	enum tcpka_role by = tcpka_sock_role(ts, false);

	if (err == ECONNRESET || err == EPIPE) {
		by = tcpka_sock_role(ts, true);
	} else if (err && err != ECONNABORTED) {
		reason = TCPKA_REASON_UNSPEC;
		by = TCPKA_ROLE_UNSPEC;
	} else if (old == TCP_LAST_ACK) {
		reason = TCPKA_REASON_FIN;
		by = tcpka_sock_role(ts, true);
	} else if (old == TCP_FIN_WAIT1 || old == TCP_FIN_WAIT2 ||
		   old == TCP_CLOSING || old == TCP_TIME_WAIT) {
		reason = TCPKA_REASON_FIN;
	}
	tcpka_sock_count(ts, TCPKA_STAT_FLOWS_CLOSED);
	tcpka_sock_tell(ts, TCP_CLOSE, TCPKA_EVENT_CLOSED, reason, by);
}

/* The peer said nothing for too long, whoever found out. */
static void tcpka_sock_dead(struct tcpka_sock *ts)
{
	tcpka_sock_count(ts, TCPKA_STAT_PEERS_DEAD);
	tcpka_sock_tell(ts, TCP_CLOSE, TCPKA_EVENT_DEAD,
			TCPKA_REASON_KEEPALIVE, tcpka_sock_role(ts, true));
}

/**
 * tcpka_sock_told() - count and tell why tcpka ends a socket, or would
 * @ts: the socket, locked, not gone
 * @state: its TCP state
 * @reason: enum tcpka_reason, a clock of the policy or a user
 */
void tcpka_sock_told(struct tcpka_sock *ts, int state, u8 reason)
{
	tcpka_sock_count_act(ts, tcpka_sock_stat(reason));
	tcpka_sock_tell(ts, state, reason == TCPKA_REASON_USER ?
			TCPKA_EVENT_KILLED : TCPKA_EVENT_EXPIRED,
			reason, TCPKA_ROLE_TCPKA);
}

/* What a RST of tcpka counts. */
static void tcpka_sock_reset(struct tcpka_sock *ts, int old)
{
	/* tcp_need_reset() */
	if (1 << old & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 |
			TCPF_FIN_WAIT2 | TCPF_SYN_RECV))
		tcpka_sock_count_act(ts, TCPKA_STAT_RST_SENT);
	if (!ts->fell_back)
		return;
	trace_tcpka_sock_fell_back(ts->sk, ts->closing);
	tcpka_sock_count_act(ts, TCPKA_STAT_FIN_FELL_BACK);
}

/**
 * tcpka_sock_ended() - count and tell that a socket is being closed
 * @ts: the socket, locked, not gone
 * @old: the state from which it goes to TCP_CLOSE
 *
 * Runs in the tracepoint, so what tcpka itself did is counted when it is done.
 * Of what it closed by FIN, all was told then.
 */
void tcpka_sock_ended(struct tcpka_sock *ts, int old)
{
	u8 reason = ts->ending;

	tcpka_sock_observe(ts);
	trace_tcpka_sock_ended(ts->sk, reason);
	if (reason)
		tcpka_sock_reset(ts, old);
	if (reason == TCPKA_REASON_FIN)
		return;
	if (!reason && ts->closing)
		tcpka_fin_ended(ts);
	else if (reason == TCPKA_REASON_KEEPALIVE ||
		 (!reason && tcpka_keepalive_gave_up(ts)))
		tcpka_sock_dead(ts);
	else if (reason)
		tcpka_sock_told(ts, TCP_CLOSE, reason);
	else if (!ts->unruled)
		tcpka_sock_closed(ts, old);
}

/**
 * tcpka_sock_file() - have the wheel handle a socket
 * @ts: the socket, referenced
 * @due: at which tick
 */
void tcpka_sock_file(struct tcpka_sock *ts, u32 due)
{
	refcount_inc(&ts->ref);
	if (!tcpka_wheel_file(&ts->socks->wheel, &ts->timer, due))
		tcpka_sock_put(ts);
}

/**
 * tcpka_sock_busy() - come back to a socket that a process owns
 * @ts: the socket
 */
void tcpka_sock_busy(struct tcpka_sock *ts)
{
	tcpka_sock_file(ts, tcpka_now() + TCPKA_SOCK_BUSY_TICKS);
}

static bool tcpka_sock_expired(const struct tcpka_sock *ts, u32 stamp, u64 ms,
			       u8 reason, u32 now, u32 *next)
{
	u32 due = tcpka_sock_due(ts, stamp, ms);

	if (!ms || ts->noted & BIT(reason))
		return false;
	if (!tcpka_before(now, due))
		return true;
	if (tcpka_before(due, *next))
		*next = due;
	return false;
}

/* Why the socket is to end, or 0; moves @next to the next deadline. */
static u8 tcpka_sock_judge(struct tcpka_sock *ts, u32 now, u32 *next)
{
	const struct tcpka_timers *t = &tcpka_sock_policy(ts)->t;

	if (tcpka_sock_expired(ts, ts->created, t->max_age,
			       TCPKA_REASON_MAX_AGE, now, next))
		return TCPKA_REASON_MAX_AGE;
	if (tcpka_sock_expired(ts, ts->data, t->idle, TCPKA_REASON_IDLE, now,
			       next))
		return TCPKA_REASON_IDLE;
	if (tcpka_sock_half_closed(ts->sk) &&
	    tcpka_sock_expired(ts, tcpka_later(ts->half, ts->data),
			       t->half_closed, TCPKA_REASON_HALF_CLOSED, now,
			       next))
		return TCPKA_REASON_HALF_CLOSED;
	if (tcpka_dead_judge(ts, now, next))
		return TCPKA_REASON_KEEPALIVE;
	return 0;
}

/*
 * Whether @reason is one to end the socket. A subflow of MPTCP is not the
 * connection, and a backup one is rightly idle; what drop means does not exist
 * for a socket; and of a dead peer, dead can only mean rst.
 */
static bool tcpka_sock_ends(const struct tcpka_sock *ts, u8 reason)
{
	u8 action = tcpka_sock_policy(ts)->t.action;

	if (sk_is_mptcp(ts->sk))
		return false;
	return reason == TCPKA_REASON_KEEPALIVE ||
	       (action != TCPKA_ACTION_NONE && action != TCPKA_ACTION_DROP);
}

/**
 * tcpka_sock_overdue() - whether a socket is still to be ended
 * @ts: the socket, locked, not gone
 *
 * Return: enum tcpka_reason, or 0.
 */
u8 tcpka_sock_overdue(struct tcpka_sock *ts)
{
	u32 now = tcpka_now();
	u32 next = now;
	u8 reason = 0;

	tcpka_sock_observe(ts);
	if (ts->closing)
		return tcpka_fin_overdue(ts, now) ? TCPKA_REASON_FIN : 0;
	if (tcpka_sock_eligible(ts->sk) && !ts->unowned)
		reason = tcpka_sock_judge(ts, now, &next);
	return reason && tcpka_sock_ends(ts, reason) ? reason : 0;
}

/**
 * tcpka_sock_action() - how a socket is to be ended
 * @ts: the socket, locked, not gone
 * @reason: why: what tcpka_sock_overdue() returned, or that of a kill
 *
 * Return: TCPKA_ACTION_RST or TCPKA_ACTION_FIN. A dead peer, and one that does
 * not close after a FIN, only ever get a RST.
 */
u8 tcpka_sock_action(const struct tcpka_sock *ts, u8 reason)
{
	if (reason == TCPKA_REASON_USER || reason == TCPKA_REASON_HALF_OPEN)
		return ts->killed;
	if (reason == TCPKA_REASON_KEEPALIVE || reason == TCPKA_REASON_FIN)
		return TCPKA_ACTION_RST;
	return tcpka_sock_policy(ts)->t.action;
}

/* Expiry that is only noted. */
static void tcpka_sock_note(struct tcpka_sock *ts, u8 reason)
{
	if (sk_is_mptcp(ts->sk))
		tcpka_sock_count(ts, TCPKA_STAT_UNFORGEABLE);
	else
		tcpka_sock_told(ts, ts->sk->sk_state, reason);
	ts->noted |= BIT(reason);
}

/*
 * What has to do with keepalive in a turn of the wheel.
 *
 * Return: false if pacing holds it back.
 */
static bool tcpka_sock_keep(struct tcpka_sock *ts, u32 now, u32 *next)
{
	u64 half = tcpka_sock_policy(ts)->t.keepalive / 2;
	u32 check;

	if (ts->pending && ts->paced && !tcpka_pace_take(ts->tn, 1))
		return false;
	ts->pending = 0;
	tcpka_keepalive_give(ts, now);
	check = now + tcpka_ticks(half);
	if (ts->given && tcpka_before(check, *next))
		*next = check;
	return true;
}

/*
 * What is there before a socket is judged.
 *
 * Return: false if it is not to be judged now: removed, or filed.
 */
static bool tcpka_sock_ready(struct tcpka_sock *ts, u32 now)
{
	struct sock *sk = ts->sk;
	bool closed = sk->sk_state == TCP_CLOSE;

	/* closed unseen, or it has turned out to be the kernel's own */
	if (closed || tcpka_sock_kernel(sk)) {
		tcpka_keepalive_take_back(ts, closed);
		tcpka_sock_remove(ts->tn->socks, ts);
		return false;
	}
	tcpka_sock_observe(ts);
	if ((ts->unowned || ts->unruled) && !tcpka_sock_rematch(ts, now))
		return false;
	if (!tcp_sk(sk)->repair && !tcpka_sock_unaccepted(sk) && !ts->unowned)
		return true;
	tcpka_sock_file(ts, now + tcpka_ticks(TCPKA_SOCK_SOON_MS));
	return false;
}

/*
 * Does all that is due.
 *
 * Return: false if pacing holds it back.
 */
static bool tcpka_sock_turn(struct tcpka_sock *ts)
{
	u32 now = tcpka_now();
	u32 next = now + tcpka_ticks(TCPKA_SOCK_FAR_MS);
	u8 reason;

	if (!tcpka_sock_ready(ts, now))
		return true;
	if (ts->closing)
		return tcpka_fin_turn(ts, now);
	if (!tcpka_sock_keep(ts, now, &next))
		goto later;
	while (tcpka_sock_eligible(ts->sk) &&
	       (reason = tcpka_sock_judge(ts, now, &next))) {
		if (!tcpka_pace_take(ts->tn, 1))
			goto later;
		trace_tcpka_sock_expired(ts->sk, reason);
		if (tcpka_sock_ends(ts, reason)) {
			tcpka_abort_queue(ts);
			return true;
		}
		tcpka_sock_note(ts, reason);
	}
	tcpka_sock_file(ts, next);
	return true;

later:
	tcpka_sock_file(ts, now + 1);
	return false;
}

/**
 * tcpka_sock_fire() - handle a socket whose time in the wheel has come
 * @timer: of the record; the wheel's reference passes here
 *
 * Process context.
 *
 * Return: false if pacing holds it back.
 */
bool tcpka_sock_fire(struct tcpka_timer *timer)
{
	struct tcpka_sock *ts = container_of(timer, struct tcpka_sock, timer);
	struct sock *sk = ts->sk;
	bool go_on = true;

	local_bh_disable();
	bh_lock_sock(sk);
	if (sock_owned_by_user(sk))
		tcpka_sock_busy(ts);
	else if (!ts->gone && ts->killed)
		tcpka_abort_queue(ts);
	else if (!ts->gone)
		go_on = tcpka_sock_turn(ts);
	bh_unlock_sock(sk);
	local_bh_enable();
	tcpka_sock_put(ts);
	return go_on;
}
