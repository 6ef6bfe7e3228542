// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - whose a local socket is: user and cgroup
 *
 * The user is that of the process that made the socket or, from accept() on,
 * that accepted it. A master may listen as root and its workers accept as
 * somebody else, so of a socket in a listener's queue it is not known yet.
 *
 * The cgroup is that in which the socket was made, or the listener that it
 * came by; it stays when the process moves. Of cgroup v2, whose directories
 * cannot be renamed: a path is compared with a path, so a policy may come
 * before the directory, and holds for one that is made anew.
 */

#include <linux/cgroup.h>
#include <linux/user_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "owner.h"

#ifdef CONFIG_SOCK_CGROUP_DATA

static struct cgroup *tcpka_owner_cgroup(const struct sock *sk)
{
	return sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);
}

static bool tcpka_cgroup_kept(void)
{
	return true;
}

/**
 * tcpka_owner_hold() - keep what a connection's subject names
 * @subject: the connection; its socket is referenced
 *
 * Any context.
 */
void tcpka_owner_hold(const struct tcpka_subject *subject)
{
	if (subject->cgroup)
		css_get(&subject->cgroup->self);
}

/**
 * tcpka_owner_drop() - the mirror of tcpka_owner_hold()
 * @subject: the connection
 */
void tcpka_owner_drop(const struct tcpka_subject *subject)
{
	if (subject->cgroup)
		css_put(&subject->cgroup->self);
}

/* How deep a directory is: the root is 0. */
static int tcpka_cgroup_level(const char *path)
{
	int level = 0;

	if (!path[1])
		return 0;
	for (; *path; path++)
		level += *path == '/';
	return level;
}

/* The path of a cgroup, if it fits; else an empty one. */
static void tcpka_cgroup_path(struct cgroup *cgroup, char *path)
{
	int len = cgroup_path(cgroup, path, TCPKA_CGROUP_LEN);

	/* of one that is longer as much as fits, or an error on some kernels */
	if (len <= 0 || len >= TCPKA_CGROUP_LEN)
		*path = 0;
}

/* Whether @path is that of @top, or below. */
static bool tcpka_cgroup_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	if (len == 1)
		return true;
	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}

/* One so deep that its path is too long: that of its ancestor is not. */
static bool tcpka_cgroup_deep(struct cgroup *cgroup, const char *top)
{
	char path[TCPKA_CGROUP_LEN];

	cgroup = cgroup_ancestor(cgroup, tcpka_cgroup_level(top));
	if (!cgroup)
		return false;
	tcpka_cgroup_path(cgroup, path);
	return !strcmp(path, top);
}

/**
 * tcpka_match_cgroup() - whether a connection's socket is in a cgroup
 * @match: the words
 * @subject: the connection; its socket is referenced
 * @path: of TCPKA_CGROUP_LEN bytes, *@cached is false at first: gets the path of
 *	the socket's cgroup, to be used again for the same socket
 * @cached: @path is good
 *
 * Any context but hard interrupt. The path takes a lock of all cgroups on some
 * kernels, so it is asked for once, and only if a policy needs it.
 *
 * Return: true if it is there or below, or if @match names none.
 */
bool tcpka_match_cgroup(const struct tcpka_match *match,
			const struct tcpka_subject *subject, char *path,
			bool *cached)
{
	if (!*match->cgroup)
		return true;
	if (!subject->cgroup)
		return false;
	if (!*cached)
		tcpka_cgroup_path(subject->cgroup, path);
	*cached = true;
	if (!*path)
		return tcpka_cgroup_deep(subject->cgroup, match->cgroup);
	return tcpka_cgroup_below(path, match->cgroup);
}

#else /* !CONFIG_SOCK_CGROUP_DATA */

static struct cgroup *tcpka_owner_cgroup(const struct sock *sk)
{
	return NULL;
}

static bool tcpka_cgroup_kept(void)
{
	return false;
}

void tcpka_owner_hold(const struct tcpka_subject *subject)
{
}

void tcpka_owner_drop(const struct tcpka_subject *subject)
{
}

bool tcpka_match_cgroup(const struct tcpka_match *match,
			const struct tcpka_subject *subject, char *path,
			bool *cached)
{
	return !*match->cgroup;
}

#endif /* CONFIG_SOCK_CGROUP_DATA */

/**
 * tcpka_owner_read() - whose a socket is
 * @sk: the socket, a full one
 * @subject: gets uid, unowned and cgroup
 *
 * Any context. A socket of a user whom the namespace's own users do not know
 * is nobody's.
 */
void tcpka_owner_read(const struct sock *sk, struct tcpka_subject *subject)
{
	subject->cgroup = tcpka_owner_cgroup(sk);
	subject->unowned = !READ_ONCE(sk->sk_socket) &&
			   !sock_flag(sk, SOCK_DEAD);
	subject->uid = TCPKA_UID_NONE;
	if (!subject->unowned)
		subject->uid = from_kuid(sock_net(sk)->user_ns,
					 READ_ONCE(sk->sk_uid));
}

/* Whether some component is empty, the last one apart. */
static bool tcpka_cgroup_malformed(const char *path)
{
	return *path != '/' || strstr(path, "//");
}

/**
 * tcpka_cgroup_parse() - the path of a cgroup
 * @path: to fill, of TCPKA_CGROUP_LEN bytes
 * @attr: the attribute; the policy has seen to its length
 * @extack: gets a message and the attribute at fault
 *
 * Whether there is such a cgroup is not asked: it may come, as devices may.
 *
 * Return: 0; -EINVAL; -EOPNOTSUPP where sockets have no cgroup.
 */
int tcpka_cgroup_parse(char *path, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	ssize_t len;

	if (!tcpka_cgroup_kept()) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "this kernel does not keep the cgroup of a socket");
		return -EOPNOTSUPP;
	}
	len = nla_strscpy(path, attr, TCPKA_CGROUP_LEN);
	if (len <= 0 || tcpka_cgroup_malformed(path)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "not the path of a cgroup: /, or /NAME/...");
		return -EINVAL;
	}
	if (len > 1 && path[len - 1] == '/')
		path[len - 1] = 0;
	return 0;
}
