/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - state and clocks to "what now"; pure functions
 */
#ifndef TCPKA_FSM_H
#define TCPKA_FSM_H

#include "types.h"

/**
 * enum tcpka_what - what is to be done with a live flow
 * @TCPKA_WAIT: nothing before verdict.next
 * @TCPKA_PROBE: probe the ends in verdict.ends
 * @TCPKA_EXPIRE: take the policy's action, for verdict.reason
 * @TCPKA_DEAD: the ends in verdict.ends are dead, the others answer
 * @TCPKA_BOTH_SILENT: neither end answers: forget it without a segment
 * @TCPKA_FORGET: a handshake or a close that nobody finished
 * @TCPKA_CHECK: ask the end in verdict.ends whether a RST has reached it
 * @TCPKA_SURVIVED: it has not, and there is no other time to end it
 * @TCPKA_CLOSED: it has
 */
enum tcpka_what {
	TCPKA_WAIT,
	TCPKA_PROBE,
	TCPKA_EXPIRE,
	TCPKA_DEAD,
	TCPKA_BOTH_SILENT,
	TCPKA_FORGET,
	TCPKA_CHECK,
	TCPKA_SURVIVED,
	TCPKA_CLOSED,
};

/* In how many ways an end is asked, see tcpka_segment_unsure(). */
#define TCPKA_ASK_WAYS	3

/**
 * struct tcpka_verdict - the answer of tcpka_fsm_judge()
 * @what: enum tcpka_what
 * @reason: enum tcpka_reason, for TCPKA_EXPIRE
 * @ends: bit per end
 * @next: tick at which to ask again, for TCPKA_WAIT
 */
struct tcpka_verdict {
	u8 what;
	u8 reason;
	u8 ends;
	u32 next;
};

void tcpka_fsm_look_after(struct tcpka_flow *flow, u32 now);
void tcpka_fsm_judge(const struct tcpka_flow *flow,
		     const struct tcpka_timers *t, u32 now,
		     struct tcpka_verdict *v);
u32 tcpka_fsm_expires(const struct tcpka_flow *flow,
		      const struct tcpka_timers *t, bool *set);
u32 tcpka_fsm_soonest(const struct tcpka_timers *t);
bool tcpka_fsm_resettable(const struct tcpka_flow *flow);
bool tcpka_fsm_elsewhere(const struct tcpka_flow *flow, unsigned int i);
bool tcpka_fsm_reset_carried(const struct tcpka_flow *flow);
void tcpka_fsm_reset(struct tcpka_flow *flow, unsigned int by, u32 now);
void tcpka_fsm_checked(struct tcpka_flow *flow, unsigned int i, u32 now);
bool tcpka_fsm_timed(const struct tcpka_flow *flow,
		     const struct tcpka_timers *t);
bool tcpka_fsm_half_closed(const struct tcpka_flow *flow);
bool tcpka_fsm_in_handshake(const struct tcpka_flow *flow);
u8 tcpka_fsm_state(const struct tcpka_flow *flow);
void tcpka_fsm_probed(struct tcpka_end *end, const struct tcpka_timers *t,
		      u32 now);
void tcpka_fsm_probe_failed(struct tcpka_end *end,
			    const struct tcpka_timers *t, u32 now);
bool tcpka_fsm_stamp_unsure(const struct tcpka_flow *flow, unsigned int i);
bool tcpka_fsm_kept(const struct tcpka_flow *flow, unsigned int i, u32 now);
bool tcpka_fsm_exhausted(const struct tcpka_end *end,
			 const struct tcpka_timers *t);
bool tcpka_fsm_returned(const struct tcpka_end *end, struct tcpka_end *other,
			const struct tcpka_timers *t);
void tcpka_fsm_heard(struct tcpka_end *end, u32 now);

#endif /* TCPKA_FSM_H */
