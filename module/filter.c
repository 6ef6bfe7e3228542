// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - MATCH and FILTER: from attributes, to attributes, and picking
 *
 * The generated policies have seen to lengths and to what is a range of its
 * own; here is what depends on another attribute, or on this version.
 */

#include <linux/netdevice.h>
#include <net/netlink.h>

#include "event.h"
#include "filter.h"
#include "match.h"
#include "netlink_gen.h"
#include "owner.h"
#include "policy.h"

/* Of a prefix: which attributes, and what the user may have said before. */
struct tcpka_prefix_attrs {
	const struct nlattr *addr;
	const struct nlattr *len;
	u8 *family;
};

/*
 * Takes a prefix, and its family where none was given.
 *
 * Return: 1 if there is one, 0 if not, or -EINVAL.
 */
static int tcpka_prefix_parse(const struct tcpka_prefix_attrs *attrs,
			      union nf_inet_addr *addr, u8 *len,
			      struct netlink_ext_ack *extack)
{
	u8 family, max;

	if (!attrs->addr && !attrs->len)
		return 0;
	if (!attrs->addr) {
		NL_SET_ERR_MSG_ATTR(extack, attrs->len,
				    "a prefix length needs an address");
		return -EINVAL;
	}
	if (nla_len(attrs->addr) == sizeof(struct in_addr)) {
		family = AF_INET;
	} else if (nla_len(attrs->addr) == sizeof(struct in6_addr)) {
		family = AF_INET6;
	} else {
		NL_SET_ERR_MSG_ATTR(extack, attrs->addr,
				    "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	if (*attrs->family && *attrs->family != family) {
		NL_SET_ERR_MSG_ATTR(extack, attrs->addr,
				    "addresses and family do not go together");
		return -EINVAL;
	}
	max = nla_len(attrs->addr) * BITS_PER_BYTE;
	*len = attrs->len ? nla_get_u8(attrs->len) : max;
	if (*len > max) {
		NL_SET_ERR_MSG_ATTR(extack, attrs->len,
				    "prefix length beyond that of an address");
		return -EINVAL;
	}
	*attrs->family = family;
	nla_memcpy(addr, attrs->addr, sizeof(*addr));
	tcpka_match_mask(addr, *len);
	return 1;
}

/* Return: 1 if there is a range, 0 if not, or -EINVAL. */
static int tcpka_ports_parse(const struct nlattr *min, const struct nlattr *max,
			     u16 *range, struct netlink_ext_ack *extack)
{
	if (!min && !max)
		return 0;
	if (!min) {
		NL_SET_ERR_MSG_ATTR(extack, max,
				    "a range of ports needs its first one");
		return -EINVAL;
	}
	range[0] = ntohs(nla_get_be16(min));
	range[1] = max ? ntohs(nla_get_be16(max)) : range[0];
	if (range[0] > range[1]) {
		NL_SET_ERR_MSG_ATTR(extack, min, "the range is reversed");
		return -EINVAL;
	}
	return 1;
}

static int tcpka_family_parse(struct tcpka_match *match, struct nlattr **tb,
			      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[TCPKA_A_MATCH_FAMILY];

	if (!attr)
		return 0;
	match->family = nla_get_u8(attr);
	match->set_family = 1;
	if (match->family == AF_INET || match->family == AF_INET6)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "family is neither ipv4 nor ipv6");
	return -EINVAL;
}

static int tcpka_addrs_parse(struct tcpka_match *match, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct tcpka_prefix_attrs src = {
		.addr = tb[TCPKA_A_MATCH_SRC],
		.len = tb[TCPKA_A_MATCH_SRC_LEN],
		.family = &match->family,
	};
	const struct tcpka_prefix_attrs dst = {
		.addr = tb[TCPKA_A_MATCH_DST],
		.len = tb[TCPKA_A_MATCH_DST_LEN],
		.family = &match->family,
	};
	int found;

	found = tcpka_prefix_parse(&src, &match->src, &match->src_len, extack);
	if (found < 0)
		return found;
	match->set_src = found;
	found = tcpka_prefix_parse(&dst, &match->dst, &match->dst_len, extack);
	if (found < 0)
		return found;
	match->set_dst = found;
	return 0;
}

static int tcpka_match_ports_parse(struct tcpka_match *match,
				   struct nlattr **tb,
				   struct netlink_ext_ack *extack)
{
	int found;

	found = tcpka_ports_parse(tb[TCPKA_A_MATCH_SPORT_MIN],
				  tb[TCPKA_A_MATCH_SPORT_MAX], match->sport,
				  extack);
	if (found < 0)
		return found;
	match->set_sport = found;
	found = tcpka_ports_parse(tb[TCPKA_A_MATCH_DPORT_MIN],
				  tb[TCPKA_A_MATCH_DPORT_MAX], match->dport,
				  extack);
	if (found < 0)
		return found;
	match->set_dport = found;
	return 0;
}

static int tcpka_device_parse(char *name, const struct nlattr *attr,
			      struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	nla_strscpy(name, attr, IFNAMSIZ);
	if (dev_valid_name(name))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "not a name that a device can have");
	return -EINVAL;
}

static int tcpka_devices_parse(struct tcpka_match *match, struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	struct nlattr *attr = tb[TCPKA_A_MATCH_IIF] ?: tb[TCPKA_A_MATCH_OIF];
	int err;

	if (attr && match->kind == TCPKA_KIND_LOCAL) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a local socket has no iif and no oif");
		return -EINVAL;
	}
	err = tcpka_device_parse(match->iif, tb[TCPKA_A_MATCH_IIF], extack);
	if (err)
		return err;
	return tcpka_device_parse(match->oif, tb[TCPKA_A_MATCH_OIF], extack);
}

static int tcpka_mark_parse(struct tcpka_match *match, struct nlattr **tb,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *mark = tb[TCPKA_A_MATCH_MARK];
	const struct nlattr *mask = tb[TCPKA_A_MATCH_MARK_MASK];

	if (!mark && !mask)
		return 0;
	if (!mark) {
		NL_SET_ERR_MSG_ATTR(extack, mask, "a mask needs a mark");
		return -EINVAL;
	}
	match->mark_mask = mask ? nla_get_u32(mask) : ~0U;
	if (!match->mark_mask) {
		NL_SET_ERR_MSG_ATTR(extack, mask,
				    "a mask of 0 leaves nothing of the mark");
		return -EINVAL;
	}
	match->mark = nla_get_u32(mark) & match->mark_mask;
	match->set_mark = 1;
	return 0;
}

static int tcpka_uid_parse(struct tcpka_match *match, struct nlattr **tb,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *min = tb[TCPKA_A_MATCH_UID_MIN];
	const struct nlattr *max = tb[TCPKA_A_MATCH_UID_MAX];

	if (!min && !max)
		return 0;
	if (!min) {
		NL_SET_ERR_MSG_ATTR(extack, max,
				    "a range of user ids needs its first one");
		return -EINVAL;
	}
	match->uid[0] = nla_get_u32(min);
	match->uid[1] = max ? nla_get_u32(max) : match->uid[0];
	if (match->uid[0] > match->uid[1]) {
		NL_SET_ERR_MSG_ATTR(extack, min, "the range is reversed");
		return -EINVAL;
	}
	if (match->uid[1] == TCPKA_UID_NONE) {
		NL_SET_ERR_MSG_ATTR(extack, max ?: min,
				    "not an id that a user can have");
		return -EINVAL;
	}
	match->set_uid = 1;
	return 0;
}

/* uid and cgroup: only sockets have them. */
static int tcpka_owner_parse(struct tcpka_match *match, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *cgroup = tb[TCPKA_A_MATCH_CGROUP];
	const struct nlattr *either = tb[TCPKA_A_MATCH_UID_MIN] ?: cgroup;
	int err;

	err = tcpka_uid_parse(match, tb, extack);
	if (!err && cgroup)
		err = tcpka_cgroup_parse(match->cgroup, cgroup, extack);
	if (err || !either)
		return err;
	if (match->kind == TCPKA_KIND_FORWARD) {
		NL_SET_ERR_MSG_ATTR(extack, either,
				    "only a local socket has an owner and a cgroup");
		return -EINVAL;
	}
	match->kind = TCPKA_KIND_LOCAL;
	return 0;
}

/* The words that policies and filters have in common. */
static int tcpka_words_parse(struct tcpka_match *match, struct nlattr **tb,
			     struct netlink_ext_ack *extack)
{
	int err;

	memset(match, 0, sizeof(*match));
	if (tb[TCPKA_A_MATCH_KIND])
		match->kind = nla_get_u8(tb[TCPKA_A_MATCH_KIND]);
	err = tcpka_owner_parse(match, tb, extack);
	if (err)
		return err;
	err = tcpka_family_parse(match, tb, extack);
	if (err)
		return err;
	err = tcpka_addrs_parse(match, tb, extack);
	if (err)
		return err;
	err = tcpka_match_ports_parse(match, tb, extack);
	if (err)
		return err;
	err = tcpka_devices_parse(match, tb, extack);
	if (err)
		return err;
	return tcpka_mark_parse(match, tb, extack);
}

/**
 * tcpka_match_parse() - the MATCH of a policy
 * @match: to fill
 * @nest: attributes of the set match
 * @extack: gets a message and the attribute at fault
 *
 * Return: 0; -EINVAL, -ERANGE if something is wrong, -EOPNOTSUPP if it is not
 * supported.
 */
int tcpka_match_parse(struct tcpka_match *match, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCPKA_A_MATCH_MAX + 1];
	bool any = false;
	unsigned int i;
	int err;

	err = nla_parse_nested(tb, TCPKA_A_MATCH_MAX, nest,
			       tcpka_match_nl_policy, extack);
	if (err)
		return err;
	for (i = TCPKA_A_MATCH_HOST; i <= TCPKA_A_MATCH_MAX; i++) {
		if (!tb[i])
			continue;
		NL_SET_ERR_MSG_ATTR(extack, tb[i],
				    "this picks flows, it is no word of MATCH");
		return -EINVAL;
	}
	for (i = 1; i < TCPKA_A_MATCH_HOST; i++)
		any |= !!tb[i];
	if (!any) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "MATCH is empty: say all to rule every connection");
		return -EINVAL;
	}
	return tcpka_words_parse(match, tb, extack);
}

static int tcpka_prefix_put(struct sk_buff *skb, int addr_type, int len_type,
			    u8 family, const union nf_inet_addr *addr, u8 len)
{
	if (tcpka_put_addr(skb, addr_type, family, addr) ||
	    nla_put_u8(skb, len_type, len))
		return -EMSGSIZE;
	return 0;
}

static int tcpka_ports_put(struct sk_buff *skb, int min_type, int max_type,
			   const u16 *range)
{
	if (nla_put_be16(skb, min_type, htons(range[0])) ||
	    nla_put_be16(skb, max_type, htons(range[1])))
		return -EMSGSIZE;
	return 0;
}

static int tcpka_addrs_put(struct sk_buff *skb, const struct tcpka_match *match)
{
	if (match->set_family &&
	    nla_put_u8(skb, TCPKA_A_MATCH_FAMILY, match->family))
		return -EMSGSIZE;
	if (match->set_src &&
	    tcpka_prefix_put(skb, TCPKA_A_MATCH_SRC, TCPKA_A_MATCH_SRC_LEN,
			     match->family, &match->src, match->src_len))
		return -EMSGSIZE;
	if (match->set_dst &&
	    tcpka_prefix_put(skb, TCPKA_A_MATCH_DST, TCPKA_A_MATCH_DST_LEN,
			     match->family, &match->dst, match->dst_len))
		return -EMSGSIZE;
	return 0;
}

static int tcpka_numbers_put(struct sk_buff *skb,
			     const struct tcpka_match *match)
{
	if (match->set_sport &&
	    tcpka_ports_put(skb, TCPKA_A_MATCH_SPORT_MIN,
			    TCPKA_A_MATCH_SPORT_MAX, match->sport))
		return -EMSGSIZE;
	if (match->set_dport &&
	    tcpka_ports_put(skb, TCPKA_A_MATCH_DPORT_MIN,
			    TCPKA_A_MATCH_DPORT_MAX, match->dport))
		return -EMSGSIZE;
	if (match->set_uid &&
	    (nla_put_u32(skb, TCPKA_A_MATCH_UID_MIN, match->uid[0]) ||
	     nla_put_u32(skb, TCPKA_A_MATCH_UID_MAX, match->uid[1])))
		return -EMSGSIZE;
	if (!match->set_mark)
		return 0;
	if (nla_put_u32(skb, TCPKA_A_MATCH_MARK, match->mark) ||
	    nla_put_u32(skb, TCPKA_A_MATCH_MARK_MASK, match->mark_mask))
		return -EMSGSIZE;
	return 0;
}

/**
 * tcpka_match_put() - the MATCH of a policy as attributes
 * @skb: the message, within a nest
 * @match: the words
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpka_match_put(struct sk_buff *skb, const struct tcpka_match *match)
{
	if (match->kind && nla_put_u8(skb, TCPKA_A_MATCH_KIND, match->kind))
		return -EMSGSIZE;
	if (tcpka_addrs_put(skb, match) || tcpka_numbers_put(skb, match))
		return -EMSGSIZE;
	if (*match->iif && nla_put_string(skb, TCPKA_A_MATCH_IIF, match->iif))
		return -EMSGSIZE;
	if (*match->oif && nla_put_string(skb, TCPKA_A_MATCH_OIF, match->oif))
		return -EMSGSIZE;
	if (*match->cgroup &&
	    nla_put_string(skb, TCPKA_A_MATCH_CGROUP, match->cgroup))
		return -EMSGSIZE;
	return 0;
}

/* The words that only filters have. */
static int tcpka_filter_own_parse(struct tcpka_filter *filter,
				  struct nlattr **tb,
				  struct netlink_ext_ack *extack)
{
	const struct tcpka_prefix_attrs host = {
		.addr = tb[TCPKA_A_MATCH_HOST],
		.len = tb[TCPKA_A_MATCH_HOST_LEN],
		.family = &filter->match.family,
	};
	int found;

	found = tcpka_prefix_parse(&host, &filter->host, &filter->host_len,
				   extack);
	if (found < 0)
		return found;
	filter->set_host = found;
	found = tcpka_ports_parse(tb[TCPKA_A_MATCH_PORT_MIN],
				  tb[TCPKA_A_MATCH_PORT_MAX], filter->port,
				  extack);
	if (found < 0)
		return found;
	filter->set_port = found;
	if (tb[TCPKA_A_MATCH_STATE])
		filter->state = nla_get_u8(tb[TCPKA_A_MATCH_STATE]);
	if (tb[TCPKA_A_MATCH_POLICY])
		nla_strscpy(filter->policy, tb[TCPKA_A_MATCH_POLICY],
			    sizeof(filter->policy));
	if (tb[TCPKA_A_MATCH_IDLE_GT]) {
		filter->idle_gt = nla_get_u64(tb[TCPKA_A_MATCH_IDLE_GT]);
		filter->set_idle = 1;
	}
	return 0;
}

/**
 * tcpka_filter_parse() - a FILTER
 * @filter: to fill; picks everything where there is no nest
 * @nest: attributes of the set match, or NULL
 * @extack: gets a message and the attribute at fault
 *
 * Return: 0; -EINVAL, -ERANGE if something is wrong, -EOPNOTSUPP if it is not
 * supported.
 */
int tcpka_filter_parse(struct tcpka_filter *filter, const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCPKA_A_MATCH_MAX + 1];
	int err;

	memset(filter, 0, sizeof(*filter));
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, TCPKA_A_MATCH_MAX, nest,
			       tcpka_match_nl_policy, extack);
	if (err)
		return err;
	err = tcpka_words_parse(&filter->match, tb, extack);
	if (err)
		return err;
	return tcpka_filter_own_parse(filter, tb, extack);
}

/* fin-wait is what users call both states, which only TCP itself tells apart */
static bool tcpka_filter_state(u8 wanted, u8 state)
{
	if (wanted == TCPKA_STATE_FIN_WAIT && state == TCPKA_STATE_FIN_WAIT2)
		return true;
	return !wanted || wanted == state;
}

static bool tcpka_filter_either(const struct tcpka_filter *filter,
				const struct tcpka_subject *s)
{
	if (filter->set_host &&
	    !tcpka_match_prefix(&s->src, &filter->host, filter->host_len) &&
	    !tcpka_match_prefix(&s->dst, &filter->host, filter->host_len))
		return false;
	return !filter->set_port ||
	       tcpka_match_range(s->sport, filter->port) ||
	       tcpka_match_range(s->dport, filter->port);
}

/**
 * tcpka_filter_picks() - whether a filter picks a connection
 * @filter: the filter
 * @info: the connection
 * @net: its namespace
 *
 * Any context but hard interrupt.
 *
 * Return: true if it does.
 */
bool tcpka_filter_picks(const struct tcpka_filter *filter,
			const struct tcpka_info *info, struct net *net)
{
	if (!tcpka_filter_state(filter->state, info->state))
		return false;
	/* what is nobody's yet is not the one's who is asked for */
	if (filter->match.set_uid && info->subject.unowned)
		return false;
	if (*filter->policy && strcmp(filter->policy, info->policy))
		return false;
	if (filter->set_idle && (info->data_idle == U64_MAX ||
				 info->data_idle <= filter->idle_gt))
		return false;
	return tcpka_match(&filter->match, &info->subject, net) &&
	       tcpka_filter_either(filter, &info->subject);
}
