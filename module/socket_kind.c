// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - local sockets: what a socket is, and what may be done with it
 */

#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "owner.h"
#include "socket_priv.h"

/* The local and the peer's address, v4-mapped ones as IPv4. */
static void tcpka_sock_addresses(const struct sock *sk,
				 struct tcpka_subject *subject,
				 union nf_inet_addr *local,
				 union nf_inet_addr *peer)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		subject->family = AF_INET6;
		local->in6 = sk->sk_v6_rcv_saddr;
		peer->in6 = sk->sk_v6_daddr;
		return;
	}
#endif
	subject->family = AF_INET;
	local->ip = sk->sk_rcv_saddr;
	peer->ip = sk->sk_daddr;
}

/**
 * tcpka_sock_subject() - what policies match of a socket
 * @sk: the socket, connected; or a request, or in TIME_WAIT
 * @initiator: it opened the connection
 * @subject: to fill
 *
 * Without devices: a policy that names one rules routed connections only.
 */
void tcpka_sock_subject(const struct sock *sk, bool initiator,
			struct tcpka_subject *subject)
{
	memset(subject, 0, sizeof(*subject));
	subject->kind = TCPKA_KIND_LOCAL;
	subject->uid = TCPKA_UID_NONE;
	if (sk_fullsock(sk)) {
		subject->mark = READ_ONCE(sk->sk_mark);
		tcpka_owner_read(sk, subject);
	} else if (sk->sk_state == TCP_NEW_SYN_RECV) {
		subject->mark = inet_rsk(inet_reqsk(sk))->ir_mark;
	} else {
		subject->mark = inet_twsk(sk)->tw_mark;
	}
	if (initiator) {
		tcpka_sock_addresses(sk, subject, &subject->src,
				     &subject->dst);
		subject->sport = htons(sk->sk_num);
		subject->dport = sk->sk_dport;
	} else {
		tcpka_sock_addresses(sk, subject, &subject->dst,
				     &subject->src);
		subject->dport = htons(sk->sk_num);
		subject->sport = sk->sk_dport;
	}
}

/**
 * tcpka_sock_unaccepted() - whether it is not known yet whose a socket is
 * @sk: the socket
 *
 * What a listener of MPTCP gets from a peer that does not speak it inherits
 * sk_kern_sock from the listener's own subflow; mptcp_accept() clears it
 * before the socket is given to the program.
 */
bool tcpka_sock_unaccepted(const struct sock *sk)
{
	return sk->sk_kern_sock && !sk_is_mptcp(sk) &&
	       !READ_ONCE(sk->sk_socket);
}

/**
 * tcpka_sock_kernel() - whether a socket is the kernel's own
 * @sk: the socket
 */
bool tcpka_sock_kernel(const struct sock *sk)
{
	return !sk->sk_net_refcnt ||
	       (sk->sk_kern_sock && !sk_is_mptcp(sk) &&
		READ_ONCE(sk->sk_socket));
}

/**
 * tcpka_sock_signed() - whether a socket's peers take signed segments only
 * @sk: the socket; for a request, its listener
 *
 * By TCP-MD5 or TCP-AO; those of a listener's peers that have a key, at least.
 */
bool tcpka_sock_signed(const struct sock *sk)
{
#ifdef CONFIG_TCP_MD5SIG
	if (rcu_access_pointer(tcp_sk(sk)->md5sig_info))
		return true;
#endif
#ifdef CONFIG_TCP_AO
	if (rcu_access_pointer(tcp_sk(sk)->ao_info))
		return true;
#endif
	return false;
}

/**
 * tcpka_sock_eligible() - whether a socket is in a state to be worked on
 * @sk: the socket
 *
 * Not the kernel's own, not under TCP_REPAIR, not listening, not half torn
 * down: what its program has closed ends by TCP's own timers.
 */
bool tcpka_sock_eligible(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state) &
		(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 |
		 TCPF_FIN_WAIT2)) &&
	       !sock_flag(sk, SOCK_DEAD) && !tcp_sk(sk)->repair &&
	       !tcpka_sock_kernel(sk);
}

/**
 * tcpka_sock_rulable() - whether a policy may rule a socket
 * @sk: the socket, of any kind, a reference
 */
bool tcpka_sock_rulable(const struct sock *sk)
{
	return sk_fullsock(sk) && tcpka_sock_eligible(sk);
}

/**
 * tcpka_sock_half_closed() - whether one side has sent FIN, and the other not
 * @sk: the socket
 */
bool tcpka_sock_half_closed(const struct sock *sk)
{
	return 1 << READ_ONCE(sk->sk_state) &
	       (TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2);
}
