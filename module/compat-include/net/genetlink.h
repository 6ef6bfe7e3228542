/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split operations: from 6.2 a family lists the do and the dump of a command
 * as two entries, each with a policy of its own, and so does the code that is
 * generated from the spec. Before that both share a struct genl_ops. Where the
 * kernel has no split operations, the family carries the split table until it
 * is registered; then the two entries of a command become one.
 *
 * Not everything can be merged: tcpka_genl_merge() refuses what it cannot do
 * exactly, so that a request is never taken on one kernel and refused on
 * another.
 */
#ifndef TCPKA_COMPAT_NET_GENETLINK_H
#define TCPKA_COMPAT_NET_GENETLINK_H

#include <linux/bug.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netlink.h>
#include_next <net/genetlink.h>

/**
 * tcpka_genl_dump_attrs() - attributes of a dump's request
 * @cb: as given to a start, dumpit or done callback
 *
 * Return: the parsed attributes, by type.
 */
static inline struct nlattr **tcpka_genl_dump_attrs(struct netlink_callback *cb)
{
#ifdef TCPKA_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#ifdef TCPKA_HAVE_GENL_SPLIT_OPS

/* in the initialiser of a struct genl_family */
#define TCPKA_GENL_SPLIT_OPS(_ops, _n)	\
	.split_ops	= (_ops),	\
	.n_split_ops	= (_n)

static inline int tcpka_genl_register_family(struct genl_family *family)
{
	return genl_register_family(family);
}

static inline int tcpka_genl_unregister_family(struct genl_family *family)
{
	return genl_unregister_family(family);
}

#else /* !TCPKA_HAVE_GENL_SPLIT_OPS */

#define TCPKA_GENL_SPLIT_OPS(_ops, _n)			\
	.ops	= (const struct genl_ops *)(_ops),	\
	.n_ops	= (_n)

/**
 * struct genl_split_ops - one way, do or dump, of a command
 *
 * As in 6.2, without pre_doit and post_doit, which 6.1 has per family only.
 *
 * @doit: handler, with %GENL_CMD_CAP_DO in @flags
 * @start: before the first @dumpit, with %GENL_CMD_CAP_DUMP in @flags
 * @dumpit: fills one skb
 * @done: after the last @dumpit
 * @policy: of the request's attributes; %NULL if it takes none
 * @maxattr: highest attribute in @policy
 * @cmd: the command
 * @internal_flags: not used
 * @flags: GENL_ADMIN_PERM, GENL_UNS_ADMIN_PERM and the above
 * @validate: 0, as for every new family
 */
struct genl_split_ops {
	union {
		int (*doit)(struct sk_buff *skb, struct genl_info *info);
		struct {
			int (*start)(struct netlink_callback *cb);
			int (*dumpit)(struct sk_buff *skb,
				      struct netlink_callback *cb);
			int (*done)(struct netlink_callback *cb);
		};
	};
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 internal_flags;
	u8 flags;
	u8 validate;
};

/* The start of a dump that takes no attributes, beside a do that does. */
static inline int tcpka_genl_start_bare(struct netlink_callback *cb)
{
	struct nlattr **attrs = tcpka_genl_dump_attrs(cb);
	unsigned int i;

	for (i = 0; attrs && i <= genl_dumpit_info(cb)->op.maxattr; i++)
		if (attrs[i])
			return -EINVAL;
	return 0;
}

static inline bool tcpka_genl_same_policy(const struct genl_ops *op,
					  const struct genl_split_ops *split)
{
	if (op->maxattr != split->maxattr)
		return false;
	return op->policy == split->policy ||
	       !memcmp(op->policy, split->policy,
		       (op->maxattr + 1) * sizeof(*op->policy));
}

static inline void tcpka_genl_from_split(struct genl_ops *op,
					 const struct genl_split_ops *split)
{
	op->cmd = split->cmd;
	op->flags = split->flags & ~(GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP);
	op->internal_flags = split->internal_flags;
	op->validate = split->validate;
	op->policy = split->policy;
	op->maxattr = split->maxattr;
	if (split->flags & GENL_CMD_CAP_DO) {
		op->doit = split->doit;
		return;
	}
	op->start = split->start;
	op->dumpit = split->dumpit;
	op->done = split->done;
}

/* Adds the dump of a command to its do, which comes first in a table. */
static inline int tcpka_genl_merge(struct genl_ops *op,
				   const struct genl_split_ops *dump)
{
	if (op->dumpit || !(dump->flags & GENL_CMD_CAP_DUMP))
		return -EINVAL;
	if ((op->flags ^ dump->flags) & (GENL_ADMIN_PERM | GENL_UNS_ADMIN_PERM))
		return -EINVAL;

	op->start = dump->start;
	if (op->policy && !dump->policy) {
		if (dump->start)
			return -EINVAL;
		op->start = tcpka_genl_start_bare;
	} else if (!tcpka_genl_same_policy(op, dump)) {
		return -EINVAL;
	}
	op->dumpit = dump->dumpit;
	op->done = dump->done;
	return 0;
}

/* Return: how many operations there are in @ops now, or a negative errno. */
static inline int tcpka_genl_merge_all(struct genl_ops *ops,
				       const struct genl_split_ops *split,
				       unsigned int n)
{
	unsigned int i;
	int err, k = 0;

	for (i = 0; i < n; i++) {
		if (k && ops[k - 1].cmd == split[i].cmd) {
			err = tcpka_genl_merge(&ops[k - 1], &split[i]);
			if (WARN(err, "command %u: do and dump differ\n",
				 split[i].cmd))
				return err;
		} else {
			tcpka_genl_from_split(&ops[k++], &split[i]);
		}
	}
	return k;
}

/**
 * tcpka_genl_register_family() - genl_register_family() with split operations
 * @family: whose operations were given as TCPKA_GENL_SPLIT_OPS(); still
 *	writable, so this belongs into a module's init
 *
 * Return: 0 or a negative errno. If 0, tcpka_genl_unregister_family() is due.
 */
static inline int tcpka_genl_register_family(struct genl_family *family)
{
	const void *split = family->ops;
	unsigned int n = family->n_ops;
	struct genl_ops *ops;
	int err;

	ops = kcalloc(n, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;

	err = tcpka_genl_merge_all(ops, split, n);
	if (err >= 0) {
		family->ops = ops;
		family->n_ops = err;
		err = genl_register_family(family);
	}
	if (err) {
		family->ops = split;
		family->n_ops = n;
		kfree(ops);
	}
	return err;
}

/* Nothing runs an operation of a family any more when this frees them. */
static inline int tcpka_genl_unregister_family(struct genl_family *family)
{
	int err = genl_unregister_family(family);

	if (!err)
		kfree(family->ops);
	return err;
}

#endif /* TCPKA_HAVE_GENL_SPLIT_OPS */

#endif /* TCPKA_COMPAT_NET_GENETLINK_H */
