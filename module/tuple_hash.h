/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - keys of routed connections: their hash, and whether two are the same
 *
 * For whoever knows the family when it is compiled, and has half of it left out.
 */
#ifndef TCPKA_TUPLE_HASH_H
#define TCPKA_TUPLE_HASH_H

#include <net/ipv6.h>

#include "types.h"

/* Random; they and the table's seed are all that is between attackers and a chain. */
extern u64 tcpka_tuple_secret[10];

/* A pair of words' part of a hash. */
static __always_inline u64 tcpka_tuple_pair(unsigned int i, u32 seed, u64 a,
					    u64 b)
{
	return (tcpka_tuple_secret[2 * i] + seed + a) *
	       (tcpka_tuple_secret[2 * i + 1] + seed + b);
}

/**
 * tcpka_tuple_hash() - hash of a key
 * @key: normalised
 * @family: that of @key
 * @seed: the table's, by rhashtable: attackers choose addresses and ports
 *
 * Multilinear-HM of Lemire and Kaser ("Strongly universal string hashing is
 * fast", The Computer Journal 57, 2014): for two keys whoever does not know the
 * secret may hope for 2^-32. jhash has no such bound, and takes thrice as many
 * instructions.
 *
 * Return: the hash.
 */
static __always_inline u32 tcpka_tuple_hash(const struct tcpka_tuple *key,
					    u8 family, u32 seed)
{
	const __be32 *a = key->addr[0].ip6, *b = key->addr[1].ip6;
	u64 sum;
	u32 hash;

	sum = tcpka_tuple_pair(0, seed, (__force u32)a[0], (__force u32)b[0]);
	sum += tcpka_tuple_pair(1, seed, (__force u32)key->port[0] << 16 |
				(__force u32)key->port[1],
				(u64)key->zone << 32 | key->l3mdev);
	if (family == AF_INET6) {
		sum += tcpka_tuple_pair(2, seed, (__force u32)a[1],
					(__force u32)b[1]);
		sum += tcpka_tuple_pair(3, seed, (__force u32)a[2],
					(__force u32)b[2]);
		sum += tcpka_tuple_pair(4, seed, (__force u32)a[3],
					(__force u32)b[3]);
	}
	/* what comes in a row would be so many buckets apart: a bijection */
	hash = sum >> 32;
	hash ^= hash >> 16;
	hash *= 0x85ebca6b;
	return hash ^ hash >> 13;
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
