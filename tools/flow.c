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

static void number_get(struct flow *flow, const struct nlattr *attr)
{
	uint16_t type = mnl_attr_get_type(attr);
	uint64_t *number = &flow->number[type];

	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		*number = mnl_attr_get_u8(attr);
		break;
	case 2:
		*number = ntohs(mnl_attr_get_u16(attr));
		break;
	case 4:
		*number = mnl_attr_get_u32(attr);
		break;
	case 8:
		*number = mnl_attr_get_u64(attr);
		break;
	default:
		return;
	}
	flow->has |= UINT64_C(1) << type;
}

static void addr_get(uint8_t *addr, const struct nlattr *attr)
{
	uint16_t len = mnl_attr_get_payload_len(attr);

	memcpy(addr, mnl_attr_get_payload(attr), len < 16 ? len : 16);
}

static void end_get(struct flow *flow, const struct nlattr *nest)
{
	struct nlattr *tb[TCPKA_A_END_MAX + 1];
	struct flow_end *end;

	if (flow->n_ends == 2)
		return;
	end = &flow->end[flow->n_ends++];
	nl_parse_nest(tb, TCPKA_A_END_MAX, nest);
	if (tb[TCPKA_A_END_ROLE])
		end->role = mnl_attr_get_u8(tb[TCPKA_A_END_ROLE]);
	end->guessed = tb[TCPKA_A_END_GUESSED];
	end->has_last_seen = tb[TCPKA_A_END_LAST_SEEN];
	if (end->has_last_seen)
		end->last_seen = mnl_attr_get_u64(tb[TCPKA_A_END_LAST_SEEN]);
	end->has_unanswered = tb[TCPKA_A_END_UNANSWERED];
	if (end->has_unanswered)
		end->unanswered = mnl_attr_get_u8(tb[TCPKA_A_END_UNANSWERED]);
}

static void attr_get(struct flow *flow, const struct nlattr *attr)
{
	uint16_t type = mnl_attr_get_type(attr);

	switch (type) {
	case TCPKA_A_FLOW_SRC:
		addr_get(flow->addr[0], attr);
		break;
	case TCPKA_A_FLOW_DST:
		addr_get(flow->addr[1], attr);
		break;
	case TCPKA_A_FLOW_POLICY:
		flow->policy = mnl_attr_get_str(attr);
		break;
	case TCPKA_A_FLOW_END:
		end_get(flow, attr);
		break;
	default:
		if (type <= TCPKA_A_FLOW_MAX)
			number_get(flow, attr);
	}
	/* the kernel may tell the two states apart, users do not */
	if (flow->number[TCPKA_A_FLOW_STATE] == TCPKA_STATE_FIN_WAIT2)
		flow->number[TCPKA_A_FLOW_STATE] = TCPKA_STATE_FIN_WAIT;
}

/**
 * flow_get - reads a connection from a message, which must outlive it
 */
void flow_get(struct flow *flow, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	memset(flow, 0, sizeof(*flow));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		attr_get(flow, attr);
}

/**
 * flow_get_nest - reads a connection from a nest, which must outlive it
 */
void flow_get_nest(struct flow *flow, const struct nlattr *nest)
{
	const struct nlattr *attr;

	memset(flow, 0, sizeof(*flow));
	mnl_attr_for_each_nested(attr, nest)
		attr_get(flow, attr);
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
	inet_ntop(is_ipv6(flow) ? AF_INET6 : AF_INET, flow->addr[side], buf,
		  FLOW_ADDR_BUF);
	return buf;
}

/**
 * flow_addr_port - address and port of an end, as ss has them
 */
const char *flow_addr_port(const struct flow *flow, unsigned int side,
			   char *buf)
{
	char addr[FLOW_ADDR_BUF];
	uint16_t port;

	port = flow->number[side ? TCPKA_A_FLOW_DPORT : TCPKA_A_FLOW_SPORT];
	flow_addr(flow, side, addr);
	snprintf(buf, FLOW_ADDR_BUF, is_ipv6(flow) ? "[%.*s]:%.32s" :
							   "%.*s:%.32s",
		 INET6_ADDRSTRLEN, addr, port_name(port));
	return buf;
}

static void number_json(json_t *object, const struct flow *flow,
			unsigned int attr, const char *key)
{
	if (flow_has(flow, attr))
		js_set(object, key, js_u64(flow->number[attr]));
}

static json_t *ends_json(const struct flow *flow)
{
	json_t *array = js_array(), *object;
	const struct flow_end *end;
	unsigned int i;

	for (i = 0; i < flow->n_ends; i++) {
		end = &flow->end[i];
		object = js_object();
		js_set(object, "role",
		       js_str(end->role == TCPKA_ROLE_RESPONDER ? "responder" :
								  "initiator"));
		js_set(object, "guessed", json_boolean(end->guessed));
		if (end->has_last_seen)
			js_set(object, "last_seen_ms", js_u64(end->last_seen));
		if (end->has_unanswered)
			js_set(object, "unanswered", js_u64(end->unanswered));
		json_array_append_new(array, object);
	}
	return array;
}

/**
 * flow_json - adds what is known of a connection to @object
 */
void flow_json(json_t *object, const struct flow *flow)
{
	char addr[FLOW_ADDR_BUF];

	js_set(object, "kind", js_str(flow_kind(flow)));
	js_set(object, "family", js_str(is_ipv6(flow) ? "ipv6" : "ipv4"));
	js_set(object, "src", js_str(flow_addr(flow, 0, addr)));
	number_json(object, flow, TCPKA_A_FLOW_SPORT, "sport");
	js_set(object, "dst", js_str(flow_addr(flow, 1, addr)));
	number_json(object, flow, TCPKA_A_FLOW_DPORT, "dport");
	if (flow_has(flow, TCPKA_A_FLOW_STATE))
		js_set(object, "state", js_str(flow_state(flow)));
	if (flow->policy)
		js_set(object, "policy", js_str(flow->policy));
	number_json(object, flow, TCPKA_A_FLOW_UID, "uid");
	number_json(object, flow, TCPKA_A_FLOW_AGE, "age_ms");
	number_json(object, flow, TCPKA_A_FLOW_IDLE, "idle_ms");
	number_json(object, flow, TCPKA_A_FLOW_DATA_IDLE, "data_idle_ms");
	number_json(object, flow, TCPKA_A_FLOW_EXPIRES, "expires_ms");
	number_json(object, flow, TCPKA_A_FLOW_PROBES_SENT, "probes_sent");
	number_json(object, flow, TCPKA_A_FLOW_PROBES_UNANSWERED,
		    "probes_unanswered");
	if (flow->n_ends)
		js_set(object, "ends", ends_json(flow));
	if (flow_obstacle(flow))
		js_set(object, "obstacle", js_str(flow_obstacle(flow)));
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
