// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "flow.h"
#include "json.h"
#include "value.h"

static const struct verb verbs[] = {
	{
		.name = "list",
		.usage = "[ FILTER ]",
		.parse = flow_list_parse,
		.run = flow_list_run,
	}, {
		.name = "count",
		.usage = "[ by { state | policy | src | dst | dport } ] [ top N ] [ FILTER ]",
		.parse = flow_count_parse,
		.run = flow_count_run,
	}, {
		.name = "kill",
		.usage = "{ FILTER | all } [ with { rst | fin | drop } ]",
		.parse = flow_kill_parse,
		.run = flow_kill_run,
	}, {
		.name = "probe",
		.usage = "{ FILTER | all }",
		.parse = flow_probe_parse,
		.run = flow_probe_run,
	},
	{ 0 }
};

const struct object flow_object = {
	.name = "flow",
	.verbs = verbs,
	.otherwise = &verbs[0],
};

bool flow_has(const struct flow *flow, unsigned int attr)
{
	return flow->has & (UINT64_C(1) << attr);
}

typedef void (*attr_take_t)(void *data, const struct nlattr *attr);

static const void *payload(const struct nlattr *attr)
{
	return (const char *)attr + MNL_ATTR_HDRLEN;
}

static size_t payload_len(const struct nlattr *attr)
{
	return attr->nla_len - MNL_ATTR_HDRLEN;
}

static uint16_t attr_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

/* Whether there is a number, of a size that numbers have. */
static bool is_number(const struct nlattr *attr)
{
	size_t len = payload_len(attr);

	return len == 1 || len == 2 || len == 4 || len == 8;
}

/* Two bytes are a port. */
static uint64_t number_of(const struct nlattr *attr)
{
	uint64_t n8;
	uint32_t n4;
	uint16_t n2;

	switch (payload_len(attr)) {
	case 1:
		return *(const uint8_t *)payload(attr);
	case 2:
		memcpy(&n2, payload(attr), sizeof(n2));
		return ntohs(n2);
	case 4:
		memcpy(&n4, payload(attr), sizeof(n4));
		return n4;
	case 8:
		memcpy(&n8, payload(attr), sizeof(n8));
		return n8;
	default:
		return 0;
	}
}

static void number_get(struct flow *flow, uint16_t type,
		       const struct nlattr *attr)
{
	if (!is_number(attr))
		return;
	flow->number[type] = number_of(attr);
	flow->has |= UINT64_C(1) << type;
}

static void addr_get(uint8_t *addr, const struct nlattr *attr)
{
	size_t len = payload_len(attr);

	memcpy(addr, payload(attr), len < 16 ? len : 16);
}

/*
 * Shows each attribute in @left bytes from @at on to @take. As libmnl does it,
 * but not by way of a library: a list has twenty of them for each connection.
 */
static inline void each_attr(const void *at, size_t left, attr_take_t take,
			     void *data)
{
	const struct nlattr *attr = at;
	size_t step;

	while (left >= sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= left) {
		take(data, attr);
		step = MNL_ALIGN(attr->nla_len);
		if (step >= left)
			return;
		left -= step;
		attr = (const void *)((const char *)attr + step);
	}
}

static inline void each_nested(const struct nlattr *nest, attr_take_t take,
			       void *data)
{
	each_attr(payload(nest), payload_len(nest), take, data);
}

static void end_attr_get(void *data, const struct nlattr *attr)
{
	struct flow_end *end = data;

	switch (attr_type(attr)) {
	case TCPKA_A_END_ROLE:
		end->role = number_of(attr);
		break;
	case TCPKA_A_END_GUESSED:
		end->guessed = true;
		break;
	case TCPKA_A_END_LAST_SEEN:
		end->has_last_seen = true;
		end->last_seen = number_of(attr);
		break;
	case TCPKA_A_END_UNANSWERED:
		end->has_unanswered = true;
		end->unanswered = number_of(attr);
	}
}

static void attr_get(void *data, const struct nlattr *attr)
{
	uint16_t type = attr_type(attr);
	struct flow *flow = data;

	switch (type) {
	case TCPKA_A_FLOW_SRC:
		addr_get(flow->addr[0], attr);
		break;
	case TCPKA_A_FLOW_DST:
		addr_get(flow->addr[1], attr);
		break;
	case TCPKA_A_FLOW_POLICY:
		flow->policy = payload(attr);
		break;
	case TCPKA_A_FLOW_END:
		if (flow->n_ends < 2)
			each_nested(attr, end_attr_get,
				    &flow->end[flow->n_ends++]);
		break;
	default:
		if (type <= TCPKA_A_FLOW_MAX)
			number_get(flow, type, attr);
	}
}

/* The kernel may tell the two states apart, users do not. */
static void states_join(struct flow *flow)
{
	if (flow->number[TCPKA_A_FLOW_STATE] == TCPKA_STATE_FIN_WAIT2)
		flow->number[TCPKA_A_FLOW_STATE] = TCPKA_STATE_FIN_WAIT;
}

/**
 * flow_get - reads a connection from a message, which must outlive it
 */
void flow_get(struct flow *flow, const struct nlmsghdr *nlh)
{
	const char *attrs;

	memset(flow, 0, sizeof(*flow));
	attrs = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr));
	each_attr(attrs, (const char *)nlh + nlh->nlmsg_len - attrs, attr_get,
		  flow);
	states_join(flow);
}

/**
 * flow_get_nest - reads a connection from a nest, which must outlive it
 */
void flow_get_nest(struct flow *flow, const struct nlattr *nest)
{
	memset(flow, 0, sizeof(*flow));
	each_nested(nest, attr_get, flow);
	states_join(flow);
}

const char *flow_kind(const struct flow *flow)
{
	return enum_name(&words[W_ON], flow->number[TCPKA_A_FLOW_KIND]);
}

const char *flow_state(const struct flow *flow)
{
	return enum_name(&words[W_STATE], flow->number[TCPKA_A_FLOW_STATE]);
}

static const char *const obstacles[] = {
	[TCPKA_OBSTACLE_SIGNED] = "signed",
	[TCPKA_OBSTACLE_ADJUSTED] = "adjusted",
	[TCPKA_OBSTACLE_ONE_DEVICE] = "one-device",
	[TCPKA_OBSTACLE_ONE_WAY] = "one-way",
	[TCPKA_OBSTACLE_UNMAPPED] = "unmapped",
	[TCPKA_OBSTACLE_OFFLOADED] = "offloaded",
	[TCPKA_OBSTACLE_MPTCP] = "mptcp",
};

/**
 * flow_obstacle - why its ends cannot be spoken for
 *
 * Return: NULL where they can be, or where this program does not know it
 */
const char *flow_obstacle(const struct flow *flow)
{
	uint64_t obstacle = flow->number[TCPKA_A_FLOW_OBSTACLE];

	return obstacle < ARRAY_SIZE(obstacles) ? obstacles[obstacle] : NULL;
}

static bool is_ipv6(const struct flow *flow)
{
	return flow->number[TCPKA_A_FLOW_FAMILY] == AF_INET6;
}

/**
 * flow_addr - the address of an end
 * @side: 0 for the initiator, 1 for the responder
 * @buf: of FLOW_ADDR_BUF bytes
 *
 * Return: @buf
 */
const char *flow_addr(const struct flow *flow, unsigned int side, char *buf)
{
	address_text(buf, is_ipv6(flow) ? AF_INET6 : AF_INET, flow->addr[side]);
	return buf;
}

/**
 * flow_addr_port - address and port of an end, as ss has them
 */
const char *flow_addr_port(const struct flow *flow, unsigned int side,
			   char *buf)
{
	bool ipv6 = is_ipv6(flow);
	uint16_t port;
	char *to = buf;

	port = flow->number[side ? TCPKA_A_FLOW_DPORT : TCPKA_A_FLOW_SPORT];
	if (ipv6)
		*to++ = '[';
	to = address_text(to, ipv6 ? AF_INET6 : AF_INET, flow->addr[side]);
	if (ipv6)
		*to++ = ']';
	*to++ = ':';
	*to = '\0';
	/* the services of this machine may have any name */
	strncat(to, port_name(port), FLOW_PORT_LEN);
	return buf;
}

static void number_json(const struct flow *flow, unsigned int attr,
			const char *key)
{
	if (flow_has(flow, attr))
		js_put_u64(key, flow->number[attr]);
}

static void ends_json(const struct flow *flow)
{
	const struct flow_end *end;
	unsigned int i;

	js_open("ends", '[');
	for (i = 0; i < flow->n_ends; i++) {
		end = &flow->end[i];
		js_open(NULL, '{');
		js_put_word("role", end->role == TCPKA_ROLE_RESPONDER ?
				    "responder" : "initiator");
		js_put_bool("guessed", end->guessed);
		if (end->has_last_seen)
			js_put_u64("last_seen_ms", end->last_seen);
		if (end->has_unanswered)
			js_put_u64("unanswered", end->unanswered);
		js_close('}');
	}
	js_close(']');
}

/* It may have to be escaped, and is mostly that of the one before. */
static void policy_json(const char *policy)
{
	static char *last, *text;

	if (!last || strcmp(last, policy)) {
		free(last);
		free(text);
		last = xstrdup(policy);
		text = js_encoded(js_str(policy));
	}
	js_put_encoded("policy", text);
}

/**
 * flow_json - what is known of a connection, as members of the object that is
 *	being written
 */
void flow_json(const struct flow *flow)
{
	char addr[FLOW_ADDR_BUF];

	js_put_word("kind", flow_kind(flow));
	js_put_word("family", is_ipv6(flow) ? "ipv6" : "ipv4");
	js_put_word("src", flow_addr(flow, 0, addr));
	number_json(flow, TCPKA_A_FLOW_SPORT, "sport");
	js_put_word("dst", flow_addr(flow, 1, addr));
	number_json(flow, TCPKA_A_FLOW_DPORT, "dport");
	if (flow_has(flow, TCPKA_A_FLOW_STATE))
		js_put_word("state", flow_state(flow));
	if (flow->policy)
		policy_json(flow->policy);
	number_json(flow, TCPKA_A_FLOW_UID, "uid");
	number_json(flow, TCPKA_A_FLOW_AGE, "age_ms");
	number_json(flow, TCPKA_A_FLOW_IDLE, "idle_ms");
	number_json(flow, TCPKA_A_FLOW_DATA_IDLE, "data_idle_ms");
	number_json(flow, TCPKA_A_FLOW_EXPIRES, "expires_ms");
	number_json(flow, TCPKA_A_FLOW_PROBES_SENT, "probes_sent");
	number_json(flow, TCPKA_A_FLOW_PROBES_UNANSWERED, "probes_unanswered");
	if (flow->n_ends)
		ends_json(flow);
	if (flow_obstacle(flow))
		js_put_word("obstacle", flow_obstacle(flow));
}

/**
 * flow_dump - shows each connection that matches to @answer
 * @filter: FILTER words
 */
int flow_dump(const struct rule *filter, nl_answer_t answer, void *data)
{
	struct request rq;
	int ret;

	ret = nl_begin(&rq, TCPKA_CMD_FLOW_GET, NLM_F_DUMP, rule_size(filter));
	if (ret)
		return ret;
	rule_put_match(&rq, filter, TCPKA_A_FLOW_MATCH);
	ret = nl_talk(&rq, answer, data);
	if (!ret && rq.interrupted)
		warning("connections came and went meanwhile, some may be missing or told twice");
	return ret;
}
