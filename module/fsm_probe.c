// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - the books of probes and answers; pure functions
 */

#include "clock.h"
#include "fsm.h"

/* What the turns of a wheel that is not held up may be late. */
#define TCPKA_LATE_MS		100

/**
 * tcpka_fsm_probed() - a probe to an end has been sent
 * @end: the end; the flow's lock is held
 * @t: the settings of the flow's policy
 * @now: the present tick
 *
 * Where it comes late (pacing, a machine that slept), those that follow are
 * put off by as much: an end must have its interval to answer each.
 */
void tcpka_fsm_probed(struct tcpka_end *end, const struct tcpka_timers *t,
		      u32 now)
{
	u32 due = end->first + tcpka_ticks(t->intvl * end->unanswered);

	if (!end->unanswered)
		end->first = now;
	else if (tcpka_before(due + tcpka_ticks(TCPKA_LATE_MS), now))
		end->first += now - due + 1;
	if (end->unanswered < U8_MAX)
		end->unanswered++;
}

/**
 * tcpka_fsm_probe_failed() - take tcpka_fsm_probed() back
 * @end: the end; the flow's lock is held
 * @t: the settings of the flow's policy
 * @now: the present tick
 *
 * A probe that could not be sent from here does not count as unanswered, as
 * in tcp_keepalive_timer(); what follows is put off by an interval.
 */
void tcpka_fsm_probe_failed(struct tcpka_end *end,
			    const struct tcpka_timers *t, u32 now)
{
	end->failing = 1;
	if (--end->unanswered)
		end->first += tcpka_ticks(t->intvl);
	else
		end->first = now;
}

/**
 * tcpka_fsm_exhausted() - whether an end has left all its probes unanswered
 * @end: the end; the flow's lock is held
 * @t: the settings of the flow's policy
 *
 * One to which they go in several ways must have got each of them.
 */
bool tcpka_fsm_exhausted(const struct tcpka_end *end,
			 const struct tcpka_timers *t)
{
	u8 due = end->unsure ? max_t(u8, t->probes, TCPKA_ASK_WAYS) : t->probes;

	return t->probes && end->unanswered >= due;
}

/**
 * tcpka_fsm_returned() - see whether an end was out of reach until now
 * @end: the end, before tcpka_fsm_heard(); the flow's lock is held
 * @other: the other end
 * @t: the settings of the flow's policy
 *
 * While there was no way to @end, answers of @other could not be forwarded
 * either, and may not have come here at all: its silence proves nothing, and
 * its probes begin anew.
 *
 * Return: true if they do.
 */
bool tcpka_fsm_returned(const struct tcpka_end *end, struct tcpka_end *other,
			const struct tcpka_timers *t)
{
	if (!end->failing && !tcpka_fsm_exhausted(end, t))
		return false;
	other->unanswered = 0;
	return true;
}

/**
 * tcpka_fsm_heard() - a valid segment of an end was seen
 * @end: the end; the flow's lock is held
 * @now: the present tick
 *
 * What comes in the tick of the first probe, but after it, is stamped with the
 * next one: so the stamp of an end that answers is later than @first of both.
 */
void tcpka_fsm_heard(struct tcpka_end *end, u32 now)
{
	if (end->unanswered && end->first == now)
		now++;
	end->unanswered = 0;
	end->failing = 0;
	end->queried = 0;
	end->unsure = 0;
	if (end->seen != now)
		end->seen = now;
}
