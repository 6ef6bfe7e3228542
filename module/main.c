// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - idle timers, keepalive probes and policy-driven closing of TCP
 * connections
 *
 * The init ladder and its exact mirror, and what holds a namespace together.
 */

#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "act.h"
#include "adopt.h"
#include "clock.h"
#include "conntrack.h"
#include "core.h"
#include "event.h"
#include "flow.h"
#include "hook_forward.h"
#include "hook_socket.h"
#include "pace.h"
#include "policy.h"
#include "socket.h"
#include "stats.h"
#include "table.h"
#include "wheel.h"

#define TCPKA_DEFAULT_MAX_FLOWS		1048576
/* Of a namespace that a user has made: nobody pays for its flows. */
#define TCPKA_USER_MAX_FLOWS		16384
#define TCPKA_DEFAULT_PROBE_RATE	10000
#define TCPKA_DEFAULT_LINGER_MS		60000
#define TCPKA_DEFAULT_FIN_WAIT_MS	60000
#define TCPKA_DEFAULT_FIN_QUIET_MS	10000

/* Flows looked at before others may run. */
#define TCPKA_WALK_BATCH		64

static unsigned int max_flows = 16777216;
module_param(max_flows, uint, 0644);
MODULE_PARM_DESC(max_flows, "Most connections a namespace may ask for");

static unsigned int max_flows_sum;
module_param(max_flows_sum, uint, 0644);
MODULE_PARM_DESC(max_flows_sum,
		 "Most connections of all namespaces together (default 0: what an eighth of the memory holds)");

static unsigned int probe_rate = 1000000;
module_param(probe_rate, uint, 0644);
MODULE_PARM_DESC(probe_rate, "Most probes a second a namespace may ask for");

static unsigned int probe_rate_sum = 2000000;
module_param(probe_rate_sum, uint, 0644);
MODULE_PARM_DESC(probe_rate_sum, "Most probes a second of all namespaces");

struct workqueue_struct *tcpka_wq;

static unsigned int tcpka_net_id;

/* How many flows an eighth of the memory holds. */
static u32 tcpka_memory_flows __read_mostly;

/**
 * tcpka_cap_flows() - most flows that a namespace may ask for
 */
u32 tcpka_cap_flows(void)
{
	return min_t(u32, READ_ONCE(max_flows), INT_MAX);
}

/**
 * tcpka_cap_flows_sum() - most flows of all namespaces together
 */
u32 tcpka_cap_flows_sum(void)
{
	u32 cap = READ_ONCE(max_flows_sum) ? : tcpka_memory_flows;

	return min_t(u32, cap, INT_MAX);
}

/**
 * tcpka_cap_rate() - most probes a second that a namespace may ask for
 */
u32 tcpka_cap_rate(void)
{
	return max_t(u32, READ_ONCE(probe_rate), 1);
}

/**
 * tcpka_cap_rate_sum() - most probes a second of all namespaces together
 */
u32 tcpka_cap_rate_sum(void)
{
	return max_t(u32, READ_ONCE(probe_rate_sum), 1);
}

/**
 * tcpka_pernet() - what a namespace has of tcpka
 * @net: the namespace
 */
struct tcpka_net *tcpka_pernet(struct net *net)
{
	return net_generic(net, tcpka_net_id);
}

static void tcpka_net_rematch(struct work_struct *work)
{
	struct tcpka_net *tn = container_of(work, struct tcpka_net, rematch);
	bool rules = rcu_access_pointer(tn->rules);
	struct tcpka_table_iter iter;
	struct tcpka_flow *flow;
	unsigned int n = 0;

	/* a hook that still saw the old rules has inserted its flow by then */
	synchronize_rcu();
	tcpka_table_walk_start(tn, &iter);
	while ((flow = tcpka_table_walk_next(&iter))) {
		tcpka_act_rematch(flow);
		if (!(++n % TCPKA_WALK_BATCH))
			tcpka_table_walk_yield(&iter);
	}
	tcpka_table_walk_stop(&iter);
	if (rules) {
		tcpka_adopt(tn);
		return;
	}
	mutex_lock(&tn->lock);
	/*
	 * None of the flows is left that may have had references, unless rules
	 * came and went meanwhile: then this work is queued again.
	 */
	if (!rcu_access_pointer(tn->rules) && !work_pending(&tn->rematch))
		tcpka_conntrack_unpin(tn);
	mutex_unlock(&tn->lock);
}

static int tcpka_net_hook_answers(struct tcpka_net *tn)
{
	int err = 0;

	lockdep_assert_held(&tn->lock);
	if (!tn->speaks)
		err = tcpka_hook_answer_register(tn);
	if (err)
		return err;
	tn->spoke = true;
	WRITE_ONCE(tn->speaks, true);
	return 0;
}

/* Where it fails it is tried again with the next turn that is asked for. */
static void tcpka_net_speak(struct work_struct *work)
{
	struct tcpka_net *tn = container_of(work, struct tcpka_net, speak);
	int err = 0;

	mutex_lock(&tn->lock);
	if (tn->hooked)
		err = tcpka_net_hook_answers(tn);
	mutex_unlock(&tn->lock);
	if (err)
		pr_warn_ratelimited("tcpka: cannot hook answers (%d): no connection is probed or ended until then\n",
				    err);
}

/**
 * tcpka_net_speaks() - whether segments may be sent in the name of ends
 * @tn: the namespace
 *
 * Not before their answers and the ICMP errors that they may cause are looked
 * for, which costs each packet something, those of local programs, too: so that
 * begins when it is first asked for, and ends with the last policy for routed
 * connections. Any context.
 *
 * Return: false if not yet; soon after they may.
 */
bool tcpka_net_speaks(struct tcpka_net *tn)
{
	if (likely(READ_ONCE(tn->speaks)))
		return true;
	queue_work(tcpka_wq, &tn->speak);
	return false;
}

static void tcpka_net_unhook(struct tcpka_net *tn)
{
	if (tn->hooked)
		tcpka_hook_forward_unregister(tn);
	WRITE_ONCE(tn->hooked, false);
	if (tn->speaks)
		tcpka_hook_answer_unregister(tn);
	WRITE_ONCE(tn->speaks, false);
}

/*
 * What is left of the policies before, if they went a moment ago, has been spoken
 * to already, and may be answered by the hooks themselves.
 */
static int tcpka_net_hook(struct tcpka_net *tn)
{
	int err = tcpka_table_make(tn);

	if (!err && tn->spoke && atomic_read(&tn->nflows))
		err = tcpka_net_hook_answers(tn);
	if (!err)
		err = tcpka_hook_forward_register(tn);
	WRITE_ONCE(tn->hooked, !err);
	if (err)
		tcpka_net_unhook(tn);
	return err;
}

/**
 * tcpka_net_set_rules() - put a set of policies into force
 * @tn: the namespace; its lock is held
 * @rules: the set, taken over in either case; NULL for none
 * @extack: for a message
 *
 * Connections known already are matched again soon after. Sleeps.
 *
 * Return: 0; -ENETDOWN if the namespace is going, or why the hooks could not
 * be registered: nothing has changed then.
 */
int tcpka_net_set_rules(struct tcpka_net *tn, struct tcpka_rules *rules,
			struct netlink_ext_ack *extack)
{
	bool forward = rules && rules->forward;
	bool local = rules && rules->local;
	int err = 0;

	lockdep_assert_held(&tn->lock);
	if (tn->exiting) {
		NL_SET_ERR_MSG(extack, "the network namespace is going away");
		err = -ENETDOWN;
	} else if (forward && !tn->hooked) {
		err = tcpka_net_hook(tn);
		if (err)
			NL_SET_ERR_MSG(extack,
				       "cannot begin to look at routed connections");
	}
	if (err) {
		tcpka_rules_free(rules);
		return err;
	}
	if (forward)
		tcpka_conntrack_pin(tn);
	tcpka_rules_publish(tn, rules);
	if (!forward)
		tcpka_net_unhook(tn);
	queue_work(tcpka_wq, &tn->rematch);
	tcpka_socks_rules_changed(tn, local);
	return 0;
}

static void tcpka_net_config_init(struct tcpka_net *tn)
{
	struct tcpka_config *config = &tn->config;
	bool user = tn->net->user_ns != &init_user_ns;

	config->max_flows = min_t(u32, user ? TCPKA_USER_MAX_FLOWS :
					      TCPKA_DEFAULT_MAX_FLOWS,
				  tcpka_cap_flows());
	config->probe_rate = min_t(u32, TCPKA_DEFAULT_PROBE_RATE,
				   tcpka_cap_rate());
	config->pickup = true;
	config->linger_ms = TCPKA_DEFAULT_LINGER_MS;
	config->linger = tcpka_ticks(config->linger_ms);
	config->fin_wait_ms = TCPKA_DEFAULT_FIN_WAIT_MS;
	config->fin_wait = tcpka_ticks(config->fin_wait_ms);
	config->fin_quiet_ms = TCPKA_DEFAULT_FIN_QUIET_MS;
	config->fin_quiet = tcpka_ticks(config->fin_quiet_ms);
}

static int __net_init tcpka_net_init(struct net *net)
{
	struct tcpka_net *tn = tcpka_pernet(net);
	int err;

	tn->net = net;
	mutex_init(&tn->lock);
	INIT_WORK(&tn->rematch, tcpka_net_rematch);
	INIT_WORK(&tn->speak, tcpka_net_speak);
	tcpka_conntrack_init(tn);
	tcpka_net_config_init(tn);
	tcpka_pace_init(&tn->pace);
	tcpka_wheel_init(&tn->wheel, tcpka_act_fire);
	tn->stats = tcpka_stats_alloc();
	if (!tn->stats)
		return -ENOMEM;
	tcpka_table_init(tn);
	err = tcpka_socks_init(tn);
	if (err)
		tcpka_stats_put(tn->stats);
	return err;
}

/*
 * Phase one, before a grace period: nothing begins any more. No policy is
 * accepted, no hook called anew, no reference kept that would hold up others.
 */
static void __net_exit tcpka_net_pre_exit(struct net *net)
{
	struct tcpka_net *tn = tcpka_pernet(net);

	mutex_lock(&tn->lock);
	tcpka_net_set_rules(tn, NULL, NULL);
	WRITE_ONCE(tn->exiting, true);
	mutex_unlock(&tn->lock);
}

/*
 * Phase two, after it: hooks run no more. The re-match, which found no rules,
 * has removed every flow when it is done, and the wheel finds none. One grace
 * period is for all namespaces that go together: one each would hold up those
 * that others make and remove.
 */
static void __net_exit tcpka_net_exit(struct list_head *nets)
{
	unsigned long until = tcpka_socks_patience();
	struct tcpka_socks *socks = NULL;
	struct tcpka_net *tn;
	struct net *net;

	list_for_each_entry(net, nets, exit_list) {
		tn = tcpka_pernet(net);
		cancel_work_sync(&tn->ct_pin);
		flush_work(&tn->rematch);
		tcpka_wheel_stop(&tn->wheel);
		/* ORDER: the wheel, and requests, which are over, queue it */
		cancel_work_sync(&tn->speak);
		socks = tcpka_socks_stop(tn, until, socks);
	}
	synchronize_rcu();
	tcpka_socks_exit(socks);
	list_for_each_entry(net, nets, exit_list) {
		tn = tcpka_pernet(net);
		tcpka_table_exit(tn);
		tcpka_stats_put(tn->stats);
	}
}

static struct pernet_operations tcpka_net_ops = {
	.init		= tcpka_net_init,
	.pre_exit	= tcpka_net_pre_exit,
	.exit_batch	= tcpka_net_exit,
	.id		= &tcpka_net_id,
	.size		= sizeof(struct tcpka_net),
};

static int __init tcpka_init(void)
{
	int err;

	tcpka_memory_flows = min_t(u64, INT_MAX,
				   div_u64((u64)totalram_pages() << PAGE_SHIFT,
					   8 * (sizeof(struct tcpka_flow) +
						sizeof(struct tcpka_extra))));
	err = tcpka_flow_cache_init();
	if (err)
		return err;
	tcpka_wq = alloc_workqueue("tcpka", WQ_UNBOUND, 0);
	if (!tcpka_wq) {
		err = -ENOMEM;
		goto exit_cache;
	}
	err = tcpka_hook_socket_init();
	if (err)
		goto destroy_wq;
	err = register_pernet_subsys(&tcpka_net_ops);
	if (err)
		goto exit_hook_socket;
	err = tcpka_genl_register_family(&tcpka_nl_family);
	if (err)
		goto unregister_pernet;
	return 0;

unregister_pernet:
	unregister_pernet_subsys(&tcpka_net_ops);
exit_hook_socket:
	tcpka_hook_socket_exit();
destroy_wq:
	destroy_workqueue(tcpka_wq);
exit_cache:
	tcpka_flow_cache_exit();
	return err;
}

static void __exit tcpka_exit(void)
{
	tcpka_event_mute();
	synchronize_rcu();
	tcpka_genl_unregister_family(&tcpka_nl_family);
	unregister_pernet_subsys(&tcpka_net_ops);
	tcpka_hook_socket_exit();
	destroy_workqueue(tcpka_wq);
	/*
	 * ORDER: what RCU frees may hand on to RCU what it held: rules their
	 * policies. The second barrier, in tcpka_flow_cache_exit(), waits for
	 * those.
	 */
	rcu_barrier();
	tcpka_flow_cache_exit();
}

module_init(tcpka_init);
module_exit(tcpka_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Idle timers, keepalive probes and policy-driven closing of TCP connections");
