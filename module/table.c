// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - a namespace's routed connections: look-up, limits, walk
 */

#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "core.h"
#include "flow.h"
#include "stats.h"
#include "table.h"
#include "tuple_hash.h"

/*
 * Least number of buckets, but in a namespace that users have made: up to three
 * quarters as many flows come and go without the table growing and shrinking.
 */
#define TCPKA_TABLE_BUCKETS	4096

/* All namespaces together, bounded by the module parameter. */
static atomic_t tcpka_table_sum = ATOMIC_INIT(0);

/* Those of them in namespaces that users have made. */
static atomic_t tcpka_table_users = ATOMIC_INIT(0);

static u32 tcpka_table_hash(const void *data, u32 len, u32 seed)
{
	const struct tcpka_lookup *what = data;

	return tcpka_tuple_hash(what->key, what->key->family, what->secret,
				seed);
}

static u32 tcpka_table_obj_hash(const void *data, u32 len, u32 seed)
{
	const struct tcpka_flow *flow = data;

	return tcpka_tuple_hash(&flow->key, flow->key.family,
				flow->tn->secret, seed);
}

static int tcpka_table_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct tcpka_lookup *what = arg->key;
	const struct tcpka_flow *flow = obj;

	return !tcpka_tuple_same(&flow->key, what->key, what->key->family);
}

static const struct rhashtable_params tcpka_table_params = {
	.head_offset		= offsetof(struct tcpka_flow, node),
	.key_len		= sizeof(struct tcpka_lookup),
	.hashfn			= tcpka_table_hash,
	.obj_hashfn		= tcpka_table_obj_hash,
	.obj_cmpfn		= tcpka_table_cmp,
	.automatic_shrinking	= true,
};

/* Nobody pays for what is there: any user may have as many as he likes. */
static bool tcpka_table_of_user(const struct tcpka_net *tn)
{
	return tn->net->user_ns != &init_user_ns;
}

/**
 * tcpka_table_init() - prepare what a namespace has of a table from the start
 * @tn: the namespace
 *
 * That is all but the table itself, see tcpka_table_make(): most namespaces
 * never have one.
 */
void tcpka_table_init(struct tcpka_net *tn)
{
	atomic_set(&tn->nflows, 0);
	atomic_set(&tn->answers_due, 0);
	INIT_LIST_HEAD(&tn->yield);
	spin_lock_init(&tn->yield_lock);
	get_random_bytes(tn->secret, sizeof(tn->secret));
}

/**
 * tcpka_table_make() - make a namespace's table, if it has none
 * @tn: the namespace; its lock is held
 *
 * To be called before its hooks are registered and its rules are published. A
 * hook looks into the table without asking whether there is one: it has been
 * handed @tn by netfilter, which publishes it afterwards. So may whoever was led
 * by a flow. Who comes by another way asks tcpka_table_made() first. Once made,
 * it stays as long as its namespace. Sleeps.
 *
 * Return: 0 or -ENOMEM.
 */
int tcpka_table_make(struct tcpka_net *tn)
{
	struct rhashtable_params params = tcpka_table_params;
	int err;

	lockdep_assert_held(&tn->lock);
	if (tn->tabled)
		return 0;
	if (!tcpka_table_of_user(tn))
		params.min_size = TCPKA_TABLE_BUCKETS;
	err = rhashtable_init(&tn->flows, &params);
	if (err)
		return err;
	/* pairs with tcpka_table_made() */
	smp_store_release(&tn->tabled, true);
	return 0;
}

/**
 * tcpka_table_made() - whether a namespace has a table
 * @tn: the namespace
 *
 * Any context. Where it has not, it never had a flow.
 *
 * Return: true if it has, and the caller may look into it from now on.
 */
bool tcpka_table_made(const struct tcpka_net *tn)
{
	/* pairs with tcpka_table_make() */
	return smp_load_acquire(&tn->tabled);
}

/**
 * tcpka_table_exit() - free a namespace's table
 * @tn: the namespace; its table is empty, or was never made, and nobody can look
 *	into it
 */
void tcpka_table_exit(struct tcpka_net *tn)
{
	WARN_ON_ONCE(atomic_read(&tn->nflows));
	if (tcpka_table_made(tn))
		rhashtable_destroy(&tn->flows);
}

/**
 * tcpka_table_lookup() - find a flow by its key
 * @tn: the namespace, which has a table: see tcpka_table_make()
 * @key: normalised
 *
 * Return: the flow, without a reference, good under the caller's RCU read
 * lock; or NULL.
 */
struct tcpka_flow *tcpka_table_lookup(struct tcpka_net *tn,
				      const struct tcpka_tuple *key)
{
	const struct tcpka_lookup what = { .key = key, .secret = tn->secret };

	return rhashtable_lookup(&tn->flows, &what, tcpka_table_params);
}

/* Whether a flow gives way to others. Its lock is held. */
static bool tcpka_table_yields(const struct tcpka_flow *flow)
{
	return flow->extra && !list_empty(&flow->extra->yield);
}

static struct tcpka_flow *tcpka_table_oldest_yielding(struct tcpka_net *tn)
{
	struct tcpka_flow *flow = NULL;
	struct tcpka_extra *extra;

	spin_lock_bh(&tn->yield_lock);
	extra = list_first_entry_or_null(&tn->yield, struct tcpka_extra,
					 yield);
	if (extra && tcpka_flow_get(extra->flow))
		flow = extra->flow;
	spin_unlock_bh(&tn->yield_lock);
	return flow;
}

/* Makes room by what is worth least. */
static bool tcpka_table_evict(struct tcpka_net *tn)
{
	struct tcpka_flow *flow = tcpka_table_oldest_yielding(tn);
	bool done = false;

	if (!flow)
		return false;
	tcpka_flow_lock_bh(flow);
	if (flow->phase != TCPKA_GONE && tcpka_table_yields(flow)) {
		tcpka_count(tn, flow->policy, TCPKA_STAT_FLOWS_EVICTED);
		tcpka_flow_remove(flow);
		done = true;
	}
	spin_unlock_bh(&flow->lock);
	tcpka_flow_put(flow);
	return done;
}

/* Users have half of the sum, so that the machine's own always have the rest */
static u32 tcpka_table_cap_users(void)
{
	return tcpka_cap_flows_sum() / 2;
}

static bool tcpka_table_fits(struct tcpka_net *tn)
{
	bool user = tcpka_table_of_user(tn);

	if (atomic_inc_return(&tn->nflows) > READ_ONCE(tn->config.max_flows))
		goto undo;
	if (user && atomic_inc_return(&tcpka_table_users) >
		    tcpka_table_cap_users())
		goto undo_user;
	if (atomic_inc_return(&tcpka_table_sum) <= tcpka_cap_flows_sum())
		return true;
	atomic_dec(&tcpka_table_sum);

undo_user:
	if (user)
		atomic_dec(&tcpka_table_users);
undo:
	atomic_dec(&tn->nflows);
	return false;
}

/**
 * tcpka_table_charge() - count one more connection, if it may be
 * @tn: the namespace
 *
 * Any context but hard interrupt. Local sockets count as well. Where there is
 * no room, the oldest of the flows that yield is removed: the caller must not
 * hold the lock of any flow.
 *
 * Return: false at max-flows of the namespace or of the machine.
 */
bool tcpka_table_charge(struct tcpka_net *tn)
{
	return tcpka_table_fits(tn) ||
	       (tcpka_table_evict(tn) && tcpka_table_fits(tn));
}

/**
 * tcpka_table_room() - whether tcpka_table_charge() might succeed
 * @tn: the namespace
 *
 * Any context. A guess: nothing is charged.
 */
bool tcpka_table_room(struct tcpka_net *tn)
{
	/* what yields makes room under every limit */
	if (!list_empty(&tn->yield))
		return true;
	if (tcpka_table_of_user(tn) &&
	    atomic_read(&tcpka_table_users) >= tcpka_table_cap_users())
		return false;
	return atomic_read(&tn->nflows) < READ_ONCE(tn->config.max_flows) &&
	       atomic_read(&tcpka_table_sum) < tcpka_cap_flows_sum();
}

/**
 * tcpka_table_uncharge() - count one connection less
 * @tn: the namespace
 */
void tcpka_table_uncharge(struct tcpka_net *tn)
{
	atomic_dec(&tcpka_table_sum);
	if (tcpka_table_of_user(tn))
		atomic_dec(&tcpka_table_users);
	atomic_dec(&tn->nflows);
}

static noinline void tcpka_table_yield_list(struct tcpka_flow *flow, bool yes)
{
	struct tcpka_net *tn = flow->tn;

	spin_lock(&tn->yield_lock);
	if (!yes)
		list_del_init(&flow->extra->yield);
	else if (tcpka_table_yields(flow))
		list_move_tail(&flow->extra->yield, &tn->yield);
	else
		list_add_tail(&flow->extra->yield, &tn->yield);
	spin_unlock(&tn->yield_lock);
}

/**
 * tcpka_table_yield() - say whether a flow gives way where the table is full
 * @flow: the flow; its lock is held
 * @yes: it is half-open, a tombstone or offloaded
 */
void tcpka_table_yield(struct tcpka_flow *flow, bool yes)
{
	lockdep_assert_held(&flow->lock);
	/* most do not, and nothing changes: no frame on the stack for that */
	if (yes ? tcpka_flow_need(flow) : tcpka_table_yields(flow))
		tcpka_table_yield_list(flow, yes);
}

/**
 * tcpka_table_insert() - make a flow findable
 * @tn: the namespace
 * @flow: new; the table takes over the caller's reference
 *
 * Return: 0; -EEXIST if one with its key was faster; -ENOMEM, -E2BIG.
 */
int tcpka_table_insert(struct tcpka_net *tn, struct tcpka_flow *flow)
{
	const struct tcpka_lookup what = {
		.key = &flow->key, .secret = tn->secret,
	};

	return rhashtable_lookup_insert_key(&tn->flows, &what, &flow->node,
					    tcpka_table_params);
}

/**
 * tcpka_table_remove() - make a flow unfindable
 * @flow: in the table; its reference passes to the caller
 */
void tcpka_table_remove(struct tcpka_flow *flow)
{
	rhashtable_remove_fast(&flow->tn->flows, &flow->node,
			       tcpka_table_params);
}

/**
 * tcpka_table_walk_start() - begin a walk
 * @tn: the namespace
 * @iter: its position
 *
 * Takes the RCU read lock until tcpka_table_walk_stop() or _pause(). Where there
 * is no table yet, the walk sees nothing, even if one is made meanwhile.
 */
void tcpka_table_walk_start(struct tcpka_net *tn,
			    struct tcpka_table_iter *iter)
	__acquires(RCU)
{
	iter->restarts = 0;
	iter->yielded = UINT_MAX;
	iter->made = tcpka_table_made(tn);
	if (!iter->made) {
		rcu_read_lock();
		return;
	}
	rhashtable_walk_enter(&tn->flows, &iter->hti);
	rhashtable_walk_start(&iter->hti);
}

/**
 * tcpka_table_walk_next() - go on with a walk
 * @iter: its position
 *
 * Return: a flow or NULL at the end; see table.h.
 */
struct tcpka_flow *tcpka_table_walk_next(struct tcpka_table_iter *iter)
{
	struct tcpka_flow *flow;

	if (!iter->made)
		return NULL;
	/* -EAGAIN: the table was resized, the walk begins anew */
	while (IS_ERR(flow = rhashtable_walk_next(&iter->hti)))
		iter->restarts++;
	return flow;
}

/**
 * tcpka_table_walk_pause() - leave the RCU section of a walk, to sleep
 * @iter: its position
 */
void tcpka_table_walk_pause(struct tcpka_table_iter *iter)
	__releases(RCU)
{
	if (iter->made)
		rhashtable_walk_stop(&iter->hti);
	else
		rcu_read_unlock();
}

/**
 * tcpka_table_walk_resume() - go on after a pause
 * @iter: its position
 */
void tcpka_table_walk_resume(struct tcpka_table_iter *iter)
	__acquires(RCU)
{
	if (!iter->made)
		rcu_read_lock();
	else if (rhashtable_walk_start_check(&iter->hti) == -EAGAIN)
		iter->restarts++;
}

/**
 * tcpka_table_walk_yield() - let others run in a walk that must not miss a flow
 * @iter: its position
 *
 * rhashtable finds its place in a bucket again by counting, and passes over
 * as many as were removed before it. Here the bucket begins anew: its flows
 * come twice, which is for those who do nothing the second time. Not so a third
 * time: however many a bucket has, the walk comes to its end.
 */
void tcpka_table_walk_yield(struct tcpka_table_iter *iter)
{
	if (!iter->made || iter->yielded == iter->hti.slot)
		return;
	iter->yielded = iter->hti.slot;
	iter->hti.p = NULL;
	iter->hti.skip = 0;
	tcpka_table_walk_pause(iter);
	cond_resched();
	tcpka_table_walk_resume(iter);
}

/**
 * tcpka_table_walk_stop() - end a walk
 * @iter: its position
 */
void tcpka_table_walk_stop(struct tcpka_table_iter *iter)
	__releases(RCU)
{
	tcpka_table_walk_pause(iter);
	if (iter->made)
		rhashtable_walk_exit(&iter->hti);
}
