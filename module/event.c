// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - connections as attributes, and notifications to the group events
 *
 * Events are told where things are decided, under a flow's lock: nothing here
 * sleeps, and where there is no memory the event is lost, which listeners
 * learn from ENOBUFS as with every multicast.
 */

#include <linux/ktime.h>
#include <net/genetlink.h>

#include "core.h"
#include "event.h"
#include "netlink_gen.h"

/**
 * tcpka_put_u64() - add a 64-bit attribute
 * @skb: the message
 * @type: of the attribute
 * @value: its value
 *
 * The family has no padding attribute: readers copy such values.
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpka_put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put(skb, type, sizeof(value), &value);
}

/**
 * tcpka_put_addr() - add an address
 * @skb: the message
 * @type: of the attribute
 * @family: AF_INET or AF_INET6
 * @addr: the address
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpka_put_addr(struct sk_buff *skb, int type, u8 family,
		   const union nf_inet_addr *addr)
{
	return nla_put(skb, type, family == AF_INET ? sizeof(addr->in) :
						      sizeof(addr->in6), addr);
}

static int tcpka_subject_put(struct sk_buff *skb,
			     const struct tcpka_subject *s)
{
	if (nla_put_u8(skb, TCPKA_A_FLOW_KIND, s->kind) ||
	    nla_put_u8(skb, TCPKA_A_FLOW_FAMILY, s->family) ||
	    tcpka_put_addr(skb, TCPKA_A_FLOW_SRC, s->family, &s->src) ||
	    nla_put_be16(skb, TCPKA_A_FLOW_SPORT, s->sport) ||
	    tcpka_put_addr(skb, TCPKA_A_FLOW_DST, s->family, &s->dst) ||
	    nla_put_be16(skb, TCPKA_A_FLOW_DPORT, s->dport))
		return -EMSGSIZE;
	return 0;
}

static int tcpka_owner_put(struct sk_buff *skb, const struct tcpka_subject *s)
{
	if (s->kind != TCPKA_KIND_LOCAL || s->uid == TCPKA_UID_NONE)
		return 0;
	return nla_put_u32(skb, TCPKA_A_FLOW_UID, s->uid);
}

static int tcpka_clocks_put(struct sk_buff *skb, const struct tcpka_info *info)
{
	if (info->age != U64_MAX &&
	    tcpka_put_u64(skb, TCPKA_A_FLOW_AGE, info->age))
		return -EMSGSIZE;
	if (info->idle != U64_MAX &&
	    tcpka_put_u64(skb, TCPKA_A_FLOW_IDLE, info->idle))
		return -EMSGSIZE;
	if (info->data_idle != U64_MAX &&
	    tcpka_put_u64(skb, TCPKA_A_FLOW_DATA_IDLE, info->data_idle))
		return -EMSGSIZE;
	if (info->expires != U64_MAX &&
	    tcpka_put_u64(skb, TCPKA_A_FLOW_EXPIRES, info->expires))
		return -EMSGSIZE;
	return 0;
}

static int tcpka_probes_put(struct sk_buff *skb, const struct tcpka_info *info)
{
	if (!info->has_probes)
		return 0;
	if (nla_put_u32(skb, TCPKA_A_FLOW_PROBES_SENT, info->probes_sent) ||
	    nla_put_u32(skb, TCPKA_A_FLOW_PROBES_UNANSWERED,
			info->unanswered[0] + info->unanswered[1]))
		return -EMSGSIZE;
	return 0;
}

/* Index 0 is the initiator. */
static int tcpka_end_put(struct sk_buff *skb, const struct tcpka_info *info,
			 unsigned int i)
{
	struct nlattr *nest = nla_nest_start(skb, TCPKA_A_FLOW_END);

	if (!nest ||
	    nla_put_u8(skb, TCPKA_A_END_ROLE, i ? TCPKA_ROLE_RESPONDER :
						  TCPKA_ROLE_INITIATOR))
		return -EMSGSIZE;
	if (info->guessed && nla_put_flag(skb, TCPKA_A_END_GUESSED))
		return -EMSGSIZE;
	if (info->seen[i] != U64_MAX &&
	    tcpka_put_u64(skb, TCPKA_A_END_LAST_SEEN, info->seen[i]))
		return -EMSGSIZE;
	if (info->has_probes &&
	    nla_put_u8(skb, TCPKA_A_END_UNANSWERED, info->unanswered[i]))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tcpka_info_put() - add the attributes of a connection
 * @skb: the message; where they do not fit, a part of them may be in it and
 *	the caller has to cut them off
 * @info: the connection
 *
 * Any context.
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpka_info_put(struct sk_buff *skb, const struct tcpka_info *info)
{
	if (tcpka_subject_put(skb, &info->subject) ||
	    tcpka_owner_put(skb, &info->subject) ||
	    nla_put_u8(skb, TCPKA_A_FLOW_STATE, info->state) ||
	    (*info->policy &&
	     nla_put_string(skb, TCPKA_A_FLOW_POLICY, info->policy)) ||
	    tcpka_clocks_put(skb, info) ||
	    tcpka_probes_put(skb, info) ||
	    tcpka_end_put(skb, info, 0) ||
	    tcpka_end_put(skb, info, 1) ||
	    (info->obstacle &&
	     nla_put_u8(skb, TCPKA_A_FLOW_OBSTACLE, info->obstacle)))
		return -EMSGSIZE;
	return 0;
}

/*
 * Room for the longest event, an IPv6 connection of a policy with the longest
 * name, and some: a page for each would fill a listener's buffer soon.
 */
#define TCPKA_EVENT_SIZE	512

static bool tcpka_event_muted;

/**
 * tcpka_event_mute() - tell no more
 *
 * To be called before the family goes: its group's number may be another
 * family's afterwards.
 */
void tcpka_event_mute(void)
{
	WRITE_ONCE(tcpka_event_muted, true);
}

/**
 * tcpka_event_wanted() - whether anybody would hear of an event
 * @tn: the namespace
 *
 * Any context. A guess: listeners come and go.
 */
bool tcpka_event_wanted(const struct tcpka_net *tn)
{
	return !READ_ONCE(tcpka_event_muted) &&
	       genl_has_listeners(&tcpka_nl_family, tn->net,
				  TCPKA_NLGRP_EVENTS);
}

/* Begins an event; *@hdr is for genlmsg_end(). */
static struct sk_buff *tcpka_event_begin(enum tcpka_event event,
					 enum tcpka_reason reason, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(TCPKA_EVENT_SIZE, GFP_ATOMIC);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &tcpka_nl_family, 0,
			   TCPKA_CMD_EVENT_NTF);
	if (!*hdr ||
	    tcpka_put_u64(skb, TCPKA_A_EVENT_TIME, ktime_get_real_ns()) ||
	    nla_put_u8(skb, TCPKA_A_EVENT_EVENT, event) ||
	    nla_put_u8(skb, TCPKA_A_EVENT_REASON, reason)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static void tcpka_event_send(struct tcpka_net *tn, struct sk_buff *skb,
			     void *hdr)
{
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&tcpka_nl_family, tn->net, skb, 0,
				TCPKA_NLGRP_EVENTS, GFP_ATOMIC);
}

/**
 * tcpka_event_flow() - tell what was decided about a connection
 * @tn: the namespace
 * @info: the connection
 * @event: what
 * @reason: why
 * @by: who spoke, or went silent
 *
 * Any context but hard interrupt, spinlocks held or not.
 */
void tcpka_event_flow(struct tcpka_net *tn, const struct tcpka_info *info,
		      enum tcpka_event event, enum tcpka_reason reason,
		      enum tcpka_role by)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;

	if (!tcpka_event_wanted(tn))
		return;
	skb = tcpka_event_begin(event, reason, &hdr);
	if (!skb)
		return;
	if (nla_put_u8(skb, TCPKA_A_EVENT_BY, by))
		goto free;
	nest = nla_nest_start(skb, TCPKA_A_EVENT_FLOW);
	if (!nest || tcpka_info_put(skb, info))
		goto free;
	nla_nest_end(skb, nest);
	tcpka_event_send(tn, skb, hdr);
	return;

free:
	nlmsg_free(skb);
}

/**
 * tcpka_event_policy() - tell that policies were changed
 * @tn: the namespace
 * @name: of the policy; NULL where it was not a single one
 * @reason: TCPKA_REASON_ADDED to TCPKA_REASON_RESTORED
 *
 * Any context but hard interrupt.
 */
void tcpka_event_policy(struct tcpka_net *tn, const char *name,
			enum tcpka_reason reason)
{
	struct sk_buff *skb;
	void *hdr;

	if (!tcpka_event_wanted(tn))
		return;
	skb = tcpka_event_begin(TCPKA_EVENT_POLICY, reason, &hdr);
	if (!skb)
		return;
	if (name && nla_put_string(skb, TCPKA_A_EVENT_POLICY, name)) {
		nlmsg_free(skb);
		return;
	}
	tcpka_event_send(tn, skb, hdr);
}
