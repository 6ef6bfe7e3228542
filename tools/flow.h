/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - connections as the kernel tells them
 */
#ifndef FLOW_H
#define FLOW_H

#include <netinet/in.h>

#include "nl.h"
#include "tcpkactl.h"

#define FLOW_PORT_LEN	32	/* bytes of a service's name that are shown */
#define FLOW_ADDR_BUF	(INET6_ADDRSTRLEN + FLOW_PORT_LEN + 8)

/**
 * struct flow_end - one end of a connection
 */
struct flow_end {
	uint8_t role;
	bool guessed;
	bool has_last_seen;
	bool has_unanswered;
	uint64_t last_seen;
	uint8_t unanswered;
};

/**
 * struct flow - a connection
 * @has: bit mask of TCPKA_A_FLOW_*, which of the numbers are there
 * @number: by TCPKA_A_FLOW_*
 * @addr: initiator's and responder's
 * @policy: NULL where none rules it; lives as long as the message
 */
struct flow {
	uint64_t has;
	uint64_t number[TCPKA_A_FLOW_MAX + 1];
	uint8_t addr[2][16];
	const char *policy;
	struct flow_end end[2];
	unsigned int n_ends;
};

/* flow.c */
void flow_get(struct flow *flow, const struct nlmsghdr *nlh);
void flow_get_nest(struct flow *flow, const struct nlattr *nest);
bool flow_has(const struct flow *flow, unsigned int attr);
const char *flow_kind(const struct flow *flow);
const char *flow_state(const struct flow *flow);
const char *flow_obstacle(const struct flow *flow);
const char *flow_addr(const struct flow *flow, unsigned int side, char *buf);
const char *flow_addr_port(const struct flow *flow, unsigned int side,
			   char *buf);
void flow_json(const struct flow *flow);
int flow_dump(const struct rule *filter, nl_answer_t answer, void *data);

/* flow_list.c, flow_count.c, flow_kill.c */
int flow_list_parse(struct command *cmd, struct args *args);
int flow_list_run(struct command *cmd);
int flow_count_parse(struct command *cmd, struct args *args);
int flow_count_run(struct command *cmd);
int flow_kill_parse(struct command *cmd, struct args *args);
int flow_kill_run(struct command *cmd);
int flow_probe_parse(struct command *cmd, struct args *args);
int flow_probe_run(struct command *cmd);

#endif
