// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - policies: a namespace's snapshot of rules, and matching
 *
 * A snapshot never changes: every change of policies builds another and swaps
 * the pointer.  Whoever reads, under RCU, sees the policies of before or of
 * after, never a mixture.
 *
 * A snapshot has a reference on each of its policies and gives them back
 * after a grace period, so a policy found in a snapshot under RCU can be
 * referenced without a check.  A policy whose last reference is gone waits
 * for another one: hooks count in its counters under RCU alone.
 */

#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "match.h"
#include "owner.h"
#include "policy.h"
#include "reach.h"
#include "stats.h"

/* A device may be renamed at any time: names are compared, not indices. */
static bool tcpka_match_device(const char *name, int ifindex, struct net *net)
{
	struct net_device *dev;
	bool same;

	if (!ifindex)
		return false;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	same = dev && !strncmp(dev->name, name, IFNAMSIZ);
	rcu_read_unlock();
	return same;
}

static bool tcpka_match_devices(const struct tcpka_match *match,
				const struct tcpka_subject *subject,
				struct net *net)
{
	return (!*match->iif ||
		tcpka_match_device(match->iif, subject->iif, net)) &&
	       (!*match->oif ||
		tcpka_match_device(match->oif, subject->oif, net));
}

static bool tcpka_match_all(const struct tcpka_match *match,
			    const struct tcpka_subject *subject,
			    struct net *net, char *path, bool *cached)
{
	return tcpka_match_words(match, subject) &&
	       (!*match->cgroup ||
		tcpka_match_cgroup(match, subject, path, cached)) &&
	       tcpka_match_devices(match, subject, net);
}

/**
 * tcpka_match() - whether a connection is matched
 * @match: the words
 * @subject: the connection
 * @net: its namespace
 *
 * Any context but hard interrupt.
 *
 * Return: true if it is.
 */
bool tcpka_match(const struct tcpka_match *match,
		 const struct tcpka_subject *subject, struct net *net)
{
	char path[TCPKA_CGROUP_LEN];
	bool cached = false;

	return tcpka_match_all(match, subject, net, path, &cached);
}

/*
 * The first policy that matches, without a reference; under RCU. A routed connection
 * has no cgroup, nor has what rules it, and it needs no @path.
 */
static struct tcpka_policy *tcpka_rules_find(const struct tcpka_rules *rules,
					     const struct tcpka_subject *subject,
					     struct net *net, char *path)
{
	bool cached = false;
	unsigned int i;

	for (i = 0; i < rules->n; i++)
		if (tcpka_match_all(&rules->policy[i]->match, subject, net,
				    path, &cached))
			return rules->policy[i];
	return NULL;
}

/* Out of the way of those: what is on the stack is cleared each time. */
static noinline struct tcpka_policy *
tcpka_rules_find_local(const struct tcpka_rules *rules,
		       const struct tcpka_subject *subject, struct net *net)
{
	char path[TCPKA_CGROUP_LEN];

	return tcpka_rules_find(rules, subject, net, path);
}

/**
 * tcpka_policy_find() - the policy that rules a connection
 * @tn: the namespace
 * @subject: the connection
 * @gen: gets the generation of the rules that were asked, 0 for no rules; or
 *	NULL
 *
 * Any context but hard interrupt.
 *
 * Return: the first policy that matches, with a reference for the caller; or
 * NULL.
 */
struct tcpka_policy *tcpka_policy_find(struct tcpka_net *tn,
				       const struct tcpka_subject *subject,
				       u32 *gen)
{
	struct tcpka_policy *found = NULL;
	struct tcpka_rules *rules;

	rcu_read_lock();
	rules = rcu_dereference(tn->rules);
	if (gen)
		*gen = rules ? rules->gen : 0;
	if (!rules)
		;
	else if (subject->kind == TCPKA_KIND_FORWARD)
		found = tcpka_rules_find(rules, subject, tn->net, NULL);
	else
		found = tcpka_rules_find_local(rules, subject, tn->net);
	if (found)
		tcpka_policy_get(found);
	rcu_read_unlock();
	return found;
}

/**
 * tcpka_policy_alloc() - make a policy
 *
 * Process context. Everything but its counters is the caller's to fill.
 *
 * Return: the policy, with one reference; or NULL.
 */
struct tcpka_policy *tcpka_policy_alloc(void)
{
	struct tcpka_policy *policy = kzalloc(sizeof(*policy),
					      GFP_KERNEL_ACCOUNT);

	if (!policy)
		return NULL;
	policy->stats = tcpka_stats_alloc();
	if (!policy->stats) {
		kfree(policy);
		return NULL;
	}
	policy->since = ktime_to_ms(ktime_get_coarse());
	refcount_set(&policy->ref, 1);
	return policy;
}

/**
 * tcpka_policy_age() - for how long a policy of that name has been in force
 * @policy: the policy
 *
 * Return: in ms, never too many.
 */
u64 tcpka_policy_age(const struct tcpka_policy *policy)
{
	return ktime_to_ms(ktime_get_coarse()) - policy->since;
}

/**
 * tcpka_policy_get() - take a reference
 * @policy: the policy, to which the caller has a reference, or which it found
 *	in a snapshot under RCU
 *
 * Return: @policy.
 */
struct tcpka_policy *tcpka_policy_get(struct tcpka_policy *policy)
{
	refcount_inc(&policy->ref);
	return policy;
}

static void tcpka_policy_free_rcu(struct rcu_head *rcu)
{
	struct tcpka_policy *policy = container_of(rcu, struct tcpka_policy,
						   rcu);

	tcpka_stats_put(policy->stats);
	kfree(policy);
}

/**
 * tcpka_policy_put() - give a reference back
 * @policy: the policy
 *
 * Any context but hard interrupt. The last one frees it after a grace period.
 */
void tcpka_policy_put(struct tcpka_policy *policy)
{
	if (refcount_dec_and_test(&policy->ref))
		call_rcu(&policy->rcu, tcpka_policy_free_rcu);
}

static struct tcpka_rules *tcpka_rules_now(struct tcpka_net *tn)
{
	return rcu_dereference_protected(tn->rules,
					 lockdep_is_held(&tn->lock));
}

/**
 * tcpka_policy_lookup() - find a policy by its name
 * @tn: the namespace; its lock is held
 * @name: the name
 *
 * Return: the policy, without a reference, good as long as the lock is held;
 * or NULL.
 */
struct tcpka_policy *tcpka_policy_lookup(struct tcpka_net *tn,
					 const char *name)
{
	struct tcpka_rules *rules = tcpka_rules_now(tn);
	unsigned int i;

	for (i = 0; rules && i < rules->n; i++)
		if (!strcmp(rules->policy[i]->name, name))
			return rules->policy[i];
	return NULL;
}

/**
 * tcpka_policy_cmp() - the order in which policies are tried
 * @a: a policy
 * @b: another
 *
 * Return: less than 0 if @a is tried first, more if @b is, 0 if they have
 * priority and name in common.
 */
int tcpka_policy_cmp(const struct tcpka_policy *a,
		     const struct tcpka_policy *b)
{
	if (a->prio != b->prio)
		return a->prio < b->prio ? -1 : 1;
	return strcmp(a->name, b->name);
}

/**
 * tcpka_policy_same_timers() - whether two policies have the same settings
 * @a: a policy
 * @b: another
 */
bool tcpka_policy_same_timers(const struct tcpka_policy *a,
			      const struct tcpka_policy *b)
{
	const struct tcpka_timers *s = &a->t;
	const struct tcpka_timers *t = &b->t;

	return s->keepalive == t->keepalive && s->intvl == t->intvl &&
	       s->idle == t->idle && s->max_age == t->max_age &&
	       s->half_open == t->half_open &&
	       s->half_closed == t->half_closed &&
	       s->time_wait == t->time_wait &&
	       s->probes == t->probes && s->action == t->action &&
	       s->dead == t->dead && s->override == t->override;
}

static int tcpka_rules_cmp(const void *a, const void *b)
{
	return tcpka_policy_cmp(*(const struct tcpka_policy **)a,
				*(const struct tcpka_policy **)b);
}

static struct tcpka_rules *tcpka_rules_alloc(unsigned int n)
{
	struct tcpka_rules *rules;

	rules = kvzalloc(struct_size(rules, policy, n), GFP_KERNEL_ACCOUNT);
	if (!rules)
		return NULL;
	tcpka_reach_init(rules->reach);
	return rules;
}

/*
 * Appends a policy and notes what it makes necessary. A local socket has no
 * devices: a policy that names one never rules it.
 */
static void tcpka_rules_append(struct tcpka_rules *rules,
			       struct tcpka_policy *policy)
{
	const struct tcpka_match *match = &policy->match;

	rules->policy[rules->n++] = policy;
	tcpka_reach_add(rules->reach, match);
	if (match->kind != TCPKA_KIND_LOCAL)
		rules->forward = true;
	if (match->kind != TCPKA_KIND_FORWARD && !*match->iif && !*match->oif)
		rules->local = true;
}

/* A policy goes on with counters and clock of the one that it replaces. */
static void tcpka_policy_succeed(struct tcpka_net *tn,
				 struct tcpka_policy *policy)
{
	struct tcpka_policy *old = tcpka_policy_lookup(tn, policy->name);

	if (!old || old->stats == policy->stats)
		return;
	policy->since = old->since;
	tcpka_stats_put(policy->stats);
	policy->stats = tcpka_stats_get(old->stats);
}

/* The policies in force but that of @name, and @policy in its place. */
static struct tcpka_rules *tcpka_rules_derive(struct tcpka_net *tn,
					      const char *name,
					      struct tcpka_policy *policy)
{
	struct tcpka_rules *old = tcpka_rules_now(tn);
	unsigned int n = old ? old->n : 0;
	struct tcpka_rules *rules;
	unsigned int i;

	rules = tcpka_rules_alloc(n + 1);
	if (!rules)
		return NULL;
	for (i = 0; i < n; i++) {
		if (!strcmp(old->policy[i]->name, name))
			continue;
		if (policy && tcpka_policy_cmp(policy, old->policy[i]) < 0) {
			tcpka_rules_append(rules, policy);
			policy = NULL;
		}
		tcpka_rules_append(rules, tcpka_policy_get(old->policy[i]));
	}
	if (policy)
		tcpka_rules_append(rules, policy);
	return rules;
}

/**
 * tcpka_rules_with() - the policies in force and one more
 * @tn: the namespace; its lock is held
 * @policy: takes the place of the one of its name, if there is one, and goes
 *	on with its counters
 *
 * Return: a snapshot that is not yet in force, to which the caller's
 * reference on @policy has passed; or NULL without memory, and the reference
 * is the caller's still.
 */
struct tcpka_rules *tcpka_rules_with(struct tcpka_net *tn,
				     struct tcpka_policy *policy)
{
	struct tcpka_rules *rules = tcpka_rules_derive(tn, policy->name,
						       policy);

	if (rules)
		tcpka_policy_succeed(tn, policy);
	return rules;
}

/**
 * tcpka_rules_without() - the policies in force but one
 * @tn: the namespace; its lock is held
 * @name: of the one
 *
 * Return: a snapshot that is not yet in force, and may be empty; or NULL
 * without memory.
 */
struct tcpka_rules *tcpka_rules_without(struct tcpka_net *tn,
					const char *name)
{
	return tcpka_rules_derive(tn, name, NULL);
}

/**
 * tcpka_rules_of() - a set of policies that replaces all others
 * @tn: the namespace; its lock is held
 * @policy: the policies, no two of one name, in any order; those that have a
 *	namesake in force go on with its counters
 * @n: how many
 *
 * Return: a snapshot that is not yet in force, to which the caller's
 * references have passed; or NULL without memory, and they are the caller's
 * still.
 */
struct tcpka_rules *tcpka_rules_of(struct tcpka_net *tn,
				   struct tcpka_policy **policy,
				   unsigned int n)
{
	struct tcpka_rules *rules = tcpka_rules_alloc(n);
	unsigned int i;

	if (!rules)
		return NULL;
	for (i = 0; i < n; i++) {
		tcpka_policy_succeed(tn, policy[i]);
		tcpka_rules_append(rules, policy[i]);
	}
	sort(rules->policy, n, sizeof(*rules->policy), tcpka_rules_cmp, NULL);
	return rules;
}

static void tcpka_rules_free_rcu(struct rcu_head *rcu)
{
	tcpka_rules_free(container_of(rcu, struct tcpka_rules, rcu));
}

/**
 * tcpka_rules_publish() - put a snapshot into force
 * @tn: the namespace; its lock is held
 * @rules: the snapshot, taken over; NULL or an empty one for no policies
 *
 * Readers may use the former one until the end of a grace period.
 */
void tcpka_rules_publish(struct tcpka_net *tn, struct tcpka_rules *rules)
{
	if (rules && !rules->n) {
		tcpka_rules_free(rules);
		rules = NULL;
	}
	/* 0 is the generation of no rules */
	if (!++tn->gen)
		tn->gen = 1;
	if (rules) {
		const struct tcpka_rules *old = tcpka_rules_now(tn);

		rules->gen = tn->gen;
		if (atomic_read(&tn->nflows))
			tcpka_reach_keep(rules->reach, old ? old->reach : NULL);
	}
	rules = rcu_replace_pointer(tn->rules, rules,
				    lockdep_is_held(&tn->lock));
	if (rules)
		call_rcu(&rules->rcu, tcpka_rules_free_rcu);
}

/**
 * tcpka_rules_free() - free a snapshot that nobody can see
 * @rules: the snapshot, or NULL; its references on policies are given back
 *
 * Any context but hard interrupt.
 */
void tcpka_rules_free(struct tcpka_rules *rules)
{
	unsigned int i;

	if (!rules)
		return;
	for (i = 0; i < rules->n; i++)
		tcpka_policy_put(rules->policy[i]);
	kvfree(rules);
}
