/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The structs of the module.
 *
 * Locks, outermost first; none is taken in hard interrupt context:
 *
 *   tcpka_net.lock      mutex: policies, settings and hooks of a namespace
 *   sock lock           of a local socket, process context
 *   tcpka_flow.lock     BH spinlock: all of a flow but its key and links
 *   tcpka_socks.rest_lock  BH spinlock: what is left of local sockets
 *   tcpka_wheel.lock    BH spinlock: the slots of a wheel and who is filed
 *   tcpka_net.yield_lock, tcpka_pace.lock   BH spinlocks, innermost
 *
 * A flow is found under RCU and is then locked; whoever locks it must look at
 * its phase, which only moves forward (LIVE, TOMB, GONE).  References: the
 * table holds one until the flow is GONE, a wheel holds one as long as the
 * flow is filed, or is being handled by the wheel's worker.
 */
#ifndef TCPKA_TYPES_H
#define TCPKA_TYPES_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <linux/tcpka.h>

#include "types_extra.h"
#include "types_info.h"
#include "types_stats.h"
#include "types_wheel.h"

struct net;
struct nf_conn;
struct sock;

/* Bytes of a cgroup's path, with its NUL: the spec's max-len and one. */
#define TCPKA_CGROUP_LEN	512

/**
 * struct tcpka_match - which connections a policy rules, or a filter picks
 *
 * Every member that is 0 (or whose set_ bit is clear) matches anything.
 * Immutable once it is published.
 *
 * @kind: enum tcpka_kind
 * @family: AF_INET, AF_INET6 or AF_UNSPEC
 * @src_len: prefix length of @src in bits
 * @dst_len: prefix length of @dst in bits
 * @set_src: @src counts (a prefix length of 0 still fixes the family)
 * @set_dst: @dst counts
 * @set_sport: the @sport range counts
 * @set_dport: the @dport range counts
 * @set_mark: @mark and @mark_mask count
 * @set_family: @family was asked for, not only derived from a prefix
 * @set_uid: the @uid range counts; @kind is TCPKA_KIND_LOCAL
 * @src: the initiator's prefix, host bits cleared
 * @dst: the responder's prefix, host bits cleared
 * @sport: first and last port, host byte order
 * @dport: first and last port, host byte order
 * @mark: the mark, its bits outside @mark_mask cleared
 * @mark_mask: which bits of the mark count
 * @iif: device on the initiator's side, empty for any
 * @oif: device on the responder's side, empty for any
 * @uid: first and last user id, in the user namespace of the namespace
 * @cgroup: path from the root of cgroup v2, empty for any; that one and those
 *	below it. @kind is TCPKA_KIND_LOCAL
 */
struct tcpka_match {
	u8 kind;
	u8 family;
	u8 src_len;
	u8 dst_len;
	u8 set_src:1;
	u8 set_dst:1;
	u8 set_sport:1;
	u8 set_dport:1;
	u8 set_mark:1;
	u8 set_family:1;
	u8 set_uid:1;
	union nf_inet_addr src;
	union nf_inet_addr dst;
	u16 sport[2];
	u16 dport[2];
	u32 mark;
	u32 mark_mask;
	char iif[IFNAMSIZ];
	char oif[IFNAMSIZ];
	u32 uid[2];
	char cgroup[TCPKA_CGROUP_LEN];
};

/**
 * struct tcpka_timers - the settings of a policy
 *
 * All in milliseconds, 0 where not set. Immutable once published.
 *
 * @keepalive: an end silent for so long is probed
 * @intvl: between probes
 * @idle: no new payload for so long expires
 * @max_age: expires at this age
 * @half_open: a handshake that takes so long expires
 * @half_closed: no new payload for so long after one FIN expires
 * @time_wait: local, TIME_WAIT is kept no longer
 * @probes: unanswered probes that make an end dead
 * @action: enum tcpka_action, on expiry
 * @dead: enum tcpka_action, when an end is dead
 * @override: sockets whose program chose its own keepalive, too
 * @soonest: least that any clock of a routed connection may take, in ticks; 0
 *	where that was not worked out, see tcpka_fsm_soonest()
 */
struct tcpka_timers {
	u64 keepalive;
	u64 intvl;
	u64 idle;
	u64 max_age;
	u64 half_open;
	u64 half_closed;
	u64 time_wait;
	u8 probes;
	u8 action;
	u8 dead;
	u8 override;
	u32 soonest;
};

/**
 * struct tcpka_policy - one policy; immutable but for its counts
 *
 * Whoever holds a pointer outside RCU holds a reference: the snapshots that
 * list it, and each connection that it rules.
 *
 * @name: unique in its namespace
 * @prio: tried in ascending order, then by name
 * @all: was written without MATCH
 * @match: which connections
 * @t: the settings
 * @since: when it, or the first of those of its name that it replaced, came
 *	into force, CLOCK_MONOTONIC in ms; set until it is published
 * @stats: counters, shared with the policy of that name it replaced
 * @flows: connections that it rules now
 * @ref: see above
 * @rcu: frees it after the last reader
 */
struct tcpka_policy {
	char name[TCPKA_NAME_LEN];
	u32 prio;
	bool all;
	struct tcpka_match match;
	struct tcpka_timers t;
	u64 since;
	struct tcpka_stats *stats;
	atomic_t flows;
	refcount_t ref;
	struct rcu_head rcu;
};

/**
 * struct tcpka_reach - what routed connections of a family may be ruled at most
 * @all: any; the others say so, too
 * @src_len: prefix length of @src in bits
 * @dst_len: prefix length of @dst in bits
 * @first: the least port of a responder that some policy names, 0 where one
 *	names none; above @last where nothing is ruled
 * @last: the largest one
 * @src: the prefix of all initiators that policies name
 * @dst: that of all responders
 * @src_mask: the bits of @src that count
 * @dst_mask: those of @dst
 * @mark: of all segments that may begin a connection that is ruled: those that
 *	follow may have another
 * @mark_mask: the bits of @mark that count; also where @all
 */
struct tcpka_reach {
	bool all;
	u8 src_len;
	u8 dst_len;
	u16 first;
	u16 last;
	union nf_inet_addr src;
	union nf_inet_addr dst;
	union nf_inet_addr src_mask;
	union nf_inet_addr dst_mask;
	u32 mark;
	u32 mark_mask;
};

/**
 * struct tcpka_rules - a snapshot of a namespace's policies; immutable
 * @gen: tells this snapshot from every other one of the namespace; never 0
 * @n: policies in @policy
 * @forward: some policy may rule a routed connection
 * @local: some policy may rule a local socket
 * @reach: of IPv4 and of IPv6: a segment that is not in it is of no flow
 * @rcu: frees it after the last reader
 * @policy: in the order in which they are tried, a reference each
 */
struct tcpka_rules {
	u32 gen;
	unsigned int n;
	bool forward;
	bool local;
	struct tcpka_reach reach[2];
	struct rcu_head rcu;
	struct tcpka_policy *policy[];
};

/**
 * struct tcpka_tuple - key of a routed connection, the same for both directions
 *
 * Normalised: end 0 is the one whose (address, port) is smaller as bytes.
 * Every byte counts: zeroed before it is filled, no padding.
 *
 * @addr: addresses of end 0 and end 1
 * @port: ports of end 0 and end 1
 * @ports: both, as they are in memory
 * @l3mdev: index of the VRF device, 0 where there is none
 * @zone: conntrack zone, 0 by default
 * @family: AF_INET or AF_INET6
 * @unused: 0
 */
struct tcpka_tuple {
	union nf_inet_addr addr[2];
	union {
		__be16 port[2];
		u32 ports;
	};
	u32 l3mdev;
	u16 zone;
	u8 family;
	u8 unused;
};

/**
 * struct tcpka_segment - what the hooks read of one TCP segment; no pointers
 * @seq: its first sequence number
 * @end: the sequence number after it, SYN and FIN counted
 * @ack: acknowledgment number, where @has_ack
 * @len: bytes of payload
 * @win: window field as sent, not scaled
 * @tsval: timestamp, where @has_ts
 * @tsecr: echoed timestamp, where @has_ts
 * @mss: maximum segment size option of a SYN, 0 where absent
 * @wscale: window scale option of a SYN, where @has_wscale
 * @syn: SYN flag
 * @fin: FIN flag
 * @rst: RST flag
 * @has_ack: ACK flag
 * @odd: URG, ECE, CWR, AE, MPTCP or an unknown option: more than a plain
 *	acknowledgment
 * @has_ts: timestamp option present
 * @has_wscale: window scale option present
 * @has_sack: SACK blocks present
 * @sack_ok: SACK-permitted option present
 * @is_signed: TCP-MD5 or TCP-AO option present
 * @mptcp: MPTCP option present
 */
struct tcpka_segment {
	u32 seq;
	u32 end;
	u32 ack;
	u32 len;
	u32 tsval;
	u32 tsecr;
	u16 win;
	u16 mss;
	u8 wscale;
	bool syn, fin, rst, has_ack, odd;
	bool has_ts, has_wscale, has_sack, sack_ok, is_signed, mptcp;
};

/**
 * struct tcpka_seq - sequence state of one end, as learned from its segments
 * @snd_nxt: sequence number after the highest byte it has sent
 * @rcv_nxt: highest acknowledgment it has sent
 * @edge: highest right edge of a window it has announced
 * @max_win: largest window it has announced, scaled
 * @tsval: latest timestamp it has sent, where @ts
 * @win: window field it last sent, or, where that was a SYN-ACK's, would have
 *	sent in a scaled segment
 * @wscale: by how much its window field is shifted
 * @syn: its SYN was seen
 * @acked: it has sent an acknowledgment, so @rcv_nxt and @edge count
 * @fin: its FIN was seen, @snd_nxt is the number after it
 * @ts: timestamps in use
 * @sack: selective acknowledgments in use
 * @stale: it has said more meanwhile than was seen: all numbers are of old
 * @unseen: its numbers are conntrack's, which knows no timestamps
 */
struct tcpka_seq {
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 edge;
	u32 max_win;
	u32 tsval;
	u16 win;
	u8 wscale;
	u8 syn:1, acked:1, fin:1, ts:1, sack:1, stale:1, unseen:1;
};

/**
 * struct tcpka_end - one end of a routed connection
 *
 * All under tcpka_flow.lock.
 *
 * @seq: what it has sent and acknowledged
 * @seen: tick of its last valid segment
 * @first: tick at which the first unanswered probe was sent; where there is
 *	none and it is @failing, that of the last attempt; of a tombstone, that
 *	at which it was told something
 * @mark: skb mark of its last segment
 * @iif: device through which its last segment came in
 * @flowlabel: IPv6 flow label of its last segment, host byte order
 * @closing: enum tcpka_close, how far its closing has come
 * @ttl: time to live of its last segment, as forwarded
 * @dsfield: DS field of its last segment
 * @unanswered: probes sent to it since @seen
 * @asked: how often it was asked for its number before it is told, begun anew
 *	where it has been in each way; or whether the other end's RST has reached it
 * @answers_due: answers of it to our probes that are still to be absorbed
 * @failing: a probe could not be sent from here since @seen
 * @told: how often it was told anew, without a word of it
 * @by_fin: closed by FIN, at least at first, and its fin_seq counts
 * @queried: was asked before a FIN, and has not been heard since
 * @unsure: was probed with timestamps that it need not take, and has not been
 *	heard since
 */
struct tcpka_end {
	struct tcpka_seq seq;
	u32 seen;
	u32 first;
	u32 mark;
	int iif;
	u32 flowlabel:20;
	u32 closing:4;
	u32 asked:2;
	u32 told:2;
	u32 failing:1;
	u32 by_fin:1;
	u32 queried:1;
	u32 unsure:1;
	u8 ttl;
	u8 dsfield;
	u8 unanswered;
	u8 answers_due;
};

/**
 * enum tcpka_phase - life of a flow; only ever moves forward
 * @TCPKA_LIVE: the ends talk to each other, or could
 * @TCPKA_TOMB: ended by tcpka; its segments are dropped, its ends told
 * @TCPKA_GONE: out of the table, nobody may use it any more
 */
enum tcpka_phase {
	TCPKA_LIVE,
	TCPKA_TOMB,
	TCPKA_GONE,
};

/**
 * struct tcpka_flow - one routed connection
 *
 * Read without a lock and never changed after insertion: @key, @tn, @node.
 * The rest is under @lock. What only some flows need, and not for long, is in
 * @extra. The order: what a segment that comes in its turn looks at, then what
 * it does not; see selftests/bench/layout.md.
 *
 * @node: in tcpka_net.flows
 * @key: its tuple
 * @tn: its namespace
 * @lock: see the top of this file
 * @phase: enum tcpka_phase
 * @state: enum tcpka_state
 * @initiator: which of @end opened the connection
 * @shut: bit per end, whose FIN the other end has acknowledged
 * @unforgeable: enum tcpka_obstacle, SIGNED, ADJUSTED or ONE_DEVICE: nothing
 *	can ever be sent
 * @translated: this machine translates its addresses: without @ct nothing can
 *	be sent
 * @offloaded: in a flowtable: it bypasses the hooks, so nothing can be said of
 *	it
 * @mptcp: a subflow of MPTCP: probed, never ended
 * @picked: taken up when it was open already, or somebody has said other
 *	numbers: those that are known may be anybody's
 * @midstream: nobody has said how its windows are scaled, so that almost any
 *	number is valid, and those that are known may be far too high
 * @guessed: @initiator was not seen
 * @adopted: from conntrack's table: @mark, @iif and @oif are a guess
 * @ct_orig: the end that sends in the original direction of @ct
 * @first_fin: whose FIN came first, 1 + index in @end, 0 while there is none
 * @fin_due: to be closed by FIN as soon as it is quiet
 * @calm: it looks quiet, and its ends were asked about that
 * @fell_back: was to be closed by FIN, and an end has got a RST
 * @quieted: it is ended, or was noted, for it had been quiet too long
 * @by_user: it is ended because a user asked for it
 * @routine: tcpka_learn_routine() says so, and nobody has had @lock since but
 *	who changes nothing of what it looks at; see tcpka_flow_lock()
 * @kept: bit per end: what it said last was a keepalive of its own, which has
 *	not been answered
 * @claims: bit per end: its peer has acknowledged more of it than was seen
 *	here, up to its claimed: it has another way
 * @expects: counted in tcpka_net.answers_due: the first hook looks at what its
 *	ends say
 * @reborn: 1 + index of the end that sent a SYN anew, 0 where none has
 * @reset_by: 1 + index of the end whose RST has passed, and may have been lost
 *	further on, 0 where there is none
 * @aborted: 1 + index of the end whose RST was the last that was heard of it, 0
 *	where there is none: its stream has not come to its end
 * @noted: action none was taken: bit per enum tcpka_reason
 * @probes_sent: to both ends, in its whole life
 * @policy: that rules it, a reference
 * @ct: conntrack's entry, a reference; NULL where there is none
 * @created: tick of its first segment
 * @since: tick from which @policy's clocks count
 * @data: tick of the last new payload
 * @stir: tick of the last segment after which an end may go on: payload, sent
 *	again or not, or news of what arrived, or of a window
 * @half: tick of the first FIN, where @first_fin
 * @mark: skb mark of the initiator's first segment
 * @iif: device through which the initiator's first segment came in
 * @oif: device through which it left
 * @end: the two ends, in the order of @key
 * @extra: see there; NULL while it is not needed
 * @timer: in tcpka_net.wheel
 * @ref: see the top of this file
 * @rcu: frees it after the last reader, when the wheel has nothing of it left
 */
struct tcpka_flow {
	struct rhash_head node;
	struct tcpka_net *tn;
	struct tcpka_tuple key;

	spinlock_t lock;	/* of all that follows but links */
	u8 phase:2;
	u8 first_fin:2;
	u8 kept:2;
	u8 claims:2;
	u8 state;
	u8 initiator:1;
	u8 shut:2;
	u8 unforgeable:2;
	u8 translated:1;
	u8 offloaded:1;
	u8 mptcp:1;
	u8 reborn:2;
	u8 reset_by:2;
	u8 aborted:2;
	u8 picked:1;
	u8 guessed:1;
	u8 ct_orig:1;
	u8 fin_due:1;
	u8 calm:1;
	u8 fell_back:1;
	u8 adopted:1;
	u8 midstream:1;
	u8 quieted:1;
	u8 routine:1;
	u8 expects;
	u16 noted:15;
	u16 by_user:1;
	u32 created;
	u32 since;
	u32 data;
	u32 stir;
	u32 half;
	struct tcpka_end end[2];
	refcount_t ref;

	struct tcpka_policy *policy;
	struct nf_conn *ct;
	struct tcpka_extra *extra;
	u32 probes_sent;
	u32 mark;
	int iif;
	int oif;
	union {
		struct tcpka_timer timer;
		struct rcu_head rcu;
	};
};

/**
 * struct tcpka_config - settings of a namespace; changed under tcpka_net.lock,
 *	read anywhere with READ_ONCE
 * @max_flows: connections tracked at once
 * @probe_rate: probes and closings started in a second
 * @linger: how long a tombstone stays, in ticks
 * @linger_ms: the same as it was set
 * @pickup: take up connections that were open already
 * @fin_wait: how long an end may take to close after its FIN, in ticks
 * @fin_wait_ms: the same as it was set
 * @fin_quiet: how long a quiet moment for a FIN is waited for, in ticks
 * @fin_quiet_ms: the same as it was set
 */
struct tcpka_config {
	u32 max_flows;
	u32 probe_rate;
	u32 linger;
	u64 linger_ms;
	bool pickup;
	u32 fin_wait;
	u32 fin_quiet;
	u64 fin_wait_ms;
	u64 fin_quiet_ms;
};

struct tcpka_socks;

/* A pair for each pair of words of a key: addresses, ports, and the rest */
#define TCPKA_SECRETS		10

/* FORWARD last, of IPv4 and of IPv6 */
#define TCPKA_HOOKS		2

/* FORWARD first and OUTPUT, of each */
#define TCPKA_ANSWER_HOOKS	4

/**
 * struct tcpka_net - what a network namespace has of tcpka
 * @net: the namespace
 * @rules: the policies in force, NULL where there are none
 * @flows: routed connections by tuple, where @tabled
 * @secret: what their hash is hidden by; never changed
 * @nflows: how many are in @flows, tombstones included
 * @answers_due: answers to probes that are to be absorbed, of all flows, and
 *	tombstones, whose ends are asked
 * @yield: half-open flows and tombstones, oldest first: they give way to new
 *	connections where the table is full
 * @yield_lock: BH spinlock, guards @yield; innermost
 * @wheel: their deadlines
 * @pace: holds back bursts
 * @config: settings
 * @stats: counters
 * @lock: serialises changes of policies, settings and hooks
 * @gen: of the latest rules; under @lock
 * @tabled: @flows is there, and stays; set under @lock, see tcpka_table_make()
 * @hooked: the hooks that learn are registered; under @lock
 * @hook_ops: what they were registered with; under @lock, and netfilter's
 *	while @hooked
 * @speaks: those that take answers are, too: segments may be sent; changed
 *	under @lock
 * @answer_ops: what those were registered with; as @hook_ops, while @speaks
 * @spoke: it once was: flows of before may have been spoken to; under @lock
 * @exiting: no policy may come any more; changed under @lock, once, a grace
 *	period before its state goes
 * @ct_pinned: nf_conntrack stays loaded; changed under @lock, without flows
 *	only to false
 * @nat_pinned: so does nf_nat; as @ct_pinned
 * @ct_pin: sets them
 * @rematch: files every flow anew after the rules have changed
 * @speak: sets @speaks
 * @socks: local sockets
 */
struct tcpka_net {
	struct net *net;
	struct tcpka_rules __rcu *rules;
	struct rhashtable flows;
	u64 secret[TCPKA_SECRETS];
	atomic_t nflows;
	atomic_t answers_due;
	struct list_head yield;
	spinlock_t yield_lock;	/* of yield */
	struct tcpka_wheel wheel;
	struct tcpka_pace pace;
	struct tcpka_config config;
	struct tcpka_stats *stats;
	struct mutex lock;	/* of policies, settings and hooks */
	u32 gen;
	bool tabled;
	bool hooked;
	bool speaks;
	bool spoke;
	struct nf_hook_ops hook_ops[TCPKA_HOOKS];
	struct nf_hook_ops answer_ops[TCPKA_ANSWER_HOOKS];
	bool exiting;
	bool ct_pinned;
	bool nat_pinned;
	struct work_struct ct_pin;
	struct work_struct rematch;
	struct work_struct speak;
	struct tcpka_socks *socks;
};

#endif /* TCPKA_TYPES_H */
