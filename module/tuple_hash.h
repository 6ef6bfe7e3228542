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
 * fast", The Computer Journal 57, 2014), of words of 32 bits: the upper halves of
 * two sums are one with a probability of 2^-32, for whoever does not know the
 * secret. So each namespace has its own, as the order of its flows tells something
 * of it to who may list them. What follows only spreads that, anew with each seed,
 * and parts what is near by chance. jhash takes thrice as many instructions.
 *
 * Return: the hash.
 */
static __always_inline u32 tcpka_tuple_hash(const struct tcpka_tuple *key,
					    u8 family, const u64 *secret,
					    u32 seed)
{
	const u32 *a = key->addr[0].all, *b = key->addr[1].all;
	u64 sum;

	/* a zone is spread: neither is large, and they are one word */
	sum = tcpka_tuple_pair(secret, key->ports,
			       key->l3mdev + (u32)key->zone * GOLDEN_RATIO_32);
	sum += tcpka_tuple_pair(secret + 2, a[0], b[0]);
	if (family == AF_INET6) {
		sum += tcpka_tuple_pair(secret + 4, a[1], b[1]);
		sum += tcpka_tuple_pair(secret + 6, a[2], b[2]);
		sum += tcpka_tuple_pair(secret + 8, a[3], b[3]);
	}
	/* keys in a row are so much of the upper half apart: that is spread */
	sum ^= sum >> 32;
	/* no seed is a factor by which the halves cancel each other */
	return sum * ((u64)seed << 32 | GOLDEN_RATIO_32) >> 32;
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
	if (a->ports != b->ports || a->l3mdev != b->l3mdev ||
	    a->zone != b->zone || a->family != family)
		return false;
	if (family == AF_INET)
		return a->addr[0].ip == b->addr[0].ip &&
		       a->addr[1].ip == b->addr[1].ip;
	return ipv6_addr_equal(&a->addr[0].in6, &b->addr[0].in6) &&
	       ipv6_addr_equal(&a->addr[1].in6, &b->addr[1].in6);
}

#endif /* TCPKA_TUPLE_HASH_H */
