/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - keys of routed connections: their hash, and whether two are the same
 *
 * For whoever knows the family when it is compiled, and has half of it left out.
 */
#ifndef TCPKA_TUPLE_HASH_H
#define TCPKA_TUPLE_HASH_H

#include <linux/hash.h>
#include <net/ipv6.h>

#include "types.h"

/**
 * struct tcpka_lookup - what is looked for in a namespace's table
 * @key: normalised
 * @secret: the namespace's, TCPKA_SECRETS of them
 */
struct tcpka_lookup {
	const struct tcpka_tuple *key;
	const u64 *secret;
};

/* A pair of words' part of a hash. */
static __always_inline u64 tcpka_tuple_pair(const u64 *secret, u32 a, u32 b)
{
	return (secret[0] + a) * (secret[1] + b);
}

/**
 * tcpka_tuple_hash() - hash of a key
 * @key: normalised
 * @family: that of @key
 * @secret: the namespace's: attackers choose addresses and ports
 * @seed: the table's, by rhashtable
 *
 * Multilinear-HM of Lemire and Kaser ("Strongly universal string hashing is
 * fast", The Computer Journal 57, 2014), of words of 32 bits: two keys are one
 * to it with a probability of 2^-32, for whoever does not know the secret. So each
 * namespace has its own, as the order of its flows tells something of it to who
 * may list them. A new seed parts what is near by chance. jhash takes thrice as
 * many instructions.
 *
 * Return: the hash.
 */
static __always_inline u32 tcpka_tuple_hash(const struct tcpka_tuple *key,
					    u8 family, const u64 *secret,
					    u32 seed)
{
	const __be32 *a = key->addr[0].ip6, *b = key->addr[1].ip6;
	u32 ports = (__force u32)key->port[0] << 16 |
		    (__force u32)key->port[1];
	unsigned int i;
	u64 sum;
	u32 hash;

	/* a zone is spread: neither is large, and they are one word */
	sum = tcpka_tuple_pair(secret, ports,
			       key->l3mdev + key->zone * GOLDEN_RATIO_32);
	for (i = 0; i < (family == AF_INET6 ? 4 : 1); i++)
		sum += tcpka_tuple_pair(secret + 2 + 2 * i, (__force u32)a[i],
					(__force u32)b[i]);
	/* odd, so that nothing is lost */
	hash = sum * (2 * (u64)seed + 1) >> 32;
	/* what comes in a row would be so many buckets apart: a bijection */
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
