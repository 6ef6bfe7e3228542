// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - takes up the connections that conntrack knows already
 *
 * When policies have changed, those of conntrack's table that none of our
 * hooks has seen become flows: one that never sends another segment is probed
 * and ended like any other. Conntrack knows who opened it and, but for
 * timestamps, its numbers; these are no more than what to ask with, and each
 * end is asked before anything else is sent in the other's name.
 *
 * It knows neither devices nor VRF nor mark. Where an end lives is a question
 * to the routes; a connection is adopted only if they forward it one way, and
 * back the same way. What a transparent proxy on this machine takes looks like
 * one that is: but there is a socket for it. Any other is taken up by its next
 * payload, as without conntrack. Nor does it know when a segment was last seen:
 * the timeout that is left of it depends on what that segment was. All clocks
 * count from now, as those of a policy that has just come into force would
 * anyway.
 *
 * All this is a part of the re-match, which thus never misses a flow that was
 * adopted, and has nf_conntrack pinned.
 */

#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <net/inet_hashtables.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "adopt.h"
#include "clock.h"
#include "conntrack.h"
#include "flow.h"
#include "fsm.h"
#include "policy.h"
#include "segment.h"
#include "stats.h"
#include "table.h"
#include "trace.h"

/* Entries handled before others may run. */
#define TCPKA_ADOPT_BATCH	64

/* VRFs in which a connection is looked for; where there are more, in none. */
#define TCPKA_ADOPT_VRFS	64

/**
 * struct tcpka_adoption - one walk through conntrack's table
 * @tn: the namespace
 * @bag: what was found and is still to be looked at
 * @n: how many there are in @vrf
 * @vrf: index of each VRF's device, and 0 for no VRF
 */
struct tcpka_adoption {
	struct tcpka_net *tn;
	struct tcpka_ct_bag bag;
	unsigned int n;
	u32 vrf[TCPKA_ADOPT_VRFS + 1];
};

static bool tcpka_adopt_vrfs(struct tcpka_adoption *run)
{
	struct net_device *dev;

	run->n = 1;
	run->vrf[0] = 0;
	rcu_read_lock();
	for_each_netdev_rcu(run->tn->net, dev) {
		if (!netif_is_l3_master(dev))
			continue;
		if (run->n < ARRAY_SIZE(run->vrf))
			run->vrf[run->n] = dev->ifindex;
		run->n++;
	}
	rcu_read_unlock();
	return run->n <= ARRAY_SIZE(run->vrf);
}

/* Index of the device towards an address, 0 where it is none of another's. */
static int tcpka_adopt_toward_ipv4(struct net *net, u32 vrf, __be32 addr)
{
	struct flowi4 fl4 = {
		.flowi4_oif	= vrf,
		.flowi4_proto	= IPPROTO_TCP,
		.daddr		= addr,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);
	int dev = 0;

	if (IS_ERR(rt))
		return 0;
	if (rt->rt_type == RTN_UNICAST)
		dev = rt->dst.dev->ifindex;
	ip_rt_put(rt);
	return dev;
}

static int tcpka_adopt_toward_ipv6(struct net *net, u32 vrf,
				   const struct in6_addr *addr)
{
	struct flowi6 fl6 = {
		.flowi6_oif	= vrf,
		.flowi6_proto	= IPPROTO_TCP,
		.daddr		= *addr,
	};
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);
	int dev = 0;

	if (!dst->error &&
	    !(dst_rt6_info(dst)->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST)))
		dev = dst->dev->ifindex;
	dst_release(dst);
	return dev;
}

static int tcpka_adopt_toward(const struct tcpka_flow *flow, u32 vrf,
			      unsigned int i)
{
	const union nf_inet_addr *addr = &flow->key.addr[i];
	struct net *net = flow->tn->net;

	return flow->key.family == AF_INET ?
	       tcpka_adopt_toward_ipv4(net, vrf, addr->ip) :
	       tcpka_adopt_toward_ipv6(net, vrf, &addr->in6);
}

static bool tcpka_adopt_in_vrf(struct net *net, int ifindex, u32 vrf)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);

	return dev && l3mdev_master_ifindex_rcu(dev) == vrf;
}

/*
 * Whether this machine forwards a connection within a VRF, one way and back
 * the same way. Neither end is its own then. One that leaves by the device
 * through which it came may as well be bridged.
 */
static bool tcpka_adopt_forwarded(struct tcpka_flow *flow, u32 vrf)
{
	struct net *net = flow->tn->net;
	unsigned int ini = flow->initiator;
	int iif, oif;

	iif = tcpka_adopt_toward(flow, vrf, ini);
	if (!iif || !tcpka_adopt_in_vrf(net, iif, vrf))
		return false;
	flow->end[ini].iif = iif;
	oif = tcpka_segment_way(flow, ini);
	if (!oif || oif == iif || !tcpka_adopt_in_vrf(net, oif, vrf))
		return false;
	flow->end[!ini].iif = oif;
	return tcpka_segment_way(flow, !ini) == iif;
}

/*
 * In which VRF a connection is, and by which devices it comes and goes. Where
 * it may be in more than one, nobody can say. Masquerading gives up an entry
 * whose segments leave by another device than its first (nf_nat_oif_changed()).
 */
static bool tcpka_adopt_place(const struct tcpka_adoption *run,
			      struct tcpka_flow *flow, struct nf_conn *ct)
{
	unsigned int ini = flow->initiator;
	int masq = tcpka_conntrack_masq(ct);
	unsigned int found = 0;
	unsigned int i;

	for (i = 0; i < run->n; i++) {
		if (!tcpka_adopt_forwarded(flow, run->vrf[i]))
			continue;
		if (found++)
			return false;
		flow->key.l3mdev = run->vrf[i];
		flow->iif = flow->end[ini].iif;
		flow->oif = flow->end[!ini].iif;
	}
	flow->end[ini].iif = flow->iif;
	flow->end[!ini].iif = flow->oif;
	return found && (!masq || masq == flow->oif);
}

/*
 * Whether segments of an end reach a socket of this machine, whatever the
 * routes say of those without the mark that leads them there (TPROXY).
 */
static bool tcpka_adopt_taken(const struct tcpka_flow *flow, unsigned int from)
{
	const struct tcpka_tuple *key = &flow->key;
	u16 port = ntohs(key->port[!from]);
	struct net *net = flow->tn->net;
	struct sock *sk;

	if (key->family == AF_INET)
		sk = tcpka_lookup_ipv4(net, key->addr[from].ip, key->port[from],
				       key->addr[!from].ip, port,
				       flow->end[from].iif, key->l3mdev);
	else
		sk = tcpka_lookup_ipv6(net, &key->addr[from].in6,
				       key->port[from], &key->addr[!from].in6,
				       port, flow->end[from].iif, key->l3mdev);
	if (!sk)
		return false;
	sock_gen_put(sk);
	return true;
}

static bool tcpka_adopt_known(const struct tcpka_adoption *run,
			      const struct tcpka_tuple *key)
{
	struct tcpka_tuple in = *key;
	unsigned int i;

	for (i = 0; i < run->n; i++) {
		in.l3mdev = run->vrf[i];
		if (tcpka_table_lookup(run->tn, &in))
			return true;
	}
	return false;
}

static void tcpka_adopt_fill(struct tcpka_flow *flow, u8 orig)
{
	u32 now = tcpka_now();
	unsigned int i;

	flow->picked = 1;
	flow->adopted = 1;
	flow->initiator = orig;
	flow->created = now;
	flow->data = now;
	flow->stir = now;
	flow->half = now;
	for (i = 0; i < 2; i++) {
		flow->end[i].seen = now;
		flow->end[i].ttl = IPDEFTTL;
	}
}

/* Under RCU, with BH off. */
static int tcpka_adopt_insert(struct tcpka_flow *flow, struct nf_conn *ct,
			      struct tcpka_policy *policy)
{
	struct tcpka_net *tn = flow->tn;
	int err;

	if (!tcpka_table_charge(tn))
		return -ENOSPC;
	tcpka_flow_lock(flow);
	err = tcpka_flow_insert(flow, policy);
	/* it is assured: it does not give way to others */
	if (!err)
		tcpka_conntrack_adopt(flow, ct, flow->initiator, tcpka_now());
	spin_unlock(&flow->lock);
	if (err)
		tcpka_table_uncharge(tn);
	return err;
}

static void tcpka_adopt_refused(struct tcpka_net *tn,
				const struct tcpka_policy *policy,
				const struct tcpka_tuple *key, int err)
{
	/* its next payload was faster */
	if (err == -EEXIST)
		return;
	tcpka_count(tn, policy, TCPKA_STAT_FLOWS_REFUSED);
	trace_tcpka_refused(key, err);
}

/* One entry. Under RCU, with BH off. */
static void tcpka_adopt_entry(const struct tcpka_adoption *run,
			      struct nf_conn *ct)
{
	struct tcpka_policy *policy = NULL;
	struct tcpka_subject subject;
	struct tcpka_tuple key;
	struct tcpka_flow *flow;
	int err = 0;
	u8 orig;

	if (!tcpka_conntrack_key(ct, &key, &orig) ||
	    tcpka_adopt_known(run, &key))
		return;
	flow = tcpka_flow_alloc(run->tn, &key);
	if (!flow) {
		tcpka_adopt_refused(run->tn, NULL, &key, -ENOMEM);
		return;
	}
	tcpka_adopt_fill(flow, orig);
	if (tcpka_conntrack_tell(ct, orig, flow) &&
	    tcpka_adopt_place(run, flow, ct) &&
	    !tcpka_adopt_taken(flow, 0) && !tcpka_adopt_taken(flow, 1)) {
		WRITE_ONCE(flow->state, tcpka_fsm_state(flow));
		flow->midstream = flow->end[0].seq.stale ||
				  flow->end[1].seq.stale;
		tcpka_flow_subject(flow, &subject);
		policy = tcpka_policy_find(run->tn, &subject, NULL);
	}
	if (policy)
		err = tcpka_adopt_insert(flow, ct, policy);
	if (err)
		tcpka_adopt_refused(run->tn, policy, &flow->key, err);
	if (!policy || err)
		tcpka_flow_put(flow);
	if (policy)
		tcpka_policy_put(policy);
}

static void tcpka_adopt_all(struct tcpka_adoption *run)
{
	struct nf_conn *ct;
	unsigned int n = 0;

	while ((ct = tcpka_conntrack_next(&run->bag))) {
		/*
		 * The rules have changed again: the next run does the rest. Or
		 * the namespace goes: looked at under RCU, its devices are there
		 * until this one is through.
		 */
		rcu_read_lock();
		local_bh_disable();
		if (!work_pending(&run->tn->rematch))
			tcpka_adopt_entry(run, ct);
		local_bh_enable();
		rcu_read_unlock();
		tcpka_conntrack_put(ct);
		if (!(++n % TCPKA_ADOPT_BATCH))
			cond_resched();
	}
}

/**
 * tcpka_adopt() - take up the connections that conntrack knows already
 * @tn: the namespace; called by its re-match, and nowhere else
 *
 * Does nothing where pickup is switched off or nf_conntrack is not there, and
 * gives up where the rules change once more. Sleeps.
 */
void tcpka_adopt(struct tcpka_net *tn)
{
	struct tcpka_adoption *run;
	struct tcpka_rules *rules;
	bool forward;

	rcu_read_lock();
	rules = rcu_dereference(tn->rules);
	forward = rules && rules->forward;
	rcu_read_unlock();
	/* if not yet, the run comes that this change of the rules has queued */
	if (!forward || !tcpka_table_made(tn) || !READ_ONCE(tn->config.pickup))
		return;
	run = kzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return;
	run->tn = tn;
	if (tcpka_adopt_vrfs(run)) {
		tcpka_conntrack_collect(&run->bag, tn);
		tcpka_adopt_all(run);
	}
	kfree(run);
}
