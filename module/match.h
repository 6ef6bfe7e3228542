/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - the words of MATCH held against a connection; pure functions
 */
#ifndef TCPKA_MATCH_H
#define TCPKA_MATCH_H

#include "types.h"

bool tcpka_match_prefix(const union nf_inet_addr *addr,
			const union nf_inet_addr *prefix, u8 len);
void tcpka_match_mask(union nf_inet_addr *addr, u8 len);
bool tcpka_match_range(__be16 port, const u16 *range);
bool tcpka_match_words(const struct tcpka_match *match,
		       const struct tcpka_subject *subject);

#endif /* TCPKA_MATCH_H */
