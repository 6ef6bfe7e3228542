/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - tracepoints, one at each decision
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tcpka

#if !defined(TCPKA_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TCPKA_TRACE_H

#include <linux/socket.h>
#include <linux/tracepoint.h>
#include <net/inet_sock.h>

#include "types.h"

DECLARE_EVENT_CLASS(tcpka_flow_class,

	TP_PROTO(const struct tcpka_flow *flow, int end, int arg),

	TP_ARGS(flow, end, arg),

	TP_STRUCT__entry(
		__array(u8, addr, 32)
		__field(u16, port0)
		__field(u16, port1)
		__field(u8, family)
		__field(u8, state)
		__field(u8, phase)
		__field(int, end)
		__field(int, arg)
	),

	TP_fast_assign(
		memcpy(__entry->addr, flow->key.addr, 32);
		__entry->port0 = ntohs(flow->key.port[0]);
		__entry->port1 = ntohs(flow->key.port[1]);
		__entry->family = flow->key.family;
		__entry->state = flow->state;
		__entry->phase = flow->phase;
		__entry->end = end;
		__entry->arg = arg;
	),

	TP_printk("family=%u end0=%*phN:%u end1=%*phN:%u state=%u phase=%u end=%d arg=%d",
		  __entry->family,
		  __entry->family == AF_INET ? 4 : 16, __entry->addr,
		  __entry->port0,
		  __entry->family == AF_INET ? 4 : 16, __entry->addr + 16,
		  __entry->port1, __entry->state, __entry->phase,
		  __entry->end, __entry->arg)
);

/* end: which of the two it is about, -1 for both; arg: as each line says */
#define TCPKA_FLOW_EVENT(name)						\
DEFINE_EVENT(tcpka_flow_class, tcpka_##name,				\
	TP_PROTO(const struct tcpka_flow *flow, int end, int arg),	\
	TP_ARGS(flow, end, arg))

TCPKA_FLOW_EVENT(created);		/* arg: enum tcpka_state */
TCPKA_FLOW_EVENT(removed);		/* arg: enum tcpka_state */
TCPKA_FLOW_EVENT(probed);		/* arg: unanswered, this one included */
TCPKA_FLOW_EVENT(answered);		/* arg: 1 if the answer was absorbed */
TCPKA_FLOW_EVENT(icmp);			/* arg: number that it is about */
TCPKA_FLOW_EVENT(dead);			/* arg: probes unanswered */
TCPKA_FLOW_EVENT(both_silent);		/* arg: 0 */
TCPKA_FLOW_EVENT(expired);		/* arg: enum tcpka_reason */
TCPKA_FLOW_EVENT(ended);		/* arg: enum tcpka_action */
TCPKA_FLOW_EVENT(fell_back);		/* arg: 0 */
TCPKA_FLOW_EVENT(relearned);		/* arg: difference to the old number */
TCPKA_FLOW_EVENT(segment_sent);		/* arg: enum tcpka_send */
TCPKA_FLOW_EVENT(segment_failed);	/* arg: errno */

TRACE_EVENT(tcpka_refused,

	TP_PROTO(const struct tcpka_tuple *key, int err),

	TP_ARGS(key, err),

	TP_STRUCT__entry(
		__array(u8, addr, 32)
		__field(u16, port0)
		__field(u16, port1)
		__field(u8, family)
		__field(int, err)
	),

	TP_fast_assign(
		memcpy(__entry->addr, key->addr, 32);
		__entry->port0 = ntohs(key->port[0]);
		__entry->port1 = ntohs(key->port[1]);
		__entry->family = key->family;
		__entry->err = err;
	),

	TP_printk("family=%u end0=%*phN:%u end1=%*phN:%u err=%d",
		  __entry->family,
		  __entry->family == AF_INET ? 4 : 16, __entry->addr,
		  __entry->port0,
		  __entry->family == AF_INET ? 4 : 16, __entry->addr + 16,
		  __entry->port1, __entry->err)
);

DECLARE_EVENT_CLASS(tcpka_sock_class,

	TP_PROTO(const struct sock *sk, int arg),

	TP_ARGS(sk, arg),

	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__field(u64, cookie)
		__field(u16, family)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, state)
		__field(int, arg)
	),

	TP_fast_assign(
		__entry->skaddr = sk;
		__entry->cookie = atomic64_read(&sk->sk_cookie);
		__entry->family = sk->sk_family;
		__entry->sport = sk->sk_num;
		__entry->dport = ntohs(sk->sk_dport);
		__entry->state = READ_ONCE(sk->sk_state);
		__entry->arg = arg;
	),

	TP_printk("sk=%p cookie=%llx family=%u sport=%u dport=%u state=%u arg=%d",
		  __entry->skaddr, __entry->cookie, __entry->family,
		  __entry->sport, __entry->dport, __entry->state,
		  __entry->arg)
);

#define TCPKA_SOCK_EVENT(name)						\
DEFINE_EVENT(tcpka_sock_class, tcpka_sock_##name,			\
	TP_PROTO(const struct sock *sk, int arg),			\
	TP_ARGS(sk, arg))

TCPKA_SOCK_EVENT(tracked);		/* arg: 1 if it opened the connection */
TCPKA_SOCK_EVENT(refused);		/* arg: errno */
TCPKA_SOCK_EVENT(given);		/* arg: keepidle in seconds */
TCPKA_SOCK_EVENT(taken_back);		/* arg: 0 */
TCPKA_SOCK_EVENT(expired);		/* arg: enum tcpka_reason */
TCPKA_SOCK_EVENT(closing);		/* arg: enum tcpka_reason */
TCPKA_SOCK_EVENT(fell_back);		/* arg: 1 if it had been closed by FIN */
TCPKA_SOCK_EVENT(ended);		/* arg: enum tcpka_reason if by tcpka */

#endif /* TCPKA_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
