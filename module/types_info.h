/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - a connection as users see it; included by types.h
 */
#ifndef TCPKA_TYPES_INFO_H
#define TCPKA_TYPES_INFO_H

#include <linux/netfilter.h>
#include <linux/types.h>

#include <linux/tcpka.h>

struct cgroup;

/* What has no owner, or none yet: no user has that id. */
#define TCPKA_UID_NONE		((u32)-1)

/**
 * struct tcpka_subject - what is matched: a connection seen from its initiator
 * @kind: enum tcpka_kind
 * @family: AF_INET or AF_INET6
 * @src: the initiator's address, after DNAT and before SNAT
 * @dst: the responder's address, after DNAT and before SNAT
 * @sport: the initiator's port
 * @dport: the responder's port
 * @iif: index of the device on the initiator's side, 0 where there is none
 * @oif: index of the device on the responder's side, 0 where there is none
 * @mark: skb mark of the initiator's first segment, or the socket's mark
 * @uid: of a local socket, its owner's, as its namespace's user namespace has
 *	it, or TCPKA_UID_NONE
 * @unowned: a local socket that nobody has accepted yet: its owner may be
 *	anybody
 * @cgroup: of a local socket, NULL where it has none; good as long as the
 *	socket is referenced
 */
struct tcpka_subject {
	u8 kind;
	u8 family;
	union nf_inet_addr src;
	union nf_inet_addr dst;
	__be16 sport;
	__be16 dport;
	int iif;
	int oif;
	u32 mark;
	u32 uid;
	bool unowned;
	struct cgroup *cgroup;
};

/**
 * struct tcpka_info - a connection as users see it, of either kind
 *
 * A copy made under the connection's lock: events, dumps and filters use it,
 * so that they need no lock and do not care what kind it is.  Times in ms.
 *
 * @subject: who and where
 * @state: enum tcpka_state
 * @policy: name of the ruling policy, empty where there is none
 * @age: since it was first seen, U64_MAX where not known
 * @idle: since the last segment of either end, U64_MAX where not known
 * @data_idle: since the last new payload of either end, likewise
 * @half_idle: since the first FIN or new payload after it, U64_MAX unless it is
 *	half-closed
 * @expires: until a clock other than keepalive would end it, U64_MAX where
 *	none is set
 * @probes_sent: to both ends, in its whole life
 * @has_probes: @probes_sent and @unanswered are known
 * @guessed: which end opened it was not seen
 * @initiator: of a local socket: this side has opened it
 * @obstacle: enum tcpka_obstacle, why its ends cannot be spoken for
 * @seen: since the last segment of the initiator [0], the responder [1];
 *	U64_MAX where not known
 * @unanswered: probes since then
 */
struct tcpka_info {
	struct tcpka_subject subject;
	u8 state;
	char policy[TCPKA_NAME_LEN];
	u64 age;
	u64 idle;
	u64 data_idle;
	u64 half_idle;
	u64 expires;
	u32 probes_sent;
	bool has_probes;
	bool guessed;
	bool initiator;
	u8 obstacle;
	u64 seen[2];
	u8 unanswered[2];
};

#endif /* TCPKA_TYPES_INFO_H */
