// SPDX-License-Identifier: GPL-2.0-only
/*
 * Begins a dump of all flows and leaves it open until it is killed: what a slow
 * reader does.
 */
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tcpka.h>

struct request {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	char attrs[64];
};

static int talk(int fd, struct request *rq, char *buf, size_t size)
{
	if (send(fd, rq, rq->nlh.nlmsg_len, 0) < 0)
		return -1;
	return recv(fd, buf, size, 0);
}

/* The id of the family, or 0. */
static int family_id(int fd)
{
	struct request rq = {
		.nlh = { .nlmsg_type = GENL_ID_CTRL,
			 .nlmsg_flags = NLM_F_REQUEST },
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
	};
	struct nlattr *name = (struct nlattr *)rq.attrs;
	char buf[8192] = "";
	int len;

	name->nla_type = CTRL_ATTR_FAMILY_NAME;
	name->nla_len = NLA_HDRLEN + sizeof(TCPKA_FAMILY_NAME);
	memcpy(name + 1, TCPKA_FAMILY_NAME, sizeof(TCPKA_FAMILY_NAME));
	rq.nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(name->nla_len);
	len = talk(fd, &rq, buf, sizeof(buf));
	if (len < 0 || ((struct nlmsghdr *)buf)->nlmsg_type == NLMSG_ERROR)
		return 0;
	for (char *p = buf + NLMSG_LENGTH(GENL_HDRLEN); p < buf + len;) {
		struct nlattr *attr = (struct nlattr *)p;

		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(unsigned short *)(attr + 1);
		p += NLA_ALIGN(attr->nla_len);
	}
	return 0;
}

int main(void)
{
	struct request rq = {
		.nlh = { .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			 .nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) },
		.genl = { .cmd = TCPKA_CMD_FLOW_GET,
			  .version = TCPKA_FAMILY_VERSION },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int id = family_id(fd);

	if (!id) {
		fprintf(stderr, "tcpka is not loaded\n");
		return 1;
	}
	rq.nlh.nlmsg_type = id;
	/* that it is over is said by the second message: none is read */
	if (send(fd, &rq, rq.nlh.nlmsg_len, 0) < 0) {
		perror("dump");
		return 1;
	}
	puts("open");
	fflush(stdout);
	pause();
	return 0;
}
