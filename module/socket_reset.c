// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - ends what is not a whole socket: requests, FIN_WAIT2 and TIME_WAIT
 *
 * A request in SYN_RECV waits in its listener's queue, and its initiator may be
 * ESTABLISHED. TCP itself would drop it without a word, so the RST is ours. It
 * leaves by OUTPUT and is routed as the SYN-ACK was: by its mark, device and
 * user, and through IPsec.
 *
 * What is left of a socket in FIN_WAIT2 waits for the peer, which gets a RST: the
 * segment that TCP itself would acknowledge with from there, but for the flag.
 * What is left in TIME_WAIT needs none: its peer has said its last word.
 *
 * Nobody owns any of them, so nothing here waits.
 */

#include <linux/mutex.h>
#include <linux/skbuff.h>
#include <net/inet_connection_sock.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "segment.h"
#include "socket_priv.h"
#include "stats.h"

/**
 * struct tcpka_reset - a RST, and how it goes
 * @family: AF_INET or AF_INET6
 * @foreign: its source address need not be one of this machine (TPROXY)
 * @oif: index of the device to which the socket is bound, or 0
 * @mark: skb mark
 * @uid: whose it is
 * @w: what goes into its headers
 */
struct tcpka_reset {
	u8 family;
	bool foreign;
	int oif;
	u32 mark;
	kuid_t uid;
	struct tcpka_wire w;
};

static DEFINE_MUTEX(tcpka_reset_lock);

/* Who and where; the numbers are the caller's. */
static void tcpka_reset_name(const struct sock *sk, struct tcpka_reset *r)
{
	struct tcpka_wire *w = &r->w;
	struct tcpka_subject subject;

	memset(r, 0, sizeof(*r));
	tcpka_sock_subject(sk, true, &subject);
	r->family = subject.family;
	r->oif = sk->sk_bound_dev_if;
	r->uid = sock_net_uid(sock_net(sk), NULL);
	w->saddr = subject.src;
	w->daddr = subject.dst;
	w->sport = subject.sport;
	w->dport = subject.dport;
	w->rst = 1;
}

/* Consumes @skb. */
static int tcpka_reset_send4(struct net *net, struct sk_buff *skb,
			     const struct tcpka_reset *r)
{
	const struct tcpka_wire *w = &r->w;
	struct rtable *rt;
	struct flowi4 fl4;

	flowi4_init_output(&fl4, r->oif, r->mark, 0, RT_SCOPE_UNIVERSE,
			   IPPROTO_TCP, r->foreign ? FLOWI_FLAG_ANYSRC : 0,
			   w->daddr.ip, w->saddr.ip, w->dport, w->sport,
			   r->uid);
	rt = ip_route_output_flow(net, &fl4, NULL);
	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}
	skb_dst_set(skb, &rt->dst);
	return ip_local_out(net, NULL, skb);
}

#if IS_ENABLED(CONFIG_IPV6)
static int tcpka_reset_send6(struct net *net, struct sk_buff *skb,
			     const struct tcpka_reset *r)
{
	const struct tcpka_wire *w = &r->w;
	struct flowi6 fl6 = {
		.flowi6_oif = r->oif,
		.flowi6_mark = r->mark,
		.flowi6_proto = IPPROTO_TCP,
		.flowi6_uid = r->uid,
		.flowi6_flags = r->foreign ? FLOWI_FLAG_ANYSRC : 0,
		.daddr = w->daddr.in6,
		.saddr = w->saddr.in6,
		.fl6_sport = w->sport,
		.fl6_dport = w->dport,
	};
	struct dst_entry *dst = ip6_dst_lookup_flow(net, NULL, &fl6, NULL);

	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return PTR_ERR(dst);
	}
	skb_dst_set(skb, dst);
	return ip6_local_out(net, NULL, skb);
}
#else
static int tcpka_reset_send6(struct net *net, struct sk_buff *skb,
			     const struct tcpka_reset *r)
{
	kfree_skb(skb);
	return -EAFNOSUPPORT;
}
#endif

static u8 tcpka_reset_ttl(struct net *net, u8 family)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (family == AF_INET6)
		return READ_ONCE(net->ipv6.devconf_all->hop_limit);
#endif
	return READ_ONCE(net->ipv4.sysctl_ip_default_ttl);
}

static void tcpka_reset_send(struct tcpka_net *tn,
			     const struct tcpka_policy *policy,
			     struct tcpka_reset *r)
{
	struct net *net = tn->net;
	struct sk_buff *skb;
	int err = -ENOMEM;

	r->w.ttl = tcpka_reset_ttl(net, r->family);
	skb = tcpka_segment_build(r->family, &r->w);
	if (skb) {
		skb->mark = r->mark;
		local_bh_disable();
		err = r->family == AF_INET ? tcpka_reset_send4(net, skb, r) :
					     tcpka_reset_send6(net, skb, r);
		local_bh_enable();
	}
	if (err > 0)
		err = net_xmit_errno(err);
	tcpka_count(tn, policy, err ? TCPKA_STAT_SEND_ERRORS :
				      TCPKA_STAT_RST_SENT);
}

/* As tcpka_sock_signed(), for what is left of a socket. */
static bool tcpka_reset_signed_tw(const struct tcp_timewait_sock *tcptw)
{
#ifdef CONFIG_TCP_MD5SIG
	if (tcptw->tw_md5_key)
		return true;
#endif
#ifdef CONFIG_TCP_AO
	if (rcu_access_pointer(tcptw->ao_info))
		return true;
#endif
	return false;
}

/**
 * tcpka_reset_may() - whether a request, or what is in FIN_WAIT2, may be ended
 * @sk: a reference, or its bucket's lock
 *
 * Return: false for the kernel's own, for MPTCP, and where the peer takes no RST
 * that is not signed.
 */
bool tcpka_reset_may(const struct sock *sk)
{
	const struct request_sock *req = inet_reqsk(sk);
	const struct sock *listener;

	if (sk->sk_state == TCP_TIME_WAIT)
		return !tcpka_reset_signed_tw(tcp_twsk(sk));
	listener = READ_ONCE(req->rsk_listener);
	return listener && !tcpka_sock_kernel(listener) &&
	       !rsk_is_mptcp(req) && !tcpka_sock_signed(listener);
}

/*
 * The listener forgets it, and its queue is one shorter. tcp_abort() does not
 * say whether the last ACK was faster: then a socket is found in its place, once
 * who puts it there has let go of the bucket.
 */
static int tcpka_reset_request(struct tcpka_net *tn,
			       const struct tcpka_policy *policy,
			       struct sock *sk)
{
	spinlock_t *lock = inet_ehash_lockp(tcpka_hashinfo(tn->net),
					    sk->sk_hash);
	const struct request_sock *req = inet_reqsk(sk);
	struct tcpka_subject subject;
	struct tcpka_reset r;
	struct sock *child;

	if (sk_unhashed(sk))
		return -ENOENT;
	tcpka_reset_name(sk, &r);
	r.uid = sock_net_uid(sock_net(sk), req->rsk_listener);
	r.mark = inet_rsk(req)->ir_mark;
	r.foreign = inet_rsk(req)->no_srccheck;
	r.w.seq = tcp_rsk(req)->snt_isn + 1;
	r.w.ack = tcp_rsk(req)->rcv_nxt;
	tcp_abort(sk, ECONNABORTED);
	spin_lock_bh(lock);
	spin_unlock_bh(lock);
	tcpka_sock_subject(sk, false, &subject);
	child = tcpka_hash_lookup(tn->net, &subject, false,
				  sk->sk_bound_dev_if);
	if (child) {
		sock_gen_put(child);
		return -EAGAIN;
	}
	tcpka_reset_send(tn, policy, &r);
	return 0;
}

static void tcpka_reset_fin_wait(struct tcpka_net *tn,
				 const struct tcpka_policy *policy,
				 const struct sock *sk)
{
	const struct inet_timewait_sock *tw = inet_twsk(sk);
	const struct tcp_timewait_sock *tcptw = tcp_twsk(sk);
	struct tcpka_reset r;

	tcpka_reset_name(sk, &r);
	r.mark = tw->tw_mark;
	r.foreign = tw->tw_transparent;
	r.w.dsfield = tw->tw_tos & ~INET_ECN_MASK;
	r.w.flowlabel = htonl(tw->tw_flowlabel);
	r.w.seq = tcptw->tw_snd_nxt;
	r.w.ack = READ_ONCE(tcptw->tw_rcv_nxt);
	r.w.tsecr = READ_ONCE(tcptw->tw_ts_recent);
	r.w.tsval = tcpka_twsk_tsval(tcptw);
	/* as tcp_v4_timewait_ack() */
	r.w.ts = r.w.tsecr != 0;
	tcpka_reset_send(tn, policy, &r);
}

static int tcpka_reset_timewait(struct tcpka_net *tn,
				const struct tcpka_policy *policy,
				struct sock *sk, u8 state)
{
	struct inet_timewait_sock *tw = inet_twsk(sk);

	if (sk_unhashed(sk) || READ_ONCE(tw->tw_substate) != state)
		return -ENOENT;
	/* it puts a reference, which the caller needs still */
	refcount_inc(&tw->tw_refcnt);
	local_bh_disable();
	inet_twsk_deschedule_put(tw);
	local_bh_enable();
	/* from now on the peer finds nobody: what it says is not in between */
	if (READ_ONCE(tw->tw_substate) == TCP_FIN_WAIT2)
		tcpka_reset_fin_wait(tn, policy, sk);
	return 0;
}

/**
 * tcpka_reset() - end a request, or what is in FIN_WAIT2 or TIME_WAIT
 * @tn: its namespace
 * @policy: that has it ended, or NULL: counts the RST
 * @sk: a reference; tcpka_reset_may() says yes, unless it is in TIME_WAIT
 * @state: TCP_FIN_WAIT2 or TCP_TIME_WAIT, as it is to be ended; of a request nothing
 *
 * Process context. The initiator of a request gets a RST, and so does the peer of
 * what is in FIN_WAIT2.
 *
 * Return: 0; -ENOENT if it is over already, or not what it was; -EAGAIN if it has
 * become a whole socket.
 */
int tcpka_reset(struct tcpka_net *tn, const struct tcpka_policy *policy,
		struct sock *sk, u8 state)
{
	int err;

	/* two requests, or one and a sweep: one ends it, the others see that */
	mutex_lock(&tcpka_reset_lock);
	err = sk->sk_state == TCP_NEW_SYN_RECV ?
	      tcpka_reset_request(tn, policy, sk) :
	      tcpka_reset_timewait(tn, policy, sk, state);
	mutex_unlock(&tcpka_reset_lock);
	return err;
}
