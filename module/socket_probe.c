// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - asks the peers of local sockets whether they are there
 *
 * What TCP asks with is not exported (tcp_write_wakeup()), so the segment is built
 * here, the one that TCP's keepalive would send now (RFC 9293 3.8.4): empty, its
 * number one below what the peer has acknowledged, with the acknowledgment, the
 * window and the timestamp of this moment. It takes the socket's own way: route,
 * mark, device, DS field, IPsec.
 *
 * The peer acknowledges it, and TCP takes that for a word of the peer and no more;
 * so does tcpka. TCP's own keepalive does not know of it, so whoever asks often
 * does not bring anybody's end nearer. As keepalive, it is not sent where something
 * is under way already: that asks, too, and TCP repeats it; an answer to a question
 * more would look like a duplicate acknowledgment.
 */

#include <net/mptcp.h>
#include <net/tcp.h>

#include "pace.h"
#include "socket_priv.h"
#include "stats.h"

#define TCPKA_PROBE_STAMP	(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | \
				 TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP)

static void tcpka_probe_stamp(const struct tcp_sock *tp, struct sk_buff *skb)
{
	__be32 *opt = skb_push(skb, TCPOLEN_TSTAMP_ALIGNED);

	opt[0] = htonl(TCPKA_PROBE_STAMP);
	opt[1] = htonl(tcpka_tcp_tsval(tp));
	opt[2] = htonl(tp->rx_opt.ts_recent);
}

static void tcpka_probe_header(const struct sock *sk, struct sk_buff *skb)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);
	struct tcphdr *th;
	u32 win;

	th = skb_push(skb, sizeof(*th));
	skb_reset_transport_header(skb);
	memset(th, 0, sizeof(*th));
	win = tcp_receive_window(tp) >> tp->rx_opt.rcv_wscale;
	th->source = inet->inet_sport;
	th->dest = inet->inet_dport;
	th->seq = htonl(tp->snd_una - 1);
	th->ack_seq = htonl(tp->rcv_nxt);
	th->doff = skb->len / 4;
	th->ack = 1;
	th->window = htons(min(win, 65535U));
	th->check = tcpka_abort_csum(sk, th);
}

static int tcpka_probe_send(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	struct sk_buff *skb;
	int err;

	skb = alloc_skb(MAX_TCP_HEADER, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, MAX_TCP_HEADER);
	if (tcp_sk(sk)->rx_opt.tstamp_ok)
		tcpka_probe_stamp(tcp_sk(sk), skb);
	tcpka_probe_header(sk, skb);
	/* as tcp_ecn_send(): what carries nothing is not ECN-capable */
	if (!tcp_ca_needs_ecn(sk))
		INET_ECN_dontxmit(sk);
	skb_set_owner_w(skb, sk);
	/* else IPv6 makes another flow label, and ECMP takes another path */
	skb_set_hash_from_sk(skb, sk);
	err = inet_csk(sk)->icsk_af_ops->queue_xmit(sk, skb, &inet->cork.fl);
	return err > 0 ? net_xmit_errno(err) : err;
}

/* Its spinlock is held, under RCU. */
static int tcpka_probe_locked(struct tcpka_net *tn, struct sock *sk)
{
	const struct tcpka_sock *ts;
	int err;

	/* of the others TCP sees to it that they end */
	if (!(1 << sk->sk_state & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT |
				   TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2)) ||
	    sock_flag(sk, SOCK_DEAD))
		return -ENOENT;
	if (sock_owned_by_user(sk))
		return -EBUSY;
	if (tcpka_sock_kernel(sk) || tcpka_sock_unaccepted(sk) ||
	    sk_is_mptcp(sk) || tcpka_sock_signed(sk) || tcp_sk(sk)->repair)
		return -EOPNOTSUPP;
	if (tcp_sk(sk)->packets_out)
		return 0;
	if (!tcpka_pace_take(tn, 1))
		return -EBUSY;
	err = tcpka_probe_send(sk);
	ts = tcpka_sock_lookup(tn->socks, sk);
	tcpka_count(tn, ts && !ts->unowned ? tcpka_sock_policy(ts) : NULL,
		    err ? TCPKA_STAT_SEND_ERRORS : TCPKA_STAT_PROBES_SENT);
	return err;
}

/**
 * tcpka_sock_probe() - ask a local socket's peer because a user wants it
 * @tn: its namespace
 * @sk: the socket, a reference, not locked; a request, or in TIME_WAIT
 *
 * Process context. Does not wait for the answer: @segs_in and the times of TCP
 * show it. What is under way already is not asked once more.
 *
 * Return: 0; -ENOENT where there is nobody to be asked, or TCP itself asks; -EBUSY
 * if a process owns it now, or its turn has not come (pacing); -EOPNOTSUPP for the
 * kernel's own, under TCP_REPAIR, for a subflow of MPTCP and where the peer takes
 * only what is signed; -ENOMEM, or why it could not be sent.
 */
int tcpka_sock_probe(struct tcpka_net *tn, struct sock *sk)
{
	int err;

	if (!sk_fullsock(sk))
		return -ENOENT;
	rcu_read_lock();
	local_bh_disable();
	bh_lock_sock(sk);
	err = tcpka_probe_locked(tn, sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	rcu_read_unlock();
	return err;
}
