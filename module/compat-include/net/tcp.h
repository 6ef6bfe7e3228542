/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - timestamps of what is left of closed sockets
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

#endif /* TCPKA_COMPAT_NET_TCP_H */
