// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of words. What the kernel does not do yet it refuses itself; a
 * word that it has no attribute for has none here.
 */
#include "value.h"

#define N_OF(list)	.n_names = ARRAY_SIZE(list)
#define IN_FLOW (IN_FILTER | IN_KILL | IN_PROBE)

static const char *const kinds[] = {
	[TCPKA_KIND_LOCAL] = "local",
	[TCPKA_KIND_FORWARD] = "forward",
};

/* For users there is one fin-wait, see flow_get(). */
static const char *const states[] = {
	[TCPKA_STATE_SYN_SENT] = "syn-sent",
	[TCPKA_STATE_SYN_RECV] = "syn-recv",
	[TCPKA_STATE_ESTABLISHED] = "established",
	[TCPKA_STATE_FIN_WAIT] = "fin-wait",
	[TCPKA_STATE_CLOSE_WAIT] = "close-wait",
	[TCPKA_STATE_LAST_ACK] = "last-ack",
	[TCPKA_STATE_CLOSING] = "closing",
	[TCPKA_STATE_TIME_WAIT] = "time-wait",
	[TCPKA_STATE_CLOSED] = "closed",
};

static const char *const actions[] = {
	[TCPKA_ACTION_RST] = "rst",
	[TCPKA_ACTION_FIN] = "fin",
	[TCPKA_ACTION_DROP] = "drop",
	[TCPKA_ACTION_NONE] = "none",
};

static const char *const kills[] = {
	[TCPKA_ACTION_RST] = "rst",
	[TCPKA_ACTION_FIN] = "fin",
	[TCPKA_ACTION_DROP] = "drop",
};

static const char *const groups[] = {
	[TCPKA_GROUP_BY_STATE] = "state",
	[TCPKA_GROUP_BY_POLICY] = "policy",
	[TCPKA_GROUP_BY_SRC] = "src",
	[TCPKA_GROUP_BY_DST] = "dst",
	[TCPKA_GROUP_BY_DPORT] = "dport",
};

static const char *const yes_no[] = { "no", "yes" };

#define MATCH(_word, _type, _attr, ...)				\
	{ .name = _word, .type = &type_##_type,				\
	  .in = IN_POLICY | IN_FLOW, .match = true,			\
	  .attr = TCPKA_A_MATCH_##_attr, ##__VA_ARGS__ }

#define FILTER(_word, _type, _attr, ...)				\
	{ .name = _word, .type = &type_##_type,				\
	  .in = IN_FLOW, .match = true,					\
	  .attr = TCPKA_A_MATCH_##_attr, ##__VA_ARGS__ }

#define SETTING(_word, _key, _type, _attr, ...)			\
	{ .name = _word, .key = _key, .type = &type_##_type,		\
	  .in = IN_POLICY, .attr = TCPKA_A_POLICY_##_attr, ##__VA_ARGS__ }

#define TIMER(_word, _key, _attr)					\
	SETTING(_word, _key, time, _attr, .timer = true, .off = true,	\
		.min = 1, .max = TCPKA_TIME_MAX)

#define KEY(_word, _key, _type, ...)					\
	{ .name = _word, .key = _key, .type = &type_##_type,		\
	  .in = IN_CONFIG, ##__VA_ARGS__ }

/* Bounds of the kernel's own keepalive, which does the work for sockets. */
#define PROBE_TIMES	.min = 1000, .max = 32767000

const struct word words[W_END] = {
	[W_PRIO] = SETTING("prio", NULL, u32, PRIO, .max = UINT32_MAX),
	[W_ALL] = { .name = "all", .type = &type_flag,
		    .in = IN_POLICY | IN_KILL | IN_PROBE,
		    .attr = TCPKA_A_POLICY_ALL },

	[W_ON] = MATCH("on", enum, KIND, .names = kinds, N_OF(kinds)),
	[W_FAMILY] = MATCH("family", family, FAMILY),
	[W_SRC] = MATCH("src", prefix, SRC),
	[W_DST] = MATCH("dst", prefix, DST),
	[W_SPORT] = MATCH("sport", ports, SPORT_MIN),
	[W_DPORT] = MATCH("dport", ports, DPORT_MIN),
	[W_IIF] = MATCH("iif", dev, IIF, .max = 15),
	[W_OIF] = MATCH("oif", dev, OIF, .max = 15),
	[W_MARK] = MATCH("mark", mark, MARK),
	/* the kernel keeps -1 for "no user" */
	[W_UID] = MATCH("uid", uids, UID_MIN, .max = UINT32_MAX - 1),
	[W_CGROUP] = MATCH("cgroup", path, CGROUP, .max = 511),

	[W_HOST] = FILTER("host", prefix, HOST),
	[W_PORT] = FILTER("port", ports, PORT_MIN),
	[W_STATE] = FILTER("state", enum, STATE, .names = states, N_OF(states)),
	[W_POLICY] = FILTER("policy", name, POLICY, .max = TCPKA_NAME_LEN - 1),
	[W_IDLE_GT] = FILTER("idle-gt", time, IDLE_GT, .max = TCPKA_TIME_MAX),

	[W_KEEPALIVE] = SETTING("keepalive", "keepalive_ms", time, KEEPALIVE,
				.timer = true, .off = true, PROBE_TIMES),
	[W_INTVL] = SETTING("intvl", "intvl_ms", time, INTVL, PROBE_TIMES),
	[W_PROBES] = SETTING("probes", NULL, u8, PROBES,
			     .min = 2, .max = 127),
	[W_IDLE] = TIMER("idle", "idle_ms", IDLE),
	[W_MAX_AGE] = TIMER("max-age", "max_age_ms", MAX_AGE),
	[W_HALF_OPEN] = TIMER("half-open", "half_open_ms", HALF_OPEN),
	[W_HALF_CLOSED] = TIMER("half-closed", "half_closed_ms", HALF_CLOSED),
	[W_TIME_WAIT] = TIMER("time-wait", "time_wait_ms", TIME_WAIT),
	[W_ACTION] = SETTING("action", NULL, enum, ACTION,
			       .names = actions, N_OF(actions)),
	[W_DEAD] = SETTING("dead", NULL, enum, DEAD,
			     .names = actions, N_OF(actions)),
	[W_OVERRIDE] = SETTING("override", NULL, bool, OVERRIDE,
			       .names = yes_no, N_OF(yes_no)),

	[W_WITH] = { .name = "with", .type = &type_enum, .in = IN_KILL,
		     .attr = TCPKA_A_FLOW_WITH, .names = kills, N_OF(kills) },
	[W_BY] = { .name = "by", .type = &type_enum, .in = IN_COUNT,
		   .attr = TCPKA_A_FLOW_BY, .names = groups, N_OF(groups) },
	[W_TOP] = { .name = "top", .type = &type_u32, .in = IN_COUNT,
		    .min = 1, .max = UINT32_MAX },

	[W_MAX_FLOWS] = KEY("max-flows", "max_flows", u32,
			    .attr = TCPKA_A_CONFIG_MAX_FLOWS,
			    .min = 1, .max = UINT32_MAX),
	[W_PROBE_RATE] = KEY("probe-rate", "probe_rate", u32,
			     .attr = TCPKA_A_CONFIG_PROBE_RATE,
			     .min = 1, .max = UINT32_MAX),
	[W_LINGER] = KEY("linger", "linger_ms", time, .off = true,
			 .attr = TCPKA_A_CONFIG_LINGER, .max = TCPKA_TIME_MAX),
	[W_PICKUP] = KEY("pickup", NULL, bool, .attr = TCPKA_A_CONFIG_PICKUP,
			 .names = yes_no, N_OF(yes_no)),
	[W_FIN_WAIT] = KEY("fin-wait", "fin_wait_ms", time,
			   .attr = TCPKA_A_CONFIG_FIN_WAIT,
			   .min = 1000, .max = TCPKA_TIME_MAX),
	[W_FIN_QUIET] = KEY("fin-quiet", "fin_quiet_ms", time, .off = true,
			    .attr = TCPKA_A_CONFIG_FIN_QUIET,
			    .max = TCPKA_TIME_MAX),
};
