// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - the words of MATCH held against a connection; pure functions
 *
 * No lock, no allocation, nothing of the kernel's state: device names are
 * policy.c's.
 */

#include "match.h"

/* The leading @bits of a 32-bit word in network byte order. */
static __be32 tcpka_match_netmask(unsigned int bits)
{
	return bits ? htonl(~0U << (32 - bits)) : 0;
}

/**
 * tcpka_match_prefix() - whether an address is in a prefix
 * @addr: the address
 * @prefix: the prefix, of the same family
 * @len: its length in bits, 0 to 128
 *
 * Return: true if it is.
 */
bool tcpka_match_prefix(const union nf_inet_addr *addr,
			const union nf_inet_addr *prefix, u8 len)
{
	unsigned int word = len / 32;
	unsigned int i;

	for (i = 0; i < word; i++)
		if (addr->all[i] != prefix->all[i])
			return false;
	if (!(len % 32))
		return true;
	return !((addr->ip6[word] ^ prefix->ip6[word]) &
		 tcpka_match_netmask(len % 32));
}

/**
 * tcpka_match_mask() - clear the host bits of an address
 * @addr: the address; an IPv4 one has 0 in its other words
 * @len: length of the prefix in bits, 0 to 128
 */
void tcpka_match_mask(union nf_inet_addr *addr, u8 len)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		unsigned int bits = len > i * 32 ? len - i * 32 : 0;

		if (bits < 32)
			addr->ip6[i] &= tcpka_match_netmask(bits);
	}
}

/**
 * tcpka_match_range() - whether a port is in a range
 * @port: the port, network byte order
 * @range: first and last port, host byte order
 *
 * Return: true if it is.
 */
bool tcpka_match_range(__be16 port, const u16 *range)
{
	return ntohs(port) >= range[0] && ntohs(port) <= range[1];
}

/* A socket without an owner yet may be anybody's: see tcpka_sock_rematch(). */
static bool tcpka_match_uid(const struct tcpka_subject *subject,
			    const u32 *range)
{
	return subject->unowned ||
	       (subject->uid >= range[0] && subject->uid <= range[1]);
}

/* Ports, owner and mark. */
static bool tcpka_match_numbers(const struct tcpka_match *match,
				const struct tcpka_subject *subject)
{
	if (match->set_sport && !tcpka_match_range(subject->sport, match->sport))
		return false;
	if (match->set_dport && !tcpka_match_range(subject->dport, match->dport))
		return false;
	if (match->set_uid && !tcpka_match_uid(subject, match->uid))
		return false;
	return !match->set_mark ||
	       (subject->mark & match->mark_mask) == match->mark;
}

/**
 * tcpka_match_words() - whether a connection is matched, devices aside
 * @match: the words
 * @subject: the connection
 *
 * A prefix has fixed the family in @match, so that addresses are compared
 * with their like only.
 *
 * Return: true if it is.
 */
bool tcpka_match_words(const struct tcpka_match *match,
		       const struct tcpka_subject *subject)
{
	if (match->kind && match->kind != subject->kind)
		return false;
	if (match->family && match->family != subject->family)
		return false;
	if (!tcpka_match_numbers(match, subject))
		return false;
	if (match->set_src &&
	    !tcpka_match_prefix(&subject->src, &match->src, match->src_len))
		return false;
	return !match->set_dst ||
	       tcpka_match_prefix(&subject->dst, &match->dst, match->dst_len);
}
