/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TCPKA_COMPAT_NET_IP6_FIB_H
#define TCPKA_COMPAT_NET_IP6_FIB_H

#include_next <net/ip6_fib.h>

/* from 6.10 */
#ifndef TCPKA_HAVE_RT6_INFO
#define dst_rt6_info(_dst) container_of(_dst, struct rt6_info, dst)
#endif

#endif
