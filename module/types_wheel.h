/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The structs of timing: wheel and pacing. A part of types.h, where the order
 * of locks is.
 */
#ifndef TCPKA_TYPES_WHEEL_H
#define TCPKA_TYPES_WHEEL_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/**
 * struct tcpka_timer - membership in a wheel
 * @node: in a slot, or in the list of what was spilled or is pending;
 *	tcpka_wheel.lock
 * @due: tick at which it is to be handled, or was last; changed under
 *	tcpka_wheel.lock, and a flow's under the flow's own as well
 * @filed: @node is linked; tcpka_wheel.lock
 * @dead: must not be filed again; tcpka_wheel.lock
 * @kind: for tcpka_wheel.fire(), where it handles more than one kind; never
 *	changed
 */
struct tcpka_timer {
	struct hlist_node node;
	u32 due;
	bool filed;
	bool dead;
	u8 kind;
};

#define TCPKA_WHEEL_BITS	8
#define TCPKA_WHEEL_SLOTS	256	/* of TCPKA_WHEEL_BITS */
#define TCPKA_WHEEL_LEVELS	4

/**
 * struct tcpka_wheel - hierarchical timing wheel of one kind of object
 *
 * After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987),
 * scheme 7.  Four levels of 256 slots with a tick of 2^24 ns: what is due
 * within 4.3 s, 18 min, 78 h, 834 days.
 *
 * What is due moves from its slot to @pending; the wheel does not turn while
 * @pending has something left, so pacing leaves nothing behind.  What is in a
 * slot of a higher level moves to @spill, and from there to lower slots, before
 * the wheel turns on.
 *
 * @lock: guards all that follows
 * @now: tick up to which the wheel has turned
 * @slot: what is filed
 * @used: which slots are not empty
 * @pending: due, not yet handled
 * @spill: of each level but the lowest, to be filed anew
 * @wake: tick for which @timer is set, where @armed
 * @armed: @timer is set, or @work will look for itself
 * @stopped: nothing is filed any more
 * @timer: queues @work. An hrtimer: a jiffies timer, and with it a delayed
 *	work, is up to an eighth of its time late
 * @work: turns the wheel and handles what is due, process context
 * @fire: handles one timer, which is no longer filed; the wheel's reference
 *	passes to it.  Returns false to have the work pause until the next
 *	tick (pacing), after it has filed the timer anew itself
 */
struct tcpka_wheel {
	spinlock_t lock;	/* of all that follows */
	u32 now;
	struct hlist_head slot[TCPKA_WHEEL_LEVELS][TCPKA_WHEEL_SLOTS];
	DECLARE_BITMAP(used[TCPKA_WHEEL_LEVELS], TCPKA_WHEEL_SLOTS);
	struct hlist_head pending;
	struct hlist_head spill[TCPKA_WHEEL_LEVELS - 1];
	u32 wake;
	bool armed;
	bool stopped;
	struct hrtimer timer;
	struct work_struct work;
	bool (*fire)(struct tcpka_timer *timer);
};

/**
 * struct tcpka_pace - limits how many probes and closings start in a second
 * @lock: guards @tat, innermost
 * @tat: theoretical arrival time of the next one, ns of the monotonic clock
 *	(the generic cell rate algorithm, ITU-T I.371)
 */
struct tcpka_pace {
	spinlock_t lock;	/* of tat */
	u64 tat;
};

#endif /* TCPKA_TYPES_WHEEL_H */
