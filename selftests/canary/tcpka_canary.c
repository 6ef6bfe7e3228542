// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults on demand, one for each thing that the debug kernel is to see: a
 * green run there counts only if each of these was reported before.
 *
 *	echo FAULT >/sys/module/tcpka_canary/parameters/fault
 *
 * The faults are such that the kernel goes on, but it is not to be trusted
 * afterwards: canary.sh runs in a guest of its own.
 */

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#define TCPKA_CANARY_LEAKS	8

/* what the kernel's allocator hands out in each of the faults */
struct tcpka_canary_object {
	struct list_head list;
	struct timer_list timer;
	struct work_struct work;
	struct rcu_head rcu;
	u32 value;
};

/* of the faults that must not free what is still in use: static */
static struct tcpka_canary_object tcpka_canary_static;

static struct tcpka_canary_object *tcpka_canary_alloc(void)
{
	return kzalloc(sizeof(struct tcpka_canary_object), GFP_KERNEL);
}

static noinline int tcpka_canary_use_after_free(void)
{
	struct tcpka_canary_object *obj = tcpka_canary_alloc();

	if (!obj)
		return -ENOMEM;
	kfree(obj);
	/* the value only keeps the compiler from dropping the read */
	return READ_ONCE(obj->value) == 1 ? 1 : 0;
}

static noinline int tcpka_canary_out_of_bounds(void)
{
	static u32 array[4];
	unsigned int i = READ_ONCE(tcpka_canary_static.value) + 4;

	return array[i] == 1 ? 1 : 0;
}

static noinline int tcpka_canary_shift(void)
{
	unsigned int bits = READ_ONCE(tcpka_canary_static.value) + 40;

	WRITE_ONCE(tcpka_canary_static.value, (1U << bits) & 0);
	return 0;
}

/* Several, as one of them may be found on a stack or in a register. */
static noinline int tcpka_canary_leak(void)
{
	unsigned int i;

	for (i = 0; i < TCPKA_CANARY_LEAKS; i++)
		if (!tcpka_canary_alloc())
			return -ENOMEM;
	return 0;
}

static noinline int tcpka_canary_cache_leak(void)
{
	struct kmem_cache *cache;

	cache = kmem_cache_create("tcpka_canary", 64, 0, SLAB_NO_MERGE, NULL);
	if (!cache)
		return -ENOMEM;
	if (!kmem_cache_alloc(cache, GFP_KERNEL))
		return -ENOMEM;
	kmem_cache_destroy(cache);
	return 0;
}

static noinline int tcpka_canary_list(void)
{
	static LIST_HEAD(head);

	list_add(&tcpka_canary_static.list, &head);
	list_add(&tcpka_canary_static.list, &head);
	return 0;
}

static noinline int tcpka_canary_sleep(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	kfree(tcpka_canary_alloc());
	spin_unlock(&lock);
	return 0;
}

static noinline int tcpka_canary_inversion(void)
{
	static DEFINE_MUTEX(a);
	static DEFINE_MUTEX(b);

	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);

	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
	return 0;
}

static noinline int tcpka_canary_rcu(void)
{
	static struct tcpka_canary_object __rcu *obj;

	return rcu_dereference(obj) ? 1 : 0;
}

static void tcpka_canary_rcu_done(struct rcu_head *rcu)
{
}

static noinline int tcpka_canary_double_call_rcu(void)
{
	/* the first must not be over when the second comes */
	rcu_read_lock();
	call_rcu(&tcpka_canary_static.rcu, tcpka_canary_rcu_done);
	call_rcu(&tcpka_canary_static.rcu, tcpka_canary_rcu_done);
	rcu_read_unlock();
	return 0;
}

static void tcpka_canary_timer_fn(struct timer_list *timer)
{
}

static noinline int tcpka_canary_free_timer(void)
{
	struct tcpka_canary_object *obj = tcpka_canary_alloc();

	if (!obj)
		return -ENOMEM;
	timer_setup(&obj->timer, tcpka_canary_timer_fn, 0);
	mod_timer(&obj->timer, jiffies + 3600 * HZ);
	kfree(obj);
	return 0;
}

static DECLARE_COMPLETION(tcpka_canary_go);

static void tcpka_canary_work_fn(struct work_struct *work)
{
	if (work == &tcpka_canary_static.work)
		wait_for_completion(&tcpka_canary_go);
}

/* The work is pending, and stays so, behind one that waits for us. */
static noinline int tcpka_canary_free_work(void)
{
	struct tcpka_canary_object *obj = tcpka_canary_alloc();
	struct workqueue_struct *wq;

	wq = alloc_ordered_workqueue("tcpka_canary", 0);
	if (!obj || !wq)
		return -ENOMEM;
	INIT_WORK(&tcpka_canary_static.work, tcpka_canary_work_fn);
	INIT_WORK(&obj->work, tcpka_canary_work_fn);
	queue_work(wq, &tcpka_canary_static.work);
	queue_work(wq, &obj->work);
	kfree(obj);
	complete(&tcpka_canary_go);
	destroy_workqueue(wq);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} tcpka_canary_faults[] = {
	{ "use-after-free", tcpka_canary_use_after_free },
	{ "out-of-bounds", tcpka_canary_out_of_bounds },
	{ "shift", tcpka_canary_shift },
	{ "leak", tcpka_canary_leak },
	{ "cache-leak", tcpka_canary_cache_leak },
	{ "list", tcpka_canary_list },
	{ "sleep", tcpka_canary_sleep },
	{ "inversion", tcpka_canary_inversion },
	{ "rcu", tcpka_canary_rcu },
	{ "double-call-rcu", tcpka_canary_double_call_rcu },
	{ "free-timer", tcpka_canary_free_timer },
	{ "free-work", tcpka_canary_free_work },
};

static int tcpka_canary_set(const char *val, const struct kernel_param *kp)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(tcpka_canary_faults); i++) {
		if (!sysfs_streq(val, tcpka_canary_faults[i].name))
			continue;
		pr_info("tcpka_canary: %s\n", tcpka_canary_faults[i].name);
		ret = tcpka_canary_faults[i].run();
		return min(ret, 0);
	}
	return -EINVAL;
}

static const struct kernel_param_ops tcpka_canary_ops = {
	.set = tcpka_canary_set,
};

module_param_cb(fault, &tcpka_canary_ops, NULL, 0200);
MODULE_PARM_DESC(fault, "the fault to make");

static int __init tcpka_canary_init(void)
{
	return 0;
}

module_init(tcpka_canary_init);

MODULE_DESCRIPTION("Faults that a debug kernel must see");
MODULE_LICENSE("GPL");
