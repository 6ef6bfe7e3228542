/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - local sockets: what the files of this part share
 *
 *   hook_socket.c       learns of state transitions
 *   socket.c            life of a record
 *   socket_kind.c       what a socket is, and what may be done with it
 *   socket_net.c        all records of a namespace; what others call
 *   socket_act.c        clocks, and what is done when they are due
 *   socket_kill.c       has ended what a user wants ended, ruled or not; and
 *			 what gets no answer to its SYN
 *   socket_probe.c      asks a peer because a user wants it
 *   socket_abort.c      ends a socket, in a work of its own
 *   socket_fin.c        closes a socket by FIN, and sees it through that
 *   socket_dead.c       peers that say nothing to what is under way
 *   socket_keepalive.c  gives keepalive to a socket and takes it back
 *   socket_scan.c       finds and matches sockets after the rules changed
 *   socket_hash.c       shows all sockets, ruled or not
 *   socket_sweep.c      looks for what is half-open, or in TIME_WAIT
 *   socket_reset.c      ends that, where it is not a whole socket
 *   socket_rest.c       half-closed for what is left of a socket in FIN_WAIT2
 */
#ifndef TCPKA_SOCKET_PRIV_H
#define TCPKA_SOCKET_PRIV_H

#include <linux/net.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>
#include <net/sock.h>

#include "socket.h"
#include "types.h"

struct tcpka_rest;
struct tcphdr;

/* What is in tcpka_socks.wheel: tcpka_timer.kind. */
enum {
	TCPKA_TIMER_SOCK,
	TCPKA_TIMER_REST,
};

/**
 * struct tcpka_keepalive - the keepalive settings of a socket, raw
 * @time: tcp_sock.keepalive_time, jiffies; 0 is the namespace's default
 * @intvl: tcp_sock.keepalive_intvl, jiffies; 0 likewise
 * @probes: tcp_sock.keepalive_probes; 0 likewise
 * @open: SO_KEEPALIVE
 */
struct tcpka_keepalive {
	u32 time;
	u32 intvl;
	u8 probes;
	bool open;
};

/**
 * struct tcpka_sock - one local socket that a policy rules
 *
 * Or that none rules, where a user wants it to end, until that is done: no clock
 * counts then but fin-wait, and it is counted and told of only if tcpka ends it. Or
 * that gets no answer to its SYN, where half-open ends it, likewise.
 *
 * Never changed after insertion, read without a lock: @sk, @tn, @id, @subject
 * but its uid, @initiator, @guessed. The rest but @timer and the references is
 * under the socket's lock: lock_sock(), or its spinlock while nobody owns it,
 * which is how the tracepoint and the wheel come. A list shows also what a
 * process owns, and then reads stamps and @policy under RCU only.
 *
 * @ending, @closing, @fell_back and @fin are changed only by @abort's work,
 * which owns the socket, as a process does, when it sets @closing.
 *
 * References: the tables hold one until @gone, the wheel one as long as
 * @timer is filed or handled, @abort one while it is queued or runs, a scan,
 * walk or kill its own for a moment. The
 * record has a reference on the socket, which pins its namespace: it is given
 * up as soon as the socket is closed.
 *
 * @node: in tcpka_socks.by_sk
 * @sk: the socket, a reference
 * @tn: its namespace
 * @socks: of @tn; tcpka_net.socks goes a grace period before it is freed
 * @id: in tcpka_socks.by_id
 * @gen: generation of the rules by which @policy was found
 * @policy: that rules it, a reference; NULL when @gone. Where none does, one that
 *	asks for nothing; or the one that has it ended
 * @subject: what policies match
 * @created: tick of ESTABLISHED, or at which the socket was found
 * @since: tick from which @policy's clocks count
 * @heard: tick of the last segment of the peer, by @segs_in
 * @data: tick of the last new payload of either side
 * @half: tick of the first FIN of either side, or at which the socket was found
 *	half-closed; only while it is
 * @fin: tick at which tcpka closed it by FIN, where @closing
 * @asked: tick since which something of ours is known to be unanswered, if
 *	later than @heard
 * @segs_in: tcp_sock.segs_in when @heard was taken
 * @bytes_in: bytes received when @data was taken
 * @bytes_out: bytes sent, retransmissions not counted, when @data was taken
 * @observed: the stamps were taken at least once
 * @gone: no longer in the tables, nobody may use it any more
 * @initiator: this socket opened the connection
 * @guessed: @initiator was not seen, see tcpka_hash_responds()
 * @unowned: nobody has accepted it yet, and whose it will be decides what rules
 *	it: @policy is a guess
 * @unruled: no policy rules it, or none did in SYN_SENT. It is counted in
 *	tcpka_socks.unruled, not in tcpka_net.nflows
 * @blank: it was not connected: what TCP has of times says nothing
 * @pending: @policy's keepalive is still to be given
 * @paced: one of many: is given only when pacing allows it
 * @given: @ours was written to the socket, @saved is to be put back
 * @chosen: the program has chosen its own keepalive
 * @closing: tcpka has closed it by FIN; no clock counts but that of fin-wait
 * @fell_back: it was to be closed by FIN, and is ended by RST
 * @killed: enum tcpka_action, RST or FIN, by which a user wants it to end, or 0;
 *	RST where half-open ends it
 * @why: enum tcpka_reason of @killed, TCPKA_REASON_USER or HALF_OPEN
 * @ending: enum tcpka_reason for which tcpka is about to end it by RST, or 0;
 *	TCPKA_REASON_FIN where @closing took too long
 * @noted: action none was taken: bit per enum tcpka_reason
 * @saved: what the program had
 * @ours: what tcpka gave it
 * @timer: in tcpka_socks.wheel
 * @abort: ends it, see socket_abort.c
 * @ref: see above
 * @rcu: frees it after the last reader
 */
struct tcpka_sock {
	struct rhash_head node;
	struct sock *sk;
	struct tcpka_net *tn;
	struct tcpka_socks *socks;
	u32 id;

	u32 gen;
	struct tcpka_policy __rcu *policy;
	struct tcpka_subject subject;
	u32 created;
	u32 since;
	u32 heard;
	u32 data;
	u32 half;
	u32 fin;
	u32 asked;
	u32 segs_in;
	u64 bytes_in;
	u64 bytes_out;
	u8 observed:1;
	u8 gone:1;
	u8 initiator:1;
	u8 guessed:1;
	u8 unowned:1;
	u8 unruled:1;
	u8 blank:1;
	u8 pending:1;
	u8 paced:1;
	u8 given:1;
	u8 chosen:1;
	u8 closing:1;
	u8 fell_back:1;
	u8 killed;
	u8 why;
	u8 ending;
	u16 noted;
	struct tcpka_keepalive saved;
	struct tcpka_keepalive ours;

	struct tcpka_timer timer;
	struct work_struct abort;
	refcount_t ref;
	struct rcu_head rcu;
};

/**
 * struct tcpka_socks - local sockets of a namespace
 * @by_sk: records by the address of their socket
 * @by_id: the same in the order of their coming, for walks that pause
 * @next_id: where to look for a free id; under @by_id's lock
 * @wheel: their deadlines
 * @hooked: this namespace uses the tracepoint; under tcpka_net.lock
 * @unruled: records of sockets that no policy rules, and those who are about to
 *	make one: the tracepoint stays. It leaves 0 under tcpka_net.lock, @hooked
 * @scan: matches all sockets anew after the rules have changed
 * @retry: jiffies after which @scan comes back for sockets that were owned by
 *	a process, 0 if none was; only @scan uses it
 * @gen: of the rules by which @scan has matched all sockets, 0 if it has not;
 *	only @scan uses it
 * @sweep: looks for what is not a whole socket
 * @swept: when it last did, CLOCK_MONOTONIC in ms; only @sweep uses it
 * @aborting: works that end a socket, queued or running
 * @rests: what is left of sockets in FIN_WAIT2
 * @rest_lock: BH spinlock, guards @rests
 * @rest_turn: how often all of them were to be ruled anew; under @rest_lock
 * @tn: whose they are
 * @others: of another namespace that goes together with this one
 */
struct tcpka_socks {
	struct rhashtable by_sk;
	struct xarray by_id;
	u32 next_id;
	struct tcpka_wheel wheel;
	bool hooked;
	atomic_t unruled;
	struct delayed_work scan;
	unsigned long retry;
	u32 gen;
	struct delayed_work sweep;
	u64 swept;
	atomic_t aborting;
	struct list_head rests;
	spinlock_t rest_lock;	/* of rests and rest_turn */
	u32 rest_turn;
	struct tcpka_net *tn;
	struct tcpka_socks *others;
};

/**
 * tcpka_sock_policy() - the policy that rules a socket
 * @ts: its record, the socket is locked
 *
 * Return: the policy, good while the socket is locked; NULL if gone.
 */
static inline struct tcpka_policy *
tcpka_sock_policy(const struct tcpka_sock *ts)
{
	return rcu_dereference_protected(ts->policy,
					 lockdep_sock_is_held(ts->sk));
}

/* socket.c: for hook_socket */
int tcpka_socks_cache_init(void);
void tcpka_socks_cache_exit(void);
void tcpka_socks_established(struct sock *sk, int old);
void tcpka_socks_half_closed(struct sock *sk);
void tcpka_socks_closed(struct sock *sk, int old);

/* socket.c: records */
int tcpka_socks_table_init(struct tcpka_socks *socks);
struct tcpka_sock *tcpka_sock_lookup(struct tcpka_socks *socks,
				     const struct sock *sk);
struct tcpka_sock *tcpka_sock_next(struct tcpka_socks *socks,
				   unsigned long *id);
void tcpka_sock_put(struct tcpka_sock *ts);
struct tcpka_sock *tcpka_sock_alloc(struct tcpka_net *tn, struct sock *sk,
				    gfp_t gfp);
bool tcpka_sock_begin(struct tcpka_sock *ts, struct tcpka_policy *policy,
		      u32 gen);
struct tcpka_sock *tcpka_sock_track(struct tcpka_net *tn, struct sock *sk,
				    bool initiator);
void tcpka_sock_remove(struct tcpka_socks *socks, struct tcpka_sock *ts);
bool tcpka_sock_rematch(struct tcpka_sock *ts, u32 now);
void tcpka_sock_set_policy(struct tcpka_sock *ts, struct tcpka_policy *policy,
			   u32 gen, u32 now);

/* socket_kind.c */
void tcpka_sock_subject(const struct sock *sk, bool initiator,
			struct tcpka_subject *subject);
bool tcpka_sock_unaccepted(const struct sock *sk);
bool tcpka_sock_kernel(const struct sock *sk);
bool tcpka_sock_signed(const struct sock *sk);
bool tcpka_sock_eligible(const struct sock *sk);
bool tcpka_sock_half_closed(const struct sock *sk);

/* socket_net.c */
int tcpka_unruled_get(struct tcpka_socks *socks);
void tcpka_unruled_put(struct tcpka_socks *socks);

/* socket_act.c */
bool tcpka_sock_fire(struct tcpka_timer *timer);
void tcpka_sock_file(struct tcpka_sock *ts, u32 due);
void tcpka_sock_busy(struct tcpka_sock *ts);
void tcpka_sock_observe(struct tcpka_sock *ts);
bool tcpka_sock_info(const struct tcpka_sock *ts, int state,
		     struct tcpka_info *info);
void tcpka_sock_told(struct tcpka_sock *ts, int state, u8 reason);
void tcpka_sock_ended(struct tcpka_sock *ts, int old);
u8 tcpka_sock_overdue(struct tcpka_sock *ts);
u8 tcpka_sock_action(const struct tcpka_sock *ts, u8 reason);

/* socket_abort.c */
int tcpka_abort_init(void);
void tcpka_abort_exit(void);
void tcpka_abort_prepare(struct tcpka_sock *ts);
void tcpka_abort_queue(struct tcpka_sock *ts);
void tcpka_abort_wait(struct tcpka_socks *socks);
__sum16 tcpka_abort_csum(const struct sock *sk, struct tcphdr *th);

/* socket_fin.c */
bool tcpka_fin_whole(const struct sock *sk);
void tcpka_fin_give(struct tcpka_sock *ts, u8 reason);
u32 tcpka_fin_over(const struct tcpka_sock *ts);
bool tcpka_fin_overdue(const struct tcpka_sock *ts, u32 now);
bool tcpka_fin_turn(struct tcpka_sock *ts, u32 now);
void tcpka_fin_ended(struct tcpka_sock *ts);

/* socket_dead.c */
bool tcpka_dead_judge(struct tcpka_sock *ts, u32 now, u32 *next);

/* socket_keepalive.c */
void tcpka_keepalive_give(struct tcpka_sock *ts, u32 now);
void tcpka_keepalive_take_back(struct tcpka_sock *ts, bool closed);
bool tcpka_keepalive_ours(const struct tcpka_sock *ts);
bool tcpka_keepalive_gave_up(const struct tcpka_sock *ts);

/* socket_hash.c */
unsigned long *tcpka_hash_listens(struct net *net);
bool tcpka_hash_responds(const unsigned long *listens, const struct sock *sk);
struct sock *tcpka_hash_lookup(struct net *net,
			       const struct tcpka_subject *subject,
			       bool initiator, int dif);
void tcpka_hash_info(const struct sock *sk, bool initiator,
		     struct tcpka_info *info);

/* socket_sweep.c */
int tcpka_sweep_init(void);
void tcpka_sweep_exit(void);
void tcpka_sweep(struct work_struct *work);
void tcpka_sweep_soon(struct tcpka_socks *socks);

/* socket_kill.c */
int tcpka_sock_expire(struct tcpka_net *tn, struct sock *sk,
		      struct tcpka_policy *policy);

/* socket_reset.c */
bool tcpka_reset_may(const struct sock *sk);
int tcpka_reset(struct tcpka_net *tn, const struct tcpka_policy *policy,
		struct sock *sk, u8 state);

/* socket_rest.c */
struct tcpka_rest *tcpka_rest_of(struct tcpka_sock *ts, int old);
void tcpka_rest_begin(struct tcpka_rest *rest);
bool tcpka_rest_fire(struct tcpka_timer *timer);
void tcpka_rests_again(struct tcpka_socks *socks);
void tcpka_rests_abandon(struct tcpka_socks *socks);

/* socket_scan.c */
void tcpka_scan(struct work_struct *work);
void tcpka_scan_later(struct tcpka_socks *socks);

#endif /* TCPKA_SOCKET_PRIV_H */
