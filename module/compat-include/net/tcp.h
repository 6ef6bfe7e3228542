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
 */
static inline u32 tcpka_tcp_tsval(const struct tcp_sock *tp)
{
#ifdef TCPKA_HAVE_TW_TSVAL
	return tcp_clock_ts(tp->tcp_usec_ts) + tp->tsoffset;
#else
	return tcp_time_stamp_raw() + tp->tsoffset;
#endif
}

#endif /* TCPKA_COMPAT_NET_TCP_H */
