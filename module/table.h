/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - a namespace's routed connections: look-up, limits, walk
 */
#ifndef TCPKA_TABLE_H
#define TCPKA_TABLE_H

#include "types.h"

void tcpka_table_init(struct tcpka_net *tn);
int tcpka_table_make(struct tcpka_net *tn);
bool tcpka_table_made(const struct tcpka_net *tn);
void tcpka_table_exit(struct tcpka_net *tn);
struct tcpka_flow *tcpka_table_lookup(struct tcpka_net *tn,
				      const struct tcpka_tuple *key);
int tcpka_table_insert(struct tcpka_net *tn, struct tcpka_flow *flow);
void tcpka_table_remove(struct tcpka_flow *flow);

bool tcpka_table_charge(struct tcpka_net *tn);
bool tcpka_table_room(struct tcpka_net *tn);
void tcpka_table_uncharge(struct tcpka_net *tn);
void tcpka_table_yield(struct tcpka_flow *flow, bool yes);

/*
 * A walk over all flows in process context: start, next until NULL, stop.
 * It may see a flow twice, or miss one that comes meanwhile, where the table
 * grows.  What next returns has no reference and is good until the following
 * call; RCU is held in between, so the caller must not sleep without pause.
 */

/**
 * struct tcpka_table_iter - position of a walk
 * @hti: the hash table's own
 * @restarts: how often the table was resized, so that flows may come again
 * @yielded: bucket in which tcpka_table_walk_yield() was last, UINT_MAX for none
 * @made: there is a table, and @hti counts
 */
struct tcpka_table_iter {
	struct rhashtable_iter hti;
	unsigned int restarts;
	unsigned int yielded;
	bool made;
};

void tcpka_table_walk_start(struct tcpka_net *tn,
			    struct tcpka_table_iter *iter);
struct tcpka_flow *tcpka_table_walk_next(struct tcpka_table_iter *iter);
void tcpka_table_walk_pause(struct tcpka_table_iter *iter);
void tcpka_table_walk_resume(struct tcpka_table_iter *iter);
void tcpka_table_walk_yield(struct tcpka_table_iter *iter);
void tcpka_table_walk_stop(struct tcpka_table_iter *iter);

#endif /* TCPKA_TABLE_H */
