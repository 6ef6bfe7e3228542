/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - whose a local socket is: user and cgroup
 */
#ifndef TCPKA_OWNER_H
#define TCPKA_OWNER_H

#include "types.h"

struct netlink_ext_ack;
struct nlattr;
struct sock;

void tcpka_owner_read(const struct sock *sk, struct tcpka_subject *subject);
void tcpka_owner_hold(const struct tcpka_subject *subject);
void tcpka_owner_drop(const struct tcpka_subject *subject);
int tcpka_cgroup_parse(char *path, const struct nlattr *attr,
		       struct netlink_ext_ack *extack);
bool tcpka_match_cgroup(const struct tcpka_match *match,
			const struct tcpka_subject *subject, char *path,
			bool *cached);

#endif /* TCPKA_OWNER_H */
