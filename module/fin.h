/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - the rules of a closing by FIN; pure functions
 */
#ifndef TCPKA_FIN_H
#define TCPKA_FIN_H

#include "types.h"

/**
 * enum tcpka_fin_reply - what a segment of an end that got our FIN calls for
 * @TCPKA_FIN_NOTHING: nothing
 * @TCPKA_FIN_ACK: an acknowledgment
 * @TCPKA_FIN_RST: a RST: nobody is there who could take new payload
 */
enum tcpka_fin_reply {
	TCPKA_FIN_NOTHING,
	TCPKA_FIN_ACK,
	TCPKA_FIN_RST,
};

bool tcpka_fin_calm(const struct tcpka_flow *flow, u32 now);
bool tcpka_fin_quiet(const struct tcpka_flow *flow, u32 now);
u32 tcpka_fin_look_again(const struct tcpka_flow *flow, u32 now);
u32 tcpka_fin_rto(unsigned int tries);
void tcpka_fin_peer(const struct tcpka_flow *flow, unsigned int i,
		    struct tcpka_seq *peer);
enum tcpka_fin_reply tcpka_fin_reply(const struct tcpka_seq *snd,
				     const struct tcpka_segment *seg);
void tcpka_fin_learn(struct tcpka_seq *snd, const struct tcpka_segment *seg);
u8 tcpka_fin_state(const struct tcpka_flow *flow, unsigned int i);

#endif /* TCPKA_FIN_H */
