/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TCPKA_COMPAT_NET_NETLINK_H
#define TCPKA_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>

/* from 6.3 */
#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(_len) { .type = NLA_BINARY, .len = (_len) }
#endif

#endif
