/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - keys of routed connections: their hash, and whether two are the same
 *
 * For whoever knows the family when it is compiled, and has half of it left out.
 */
#ifndef TCPKA_TUPLE_HASH_H
#define TCPKA_TUPLE_HASH_H

#include <linux/jhash.h>
#include <net/ipv6.h>

#include "types.h"

/**
 * tcpka_tuple_hash() - hash of a key
 * @key: normalised
 * @family: that of @key
 * @seed: the table's, by rhashtable: attackers choose addresses and ports
 *
 * Return: the hash.
 */
static __always_inline u32 tcpka_tuple_hash(const struct tcpka_tuple *key,
					    u8 family, u32 seed)
{
	u32 ports = (__force u32)key->port[0] << 16 |
		    (__force u32)key->port[1];

	/* VRFs and zones repeat tuples; most have neither */
	if (key->l3mdev || key->zone)
		seed = jhash_2words(key->l3mdev, key->zone, seed);
	if (family == AF_INET)
		return jhash_3words((__force u32)key->addr[0].ip,
				    (__force u32)key->addr[1].ip, ports, seed);
	/* never XORed into the seed, to which jhash2() adds the address */
	return jhash_2words(ports, seed,
			    jhash2((const u32 *)key->addr,
				   sizeof(key->addr) / (sizeof(u32)), seed));
}

/**
 * tcpka_tuple_same() - whether two keys are one
 * @a: normalised
 * @b: normalised
 * @family: that of @b
 *
 * In place of memcmp(): all bytes but those that no IPv4 address has.
 */
static __always_inline bool tcpka_tuple_same(const struct tcpka_tuple *a,
					     const struct tcpka_tuple *b,
					     u8 family)
{
	if (a->port[0] != b->port[0] || a->port[1] != b->port[1] ||
	    a->addr[0].ip != b->addr[0].ip || a->addr[1].ip != b->addr[1].ip ||
	    a->l3mdev != b->l3mdev || a->zone != b->zone || a->family != family)
		return false;
	return family == AF_INET ||
	       (ipv6_addr_equal(&a->addr[0].in6, &b->addr[0].in6) &&
		ipv6_addr_equal(&a->addr[1].in6, &b->addr[1].in6));
}

#endif /* TCPKA_TUPLE_HASH_H */
