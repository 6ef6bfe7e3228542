// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what TCP has left of a socket in FIN_WAIT2 that its program has closed
 *
 * The whole socket goes, and its record with it; what is left, a minisock, waits
 * for the peer's FIN as long as tcp_fin_timeout lets it. Since when it has been
 * half-closed, and who ruled it, only the record knows. So where half-closed would
 * be over sooner, the record hands that on: a rest is made, with a reference on the
 * minisock, which holds neither its socket nor its namespace.
 *
 * Nobody tells that the peer has closed, which it mostly does at once. So a rest is
 * looked at after 1, 2, 4, ... seconds, and let go of where the minisock is gone, or
 * in TIME_WAIT; and at its deadline, when the peer gets a RST (socket_reset.c).
 *
 * A rest is in a list, and in the wheel of the sockets, from its beginning to its
 * end. Only the wheel's work ends it, one at a time; and what is left when the wheel
 * has stopped, nobody else can come upon.
 */

#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "clock.h"
#include "event.h"
#include "owner.h"
#include "pace.h"
#include "policy.h"
#include "socket_priv.h"
#include "stats.h"
#include "table.h"
#include "trace.h"
#include "wheel.h"

/* Until the first look. */
#define TCPKA_REST_FIRST_MS	1000

/* As long as TCP keeps most of them at most (TCP_TIMEWAIT_LEN). */
#define TCPKA_REST_LAST_MS	60000

/* Filed anew under the lock at a time. */
#define TCPKA_REST_BATCH	16

/**
 * struct tcpka_rest - what is left of a socket in FIN_WAIT2, and ruled
 *
 * Written by the wheel's work alone, but for @node and @turn.
 *
 * @node: in tcpka_socks.rests; under tcpka_socks.rest_lock
 * @timer: in tcpka_socks.wheel
 * @sk: the minisock, a reference
 * @tn: its namespace
 * @socks: of @tn
 * @policy: that rules it, a reference; it counts in its flows
 * @subject: what policies match, as its socket was; a reference on its cgroup
 * @half: tick from which half-closed counts
 * @since: tick from which @policy's clocks count
 * @fin: tick from which fin-wait counts, where @closing
 * @step: ticks from the last look to the next
 * @turn: tcpka_socks.rest_turn when it was last filed for new rules; under
 *	tcpka_socks.rest_lock
 * @seen: @turn before @policy was found
 * @initiator: its socket opened the connection
 * @guessed: @initiator was not seen
 * @closing: half-closed is over, and the peer has fin-wait to close
 */
struct tcpka_rest {
	struct list_head node;
	struct tcpka_timer timer;
	struct sock *sk;
	struct tcpka_net *tn;
	struct tcpka_socks *socks;
	struct tcpka_policy *policy;
	struct tcpka_subject subject;
	u32 half;
	u32 since;
	u32 fin;
	u32 step;
	u32 turn;
	u32 seen;
	u8 initiator:1;
	u8 guessed:1;
	u8 closing:1;
};

/*
 * What tcp_time_wait() has put in the place of a socket, with a reference. The
 * socket itself has given its port back by now.
 */
static struct sock *tcpka_rest_minisock(const struct tcpka_sock *ts)
{
	struct sock *left = tcpka_hash_lookup(ts->tn->net, &ts->subject,
					      ts->initiator,
					      ts->sk->sk_bound_dev_if);

	if (!left)
		return NULL;
	if (left->sk_state == TCP_TIME_WAIT &&
	    READ_ONCE(inet_twsk(left)->tw_substate) == TCP_FIN_WAIT2)
		return left;
	sock_gen_put(left);
	return NULL;
}

/* Whether half-closed may be over before TCP ends any minisock. */
static bool tcpka_rest_soon(const struct tcpka_sock *ts)
{
	u64 time = tcpka_sock_policy(ts)->t.half_closed;
	u32 from = tcpka_later(tcpka_later(ts->half, ts->data), ts->since);

	return time &&
	       tcpka_before(from + tcpka_ticks(time), tcpka_now() +
			    tcpka_ticks(jiffies64_to_msecs(TCP_TIMEWAIT_LEN)));
}

/* Not what tcpka is closing by FIN: its program has closed it, it is TCP's. */
static bool tcpka_rest_wanted(const struct tcpka_sock *ts, int old)
{
	return old == TCP_FIN_WAIT2 && sock_flag(ts->sk, SOCK_DEAD) &&
	       tcpka_rest_soon(ts) &&
	       !(ts->noted & BIT(TCPKA_REASON_HALF_CLOSED)) &&
	       !ts->closing && !ts->ending && !ts->unruled && !ts->unowned &&
	       !sk_is_mptcp(ts->sk);
}

static void tcpka_rest_set_policy(struct tcpka_rest *rest,
				  struct tcpka_policy *policy)
{
	struct tcpka_policy *old = rest->policy;

	atomic_inc(&policy->flows);
	rest->policy = policy;
	if (!old)
		return;
	atomic_dec(&old->flows);
	tcpka_policy_put(old);
}

static struct tcpka_rest *tcpka_rest_alloc(struct tcpka_sock *ts,
					   struct sock *left)
{
	struct tcpka_rest *rest;

	rest = kzalloc(sizeof(*rest), GFP_ATOMIC | __GFP_NOWARN);
	if (!rest)
		return NULL;
	rest->timer.kind = TCPKA_TIMER_REST;
	rest->sk = left;
	rest->tn = ts->tn;
	rest->socks = ts->socks;
	tcpka_rest_set_policy(rest, tcpka_policy_get(tcpka_sock_policy(ts)));
	rest->subject = ts->subject;
	tcpka_owner_read(ts->sk, &rest->subject);
	tcpka_owner_hold(&rest->subject);
	rest->half = tcpka_later(ts->half, ts->data);
	rest->since = ts->since;
	rest->step = tcpka_ticks(TCPKA_REST_FIRST_MS);
	rest->initiator = ts->initiator;
	rest->guessed = ts->guessed;
	return rest;
}

static void tcpka_rest_free(struct tcpka_rest *rest)
{
	sock_gen_put(rest->sk);
	tcpka_owner_drop(&rest->subject);
	atomic_dec(&rest->policy->flows);
	tcpka_policy_put(rest->policy);
	kfree(rest);
}

/* When half-closed is over; or, after that, fin-wait. */
static u32 tcpka_rest_due(const struct tcpka_rest *rest)
{
	if (rest->closing)
		return rest->fin + READ_ONCE(rest->tn->config.fin_wait);
	return tcpka_later(rest->half, rest->since) +
	       tcpka_ticks(rest->policy->t.half_closed);
}

/* Whether that is before TCP itself ends it, without a word. */
static bool tcpka_rest_in_time(const struct tcpka_rest *rest)
{
	long left = READ_ONCE(inet_twsk(rest->sk)->tw_timer.expires) - jiffies;

	return left > 0 &&
	       tcpka_before(tcpka_rest_due(rest), tcpka_now() +
			    tcpka_ticks(jiffies64_to_msecs(left)));
}

/**
 * tcpka_rest_of() - take over from a record that ends
 * @ts: the record, not gone; its socket, locked, is becoming TCP_CLOSE
 * @old: what it was
 *
 * Any context but hard interrupt.
 *
 * Return: for tcpka_rest_begin(), when the record is gone; NULL where nothing is
 * left of the socket, or that is TCP's.
 */
struct tcpka_rest *tcpka_rest_of(struct tcpka_sock *ts, int old)
{
	struct tcpka_rest *rest;
	struct sock *left;

	if (!tcpka_rest_wanted(ts, old))
		return NULL;
	left = tcpka_rest_minisock(ts);
	if (!left)
		return NULL;
	rest = tcpka_rest_alloc(ts, left);
	if (!rest) {
		sock_gen_put(left);
		return NULL;
	}
	if (tcpka_rest_in_time(rest))
		return rest;
	tcpka_rest_free(rest);
	return NULL;
}

/*
 * Has it looked at in a while, or at its deadline; at once, if the rules have
 * changed since they were asked.
 */
static void tcpka_rest_file_locked(struct tcpka_rest *rest, u32 due)
	__must_hold(&rest->socks->rest_lock)
{
	u32 look = tcpka_now() + rest->step;

	lockdep_assert_held(&rest->socks->rest_lock);
	if (tcpka_before(look, due))
		due = look;
	if (rest->turn != rest->seen)
		due = tcpka_now();
	tcpka_wheel_file(&rest->socks->wheel, &rest->timer, due);
}

static void tcpka_rest_file(struct tcpka_rest *rest, u32 due)
{
	spin_lock_bh(&rest->socks->rest_lock);
	tcpka_rest_file_locked(rest, due);
	spin_unlock_bh(&rest->socks->rest_lock);
}

/**
 * tcpka_rest_begin() - have half-closed go on for what is left of a socket
 * @rest: from tcpka_rest_of(), taken over
 *
 * It counts as one connection, as its socket's record did. Where there is no room
 * for it, it is TCP's. Under the same RCU read lock as tcpka_rest_of(): whoever
 * has changed the rules waits a grace period before it looks for what the old
 * ones made.
 */
void tcpka_rest_begin(struct tcpka_rest *rest)
{
	struct tcpka_socks *socks = rest->socks;

	if (!tcpka_table_charge(rest->tn)) {
		tcpka_rest_free(rest);
		return;
	}
	spin_lock_bh(&socks->rest_lock);
	rest->turn = socks->rest_turn;
	rest->seen = rest->turn;
	list_add_tail(&rest->node, &socks->rests);
	tcpka_rest_file_locked(rest, tcpka_rest_due(rest));
	spin_unlock_bh(&socks->rest_lock);
}

static void tcpka_rest_end(struct tcpka_rest *rest)
{
	struct tcpka_socks *socks = rest->socks;

	spin_lock_bh(&socks->rest_lock);
	list_del(&rest->node);
	/* new rules may have filed it meanwhile */
	tcpka_wheel_kill(&socks->wheel, &rest->timer);
	spin_unlock_bh(&socks->rest_lock);
	tcpka_table_uncharge(rest->tn);
	tcpka_rest_free(rest);
}

static bool tcpka_rest_waits(const struct tcpka_rest *rest)
{
	return !sk_unhashed(rest->sk) &&
	       READ_ONCE(inet_twsk(rest->sk)->tw_substate) == TCP_FIN_WAIT2;
}

/*
 * Has it ruled as the policies say now, as tcpka_sock_rematch() and
 * tcpka_sock_set_policy() do.
 *
 * Return: false if half-closed is not for it any more.
 */
static bool tcpka_rest_rematch(struct tcpka_rest *rest, u32 now)
{
	struct tcpka_policy *policy;
	u32 gen;

	rest->seen = READ_ONCE(rest->turn);
	policy = tcpka_policy_find(rest->tn, &rest->subject, &gen);
	if (!policy)
		return false;
	if (strcmp(policy->name, rest->policy->name)) {
		rest->since = now;
		rest->closing = 0;
	}
	tcpka_rest_set_policy(rest, policy);
	return policy->t.half_closed;
}

static void tcpka_rest_info(const struct tcpka_rest *rest,
			    struct tcpka_info *info)
{
	tcpka_hash_info(rest->sk, rest->initiator, info);
	info->subject = rest->subject;
	info->guessed = rest->guessed;
	info->expires = U64_MAX;
	strscpy(info->policy, rest->policy->name, sizeof(info->policy));
}

static void tcpka_rest_tell(const struct tcpka_rest *rest,
			    const struct tcpka_info *info)
{
	tcpka_count(rest->tn, rest->policy, TCPKA_STAT_EXPIRED_HALF_CLOSED);
	tcpka_event_flow(rest->tn, info, TCPKA_EVENT_EXPIRED,
			 TCPKA_REASON_HALF_CLOSED, TCPKA_ROLE_TCPKA);
}

/* The peer has its FIN already: all that can be given is time to close. */
static void tcpka_rest_give_time(struct tcpka_rest *rest, u32 now)
{
	struct tcpka_info info;

	tcpka_rest_info(rest, &info);
	tcpka_rest_tell(rest, &info);
	rest->closing = 1;
	rest->fin = now;
	tcpka_rest_file(rest, tcpka_rest_due(rest));
}

static void tcpka_rest_reset(struct tcpka_rest *rest)
{
	struct tcpka_info info;

	tcpka_rest_info(rest, &info);
	if (tcpka_reset(rest->tn, rest->policy, rest->sk, TCP_FIN_WAIT2))
		return;
	if (!rest->closing) {
		tcpka_rest_tell(rest, &info);
		return;
	}
	trace_tcpka_sock_fell_back(rest->sk, 1);
	tcpka_count(rest->tn, rest->policy, TCPKA_STAT_FIN_FELL_BACK);
}

/* Whether it is only noted that its time is over: then that is done. */
static bool tcpka_rest_noted(struct tcpka_rest *rest)
{
	u8 action = rest->policy->t.action;
	struct tcpka_info info;

	/* what drop means does not exist here either */
	if (action == TCPKA_ACTION_NONE || action == TCPKA_ACTION_DROP) {
		tcpka_rest_info(rest, &info);
		if (!rest->closing)
			tcpka_rest_tell(rest, &info);
		return true;
	}
	if (tcpka_reset_may(rest->sk))
		return false;
	tcpka_count(rest->tn, rest->policy, TCPKA_STAT_UNFORGEABLE);
	return true;
}

/*
 * Its time is over.
 *
 * Return: false if pacing holds it back.
 */
static bool tcpka_rest_act(struct tcpka_rest *rest, u32 now)
{
	if (tcpka_rest_noted(rest))
		goto end;
	if (rest->policy->t.action == TCPKA_ACTION_FIN && !rest->closing) {
		tcpka_rest_give_time(rest, now);
		return true;
	}
	if (!tcpka_pace_take(rest->tn, 1)) {
		tcpka_rest_file(rest, now + 1);
		return false;
	}
	trace_tcpka_sock_expired(rest->sk, TCPKA_REASON_HALF_CLOSED);
	tcpka_rest_reset(rest);
end:
	tcpka_rest_end(rest);
	return true;
}

/**
 * tcpka_rest_fire() - look at what is left of a socket
 * @timer: of the rest
 *
 * Process context; one at a time, as it may end the rest.
 *
 * Return: false if pacing holds it back.
 */
bool tcpka_rest_fire(struct tcpka_timer *timer)
{
	struct tcpka_rest *rest = container_of(timer, struct tcpka_rest, timer);
	u32 now = tcpka_now();
	u32 due;

	if (!tcpka_rest_waits(rest) || !tcpka_rest_rematch(rest, now)) {
		tcpka_rest_end(rest);
		return true;
	}
	due = tcpka_rest_due(rest);
	if (!tcpka_before(now, due))
		return tcpka_rest_act(rest, now);
	/* more often is each time that the rules change, too */
	rest->step = min_t(u32, rest->step * 2,
			   tcpka_ticks(TCPKA_REST_LAST_MS));
	tcpka_rest_file(rest, due);
	return true;
}

/**
 * tcpka_rests_again() - have all of a namespace be ruled by new rules
 * @socks: of the namespace
 *
 * A grace period after the rules were published, and when all records have been
 * matched anew: what they leave is ruled as they were. What comes meanwhile is
 * put behind.
 */
void tcpka_rests_again(struct tcpka_socks *socks)
{
	struct tcpka_rest *rest;
	unsigned int n;
	bool more;

	spin_lock_bh(&socks->rest_lock);
	socks->rest_turn++;
	do {
		more = false;
		for (n = 0; n < TCPKA_REST_BATCH; n++) {
			rest = list_first_entry_or_null(&socks->rests,
							struct tcpka_rest,
							node);
			more = rest && rest->turn != socks->rest_turn;
			if (!more)
				break;
			WRITE_ONCE(rest->turn, socks->rest_turn);
			list_move_tail(&rest->node, &socks->rests);
			tcpka_rest_file_locked(rest, tcpka_now());
		}
		spin_unlock_bh(&socks->rest_lock);
		cond_resched();
		spin_lock_bh(&socks->rest_lock);
	} while (more);
	spin_unlock_bh(&socks->rest_lock);
}

/**
 * tcpka_rests_abandon() - let go of all that is left
 * @socks: of a namespace, whose wheel has stopped; nobody else can come upon them
 *
 * They are TCP's.
 */
void tcpka_rests_abandon(struct tcpka_socks *socks)
{
	struct tcpka_rest *rest, *next;

	list_for_each_entry_safe(rest, next, &socks->rests, node)
		tcpka_rest_end(rest);
}
