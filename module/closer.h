/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - ends a connection and tells both ends
 */
#ifndef TCPKA_CLOSER_H
#define TCPKA_CLOSER_H

#include "types.h"

struct tcpka_outbox;
struct tcpka_segment;

/**
 * enum tcpka_close - how far an end has been told that its connection is over
 * @TCPKA_CLOSE_NONE: not at all, the flow lives
 * @TCPKA_CLOSE_ASKED: it was asked for its number first
 * @TCPKA_CLOSE_TOLD: a RST was sent
 * @TCPKA_CLOSE_CHECKED: a probe was sent to see whether the RST arrived
 * @TCPKA_CLOSE_CHECKED2: and another
 * @TCPKA_CLOSE_FIN_SENT: a FIN was sent
 * @TCPKA_CLOSE_FIN_ACKED: and it has acknowledged it, its own is waited for
 * @TCPKA_CLOSE_DONE: it answered by RST, or not at all
 * @TCPKA_CLOSE_UNKNOWN: it did not tell its number, and was told nothing
 * @TCPKA_CLOSE_FIN_DONE: its own FIN was acknowledged, too
 */
enum tcpka_close {
	TCPKA_CLOSE_NONE,
	TCPKA_CLOSE_ASKED,
	TCPKA_CLOSE_TOLD,
	TCPKA_CLOSE_CHECKED,
	TCPKA_CLOSE_CHECKED2,
	TCPKA_CLOSE_FIN_SENT,
	TCPKA_CLOSE_FIN_ACKED,
	/* nothing more is to be done with it by itself: */
	TCPKA_CLOSE_DONE,
	TCPKA_CLOSE_UNKNOWN,
	TCPKA_CLOSE_FIN_DONE,
};

/* As tcp_invalid_ratelimit: an end that goes on sending is told so often. */
#define TCPKA_RETELL_MS		500

/* How often an end is told anew that does not answer. */
#define TCPKA_TOLD_MAX		3

/* Corrections that an end gets as soon as it asks for them. */
#define TCPKA_CORRECTED_MAX	8

void tcpka_closer_begin(struct tcpka_flow *flow, struct tcpka_outbox *box,
			u32 now);
void tcpka_closer_insist(struct tcpka_flow *flow, struct tcpka_outbox *box,
			 u32 now);
bool tcpka_closer_step(struct tcpka_flow *flow, struct tcpka_outbox *box,
		       u32 now);
bool tcpka_closer_asking(const struct tcpka_flow *flow);
bool tcpka_closer_over(const struct tcpka_flow *flow, unsigned int i);
bool tcpka_closer_left(const struct tcpka_flow *flow);
bool tcpka_closer_told(const struct tcpka_flow *flow);
bool tcpka_closer_pending(const struct tcpka_flow *flow);
void tcpka_closer_abandon(struct tcpka_flow *flow, struct tcpka_outbox *box,
			  u32 now);
bool tcpka_closer_fin_open(const struct tcpka_flow *flow, unsigned int i);

/* closer.c for closer_answer.c and closer_fin.c */
void tcpka_closer_rst(struct tcpka_flow *flow, unsigned int to,
		      struct tcpka_outbox *box, u32 now);
void tcpka_closer_file(struct tcpka_flow *flow);
bool tcpka_closer_untold(const struct tcpka_end *end);

/* closer_answer.c */
bool tcpka_closer_answer(struct tcpka_flow *flow, unsigned int dir,
			 const struct tcpka_segment *seg,
			 struct tcpka_outbox *box, u32 now);

/* closer_fin.c */
void tcpka_closer_fin(struct tcpka_flow *flow, struct tcpka_outbox *box,
		      u32 now);
void tcpka_closer_fell_back(struct tcpka_flow *flow, int end);
void tcpka_closer_fin_try(struct tcpka_flow *flow, struct tcpka_outbox *box,
			  u32 now);
bool tcpka_closer_fin_waits(const struct tcpka_flow *flow);
bool tcpka_closer_fin_due(const struct tcpka_flow *flow, unsigned int i,
			  u32 now);
void tcpka_closer_fin_moved(struct tcpka_flow *flow, u32 now);
void tcpka_closer_fin_give_up(struct tcpka_flow *flow, unsigned int to,
			      struct tcpka_outbox *box, u32 now);
void tcpka_closer_fin_put_off(struct tcpka_flow *flow, u32 now);
void tcpka_closer_fin_step(struct tcpka_flow *flow, unsigned int to,
			   struct tcpka_outbox *box, u32 now);
void tcpka_closer_fin_heard(struct tcpka_flow *flow, unsigned int from,
			    const struct tcpka_segment *seg,
			    struct tcpka_outbox *box, u32 now);

#endif /* TCPKA_CLOSER_H */
