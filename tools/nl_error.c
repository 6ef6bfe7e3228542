// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel names the attribute at fault by its offset in the request; from
 * where each was written follow the word, and the line of the file.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/netlink.h>

#include "nl.h"
#include "nl_error.h"
#include "tcpkactl.h"

/**
 * struct origin - where a part of a request comes from
 * @start: offset of its first byte in the message
 * @end: offset behind its last byte
 * @word: as it was written
 * @place: where
 */
struct origin {
	uint32_t start;
	uint32_t end;
	const char *word;
	struct place place;
};

/**
 * nl_origin - notes that what was added to the message since @start is of @word
 * @r: the rule that the word is in
 *
 * Parts may hold others; the inner ones are noted first.
 */
void nl_origin(struct request *rq, const void *start, const char *word,
	       const struct rule *r)
{
	struct origin *o;

	rq->origin = xalloc(rq->origin, rq->n_origins + 1, sizeof(*o));
	o = &rq->origin[rq->n_origins++];
	o->start = (const char *)start - (const char *)rq->nlh;
	o->end = rq->nlh->nlmsg_len;
	o->word = word;
	o->place = r->place;
}

static const struct origin *origin_find(const struct request *rq,
					uint32_t offset)
{
	unsigned int i;

	for (i = 0; i < rq->n_origins; i++)
		if (offset >= rq->origin[i].start && offset < rq->origin[i].end)
			return &rq->origin[i];
	return NULL;
}

const char *nl_strerror(int err)
{
	if (err == EPERM)
		return "not permitted: this takes CAP_NET_ADMIN";
	return strerror(err);
}

/* Attributes of the kernel's own say stand behind what it copies back. */
static void verdict_parse(struct nlattr **tb, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(int);
	const struct nlattr *attr;

	memset(tb, 0, (NLMSGERR_ATTR_MAX + 1) * sizeof(*tb));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) &&
	    nlh->nlmsg_type == NLMSG_ERROR)
		return;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(*e);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			skip += MNL_ALIGN(e->msg.nlmsg_len) -
				sizeof(e->msg);
	}
	if (skip > mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attr, nlh, skip)
		if (mnl_attr_get_type(attr) <= NLMSGERR_ATTR_MAX)
			tb[mnl_attr_get_type(attr)] = (struct nlattr *)attr;
}

static const char *verdict_text(const struct nlattr *msg)
{
	if (!msg || mnl_attr_validate(msg, MNL_TYPE_NUL_STRING) < 0)
		return NULL;
	return mnl_attr_get_str(msg);
}

static void refusal(const struct request *rq, struct nlattr **tb, int err)
{
	const char *text = verdict_text(tb[NLMSGERR_ATTR_MSG]);
	const struct origin *o = NULL;
	struct place before = place_get();

	if (!text)
		text = nl_strerror(err);
	if (tb[NLMSGERR_ATTR_OFFS])
		o = origin_find(rq, mnl_attr_get_u32(tb[NLMSGERR_ATTR_OFFS]));
	if (!o) {
		error("%s", text);
		return;
	}
	if (o->place.file)
		place_set(o->place);
	wrong(o->word, "%s", text);
	place_set(before);
}

/**
 * nl_verdict - reads the last message of an answer and tells a refusal
 *
 * The kernel may have something to say when all went well, too.
 */
int nl_verdict(const struct request *rq, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	int err = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(err))
		memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	verdict_parse(tb, nlh);
	if (err >= 0) {
		if (!rq->quiet && verdict_text(tb[NLMSGERR_ATTR_MSG]))
			warning("%s", verdict_text(tb[NLMSGERR_ATTR_MSG]));
		return EXIT_SUCCESS;
	}
	if (!rq->quiet)
		refusal(rq, tb, -err);
	return EXIT_KERNEL;
}
