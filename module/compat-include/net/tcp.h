/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - timestamps of sockets, and of what is left of closed ones
 */
#ifndef TCPKA_COMPAT_NET_TCP_H
#define TCPKA_COMPAT_NET_TCP_H

#include_next <net/tcp.h>

/**
 * tcpka_twsk_tsval() - the timestamp of what is left of a closed socket, now
 * @tcptw: in FIN_WAIT2 or TIME_WAIT
 */
static inline u32 tcpka_twsk_tsval(const struct tcp_timewait_sock *tcptw)
{
#ifdef TCPKA_HAVE_TW_TSVAL
	return tcp_tw_tsval(tcptw);
#else
	return tcp_time_stamp_raw() + tcptw->tw_ts_offset;
#endif
}

/**
 * tcpka_tcp_tsval() - the timestamp that a socket would send now
 * @tp: the socket, locked
 *
 * With pacing, what TCP sent last may bear a time that is still to come
 * (tcp_wstamp_ns, __tcp_transmit_skb()): never an older one.
 */
static inline u32 tcpka_tcp_tsval(const struct tcp_sock *tp)
{
	u64 ns = max(tcp_clock_ns(), tp->tcp_wstamp_ns);

#ifdef TCPKA_HAVE_TW_TSVAL
	return (u32)div_u64(ns, tp->tcp_usec_ts ? NSEC_PER_USEC :
						  NSEC_PER_MSEC) + tp->tsoffset;
#else
	return tcp_ns_to_ts(ns) + tp->tsoffset;
#endif
}

/**
 * tcpka_tcp_syn_age() - for how long a socket has waited for an answer to its SYN
 * @tp: the socket, in SYN_SENT
 * @us: the present time, by tcp_clock_us()
 *
 * TCP stamps the first SYN, and none that repeats it.
 *
 * Return: in ms, never too many; 0 if it was not sent yet (TCP_FASTOPEN_CONNECT
 * waits for payload).
 */
static inline u32 tcpka_tcp_syn_age(const struct tcp_sock *tp, u64 us)
{
	u32 sent = READ_ONCE(tp->retrans_stamp);
	u32 age;

	if (tcp_rtx_queue_empty((const struct sock *)tp))
		return 0;
#ifdef TCPKA_HAVE_TW_TSVAL
	if (tp->tcp_usec_ts) {
		age = (u32)us - sent;
		return (s32)age > 0 ? age / USEC_PER_MSEC : 0;
	}
#endif
	/* the ms in which it was sent is not whole */
	age = (u32)div_u64(us, USEC_PER_MSEC) - sent - 1;
	return (s32)age > 0 ? age : 0;
}

/**
 * tcpka_tcp_aborts_orphans() - whether tcp_abort() ends what its program has closed
 *
 * Before 6.11 (bac76cf89816, in stable trees together with tcp_done_with_error())
 * it only purges the write queue of such a socket, whose timers then do nothing: it
 * would stay for ever.
 */
static inline bool tcpka_tcp_aborts_orphans(void)
{
#ifdef TCPKA_HAVE_TCP_DONE_WITH_ERROR
	return true;
#else
	return false;
#endif
}

#endif /* TCPKA_COMPAT_NET_TCP_H */
