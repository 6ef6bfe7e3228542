/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TCPKA_COMPAT_NET_NETFILTER_NF_CONNTRACK_H
#define TCPKA_COMPAT_NET_NETFILTER_NF_CONNTRACK_H

#include_next <net/netfilter/nf_conntrack.h>

/*
 * tcpka_ct_iterate(fn, net, iter, data) calls nf_ct_iterate_cleanup_net() by
 * its address: its arguments became a struct in 5.19.
 */
#ifdef TCPKA_HAVE_CT_ITER_DATA
#define tcpka_ct_iterate(fn, _net, iter, _data) do {			\
	const struct nf_ct_iter_data __arg = {				\
		.net	= (_net),					\
		.data	= (_data),					\
	};								\
									\
	(fn)(iter, &__arg);						\
} while (0)
#else
#define tcpka_ct_iterate(fn, _net, iter, _data)				\
	((fn)(_net, iter, _data, 0, 0))
#endif

#endif
