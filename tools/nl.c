// SPDX-License-Identifier: GPL-2.0-only
/*
 * One netlink socket, opened when the first request is made, after all that
 * was written has been read and found right.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "nl.h"
#include "nl_error.h"
#include "tcpkactl.h"
#include "value.h"

/* A dump fills no more than 32 KiB at a time. */
#define RECV_BUF	65536
#define EVENTS_RCVBUF	(4 << 20)

static struct {
	struct mnl_socket *sock;
	uint32_t seq;
	uint16_t family;
	uint32_t events;
	char buf[RECV_BUF];
} nl;

static int netns_enter(const char *name)
{
	char path[4096];
	int fd, n;

	n = snprintf(path, sizeof(path), "%s%s",
		     strchr(name, '/') ? "" : "/run/netns/", name);
	fd = n < (int)sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		error("network namespace \"%s\": %s", name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_KERNEL;
	}
	close(fd);
	return EXIT_SUCCESS;
}

static int family_group(const struct nlattr *groups)
{
	struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	const struct nlattr *group;

	mnl_attr_for_each_nested(group, groups) {
		nl_parse_nest(tb, CTRL_ATTR_MCAST_GRP_MAX, group);
		if (tb[CTRL_ATTR_MCAST_GRP_NAME] && tb[CTRL_ATTR_MCAST_GRP_ID] &&
		    !strcmp(mnl_attr_get_str(tb[CTRL_ATTR_MCAST_GRP_NAME]),
			    TCPKA_MCGRP_EVENTS))
			nl.events =
				mnl_attr_get_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return EXIT_SUCCESS;
}

static int family_answer(const struct nlmsghdr *nlh, void *data)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	(void)data;
	nl_parse(tb, CTRL_ATTR_MAX, nlh);
	if (tb[CTRL_ATTR_FAMILY_ID])
		nl.family = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	if (tb[CTRL_ATTR_MCAST_GROUPS])
		return family_group(tb[CTRL_ATTR_MCAST_GROUPS]);
	return EXIT_SUCCESS;
}

static int family_find(void)
{
	struct request rq;

	nl.family = GENL_ID_CTRL;
	nl_begin(&rq, CTRL_CMD_GETFAMILY, 0, 64);
	rq.quiet = true;
	mnl_attr_put_strz(rq.nlh, CTRL_ATTR_FAMILY_NAME, TCPKA_FAMILY_NAME);
	if (!nl_talk(&rq, family_answer, NULL) && nl.family != GENL_ID_CTRL)
		return EXIT_SUCCESS;
	error("tcpka.ko is not loaded: modprobe tcpka");
	return EXIT_KERNEL;
}

static int sock_open(void)
{
	int on = 1;

	nl.sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl.sock || mnl_socket_bind(nl.sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		error("netlink: %s", strerror(errno));
		return EXIT_KERNEL;
	}
	/* a kernel without one of these does without */
	mnl_socket_setsockopt(nl.sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl.sock, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl.sock, NETLINK_GET_STRICT_CHK, &on,
			      sizeof(on));
	return EXIT_SUCCESS;
}

/**
 * nl_open - enters the namespace, opens the socket and finds the family
 *
 * Does nothing where that was done already.
 */
int nl_open(void)
{
	int ret = EXIT_SUCCESS;

	if (nl.sock)
		return nl.family ? EXIT_SUCCESS : EXIT_KERNEL;
	if (opt.netns)
		ret = netns_enter(opt.netns);
	if (!ret)
		ret = sock_open();
	if (!ret)
		ret = family_find();
	if (ret)
		nl.family = 0;
	return ret;
}

void nl_close(void)
{
	if (nl.sock)
		mnl_socket_close(nl.sock);
	nl.sock = NULL;
}

/**
 * nl_begin - starts a request
 * @flags: NLM_F_* besides REQUEST and ACK
 * @payload: bytes of attributes that will be added at most
 *
 * The caller passes it on to nl_talk(), which frees it.
 */
int nl_begin(struct request *rq, uint8_t cmd, uint16_t flags, size_t payload)
{
	struct genlmsghdr *genl;
	size_t size;
	int ret;

	memset(rq, 0, sizeof(*rq));
	ret = nl_open();
	if (ret)
		return ret;
	size = MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(*genl)) + payload;
	rq->nlh = mnl_nlmsg_put_header(memset(xalloc(NULL, size, 1), 0, size));
	rq->nlh->nlmsg_type = nl.family;
	rq->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	rq->nlh->nlmsg_seq = ++nl.seq;
	genl = mnl_nlmsg_put_extra_header(rq->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = TCPKA_FAMILY_VERSION;
	return EXIT_SUCCESS;
}

static void request_free(struct request *rq)
{
	free(rq->nlh);
	free(rq->origin);
	rq->nlh = NULL;
	rq->origin = NULL;
}

static int request_send(const struct request *rq)
{
	int room = rq->nlh->nlmsg_len + 1024;
	int fd = mnl_socket_get_fd(nl.sock);

	/* a set of policies may be more than a socket holds by default */
	if (room > 65536 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (mnl_socket_sendto(nl.sock, rq->nlh, rq->nlh->nlmsg_len) >= 0)
		return EXIT_SUCCESS;
	if (!rq->quiet)
		error("netlink: %s", strerror(errno));
	return EXIT_KERNEL;
}

/* Whether the answer ends with @nlh, and how. */
static bool answer_ends(struct request *rq, const struct nlmsghdr *nlh,
			nl_answer_t answer, void *data, int *ret)
{
	*ret = EXIT_SUCCESS;
	if (nlh->nlmsg_seq != nl.seq)
		return false;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		rq->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		*ret = nl_verdict(rq, nlh);
		return true;
	}
	if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && answer)
		*ret = answer(nlh, data);
	return *ret;
}

static int answer_read(struct request *rq, nl_answer_t answer, void *data)
{
	const struct nlmsghdr *nlh;
	ssize_t got;
	int n, ret;

	for (;;) {
		got = mnl_socket_recvfrom(nl.sock, nl.buf, sizeof(nl.buf));
		if (got < 0) {
			error("netlink: %s", strerror(errno));
			return EXIT_KERNEL;
		}
		n = got;
		for (nlh = (void *)nl.buf; mnl_nlmsg_ok(nlh, n);
		     nlh = mnl_nlmsg_next(nlh, &n))
			if (answer_ends(rq, nlh, answer, data, &ret))
				return ret;
	}
}

/**
 * nl_talk - sends a request and reads the answer to its end
 * @answer: is shown each message of it, or NULL
 *
 * Frees the request, but for @interrupted. What the kernel refuses is told.
 */
int nl_talk(struct request *rq, nl_answer_t answer, void *data)
{
	int ret = request_send(rq);

	if (!ret)
		ret = answer_read(rq, answer, data);
	request_free(rq);
	return ret;
}

static int events_join(void)
{
	uint32_t ctrl = GENL_ID_CTRL;
	int size = EVENTS_RCVBUF;
	int fd;

	if (!nl.events ||
	    mnl_socket_setsockopt(nl.sock, NETLINK_ADD_MEMBERSHIP, &nl.events,
				  sizeof(nl.events))) {
		error("joining the events: %s",
		      nl.events ? nl_strerror(errno) : "no such group");
		return EXIT_KERNEL;
	}
	/* tells that the module goes, best effort */
	mnl_socket_setsockopt(nl.sock, NETLINK_ADD_MEMBERSHIP, &ctrl,
			      sizeof(ctrl));
	fd = mnl_socket_get_fd(nl.sock);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return EXIT_SUCCESS;
}

static bool family_gone(const struct nlmsghdr *nlh)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	if (genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	nl_parse(tb, CTRL_ATTR_MAX, nlh);
	return tb[CTRL_ATTR_FAMILY_ID] &&
	       mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]) == nl.family;
}

static int event_take(const struct nlmsghdr *nlh, nl_answer_t answer,
		      void *data)
{
	if (nlh->nlmsg_type == nl.family)
		return answer(nlh, data);
	if (nlh->nlmsg_type == GENL_ID_CTRL && family_gone(nlh)) {
		error("tcpka.ko was unloaded");
		return EXIT_KERNEL;
	}
	return EXIT_SUCCESS;
}

/**
 * nl_events - joins the group of events and shows each to @answer, for ever
 */
int nl_events(nl_answer_t answer, void *data)
{
	const struct nlmsghdr *nlh;
	int ret = nl_open();
	ssize_t got;
	int n;

	if (!ret)
		ret = events_join();
	while (!ret) {
		got = mnl_socket_recvfrom(nl.sock, nl.buf, sizeof(nl.buf));
		if (got < 0 && errno == ENOBUFS) {
			warning("events were lost, too many at once");
			continue;
		}
		if (got < 0) {
			error("netlink: %s", strerror(errno));
			return EXIT_KERNEL;
		}
		n = got;
		for (nlh = (void *)nl.buf; !ret && mnl_nlmsg_ok(nlh, n);
		     nlh = mnl_nlmsg_next(nlh, &n))
			ret = event_take(nlh, answer, data);
	}
	return ret;
}

struct attrs {
	struct nlattr **tb;
	uint16_t max;
};

static int attr_take(const struct nlattr *attr, void *data)
{
	const struct attrs *a = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type <= a->max)
		a->tb[type] = (struct nlattr *)attr;
	return MNL_CB_OK;
}

void nl_parse(struct nlattr **tb, uint16_t max, const struct nlmsghdr *nlh)
{
	struct attrs a = { tb, max };

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), attr_take, &a);
}

void nl_parse_nest(struct nlattr **tb, uint16_t max, const struct nlattr *nest)
{
	struct attrs a = { tb, max };

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_parse_nested(nest, attr_take, &a);
}
