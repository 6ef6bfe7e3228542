/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - what the kernel says when it refuses
 */
#ifndef NL_ERROR_H
#define NL_ERROR_H

struct nlmsghdr;
struct request;

int nl_verdict(const struct request *rq, const struct nlmsghdr *nlh);
const char *nl_strerror(int err);

#endif
