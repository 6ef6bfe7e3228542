// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words on a command line or in a file become a rule, and the other way round.
 */
#include <ctype.h>
#include <string.h>

#include "json.h"
#include "tcpkactl.h"
#include "value.h"

static enum word_id word_find(const char *name, unsigned int in)
{
	enum word_id id;

	for (id = 0; id < W_END; id++)
		if ((words[id].in & in) && !strcmp(words[id].name, name))
			return id;
	return W_END;
}

static int word_unknown(const char *name)
{
	enum word_id id = word_find(name, ~0u);

	if (id == W_END)
		return wrong(name, "unknown word");
	return wrong(name, "not a word of this command");
}

static int word_parse(struct rule *r, struct args *args, unsigned int in)
{
	const char *name = args_next(args);
	enum word_id id = word_find(name, in);
	const struct word *w;
	const char *arg;
	int ret;

	if (id == W_END)
		return word_unknown(name);
	w = &words[id];
	if (!w->type)
		return wrong(name, "not supported by this version");
	if (rule_has(r, id))
		return wrong(name, "given twice");
	if (w->type->parse) {
		arg = args_next(args);
		if (!arg)
			return wrong(name, "needs %s", w->type->want);
		ret = w->type->parse(w, arg, &r->value[id]);
		if (ret)
			return ret;
	}
	r->has |= UINT64_C(1) << id;
	return EXIT_SUCCESS;
}

/* 4, 6, or 0 where the word says nothing of the family. */
static unsigned int word_family(const struct rule *r, enum word_id id)
{
	if (!rule_has(r, id))
		return 0;
	if (id == W_FAMILY)
		return r->value[id].lo;
	return r->value[id].addr_len == 16 ? 6 : 4;
}

static int check_families(const struct rule *r)
{
	static const enum word_id ids[] = { W_FAMILY, W_SRC, W_DST, W_HOST };
	unsigned int i, family, first_family = 0;
	enum word_id first = W_END;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		family = word_family(r, ids[i]);
		if (!family)
			continue;
		if (first != W_END && family != first_family)
			return wrong(words[ids[i]].name,
				     "is IPv%u, but \"%s\" is IPv%u", family,
				     words[first].name, first_family);
		if (first == W_END) {
			first = ids[i];
			first_family = family;
		}
	}
	return EXIT_SUCCESS;
}

static int check_local(const struct rule *r)
{
	static const enum word_id ids[] = { W_UID, W_CGROUP };
	unsigned int i;

	if (!rule_has(r, W_ON) || r->value[W_ON].lo == TCPKA_KIND_LOCAL)
		return EXIT_SUCCESS;
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		if (rule_has(r, ids[i]))
			return wrong(words[ids[i]].name,
				     "only local connections have one, but \"on\" is forward");
	return EXIT_SUCCESS;
}

static bool has_match(const struct rule *r)
{
	enum word_id id;

	for (id = 0; id < W_END; id++)
		if (rule_has(r, id) && words[id].match)
			return true;
	return false;
}

/**
 * rule_parse - reads all words that are left
 * @in: which words may stand here
 */
int rule_parse(struct rule *r, struct args *args, unsigned int in)
{
	int ret;

	while (args->n) {
		ret = word_parse(r, args, in);
		if (ret)
			return ret;
	}
	ret = check_families(r);
	if (!ret)
		ret = check_local(r);
	if (!ret && rule_has(r, W_ALL) && has_match(r))
		ret = wrong("all", "means every connection, but there are words that pick some");
	if (!ret && (in & (IN_POLICY | IN_KILL | IN_PROBE)) &&
	    !rule_has(r, W_ALL) && !has_match(r)) {
		error("no word says which connections: for every one of them write \"all\"");
		ret = EXIT_USAGE;
	}
	return ret;
}

static int check_timers(const struct rule *r)
{
	static const enum word_id need[] = { W_INTVL, W_PROBES };
	bool probed = rule_has(r, W_KEEPALIVE) && r->value[W_KEEPALIVE].lo;
	enum word_id id;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(need); i++)
		if (rule_has(r, need[i]) && !probed)
			return wrong(words[need[i]].name,
				     "goes with \"keepalive TIME\" only");
	for (id = 0; id < W_END; id++)
		if (rule_has(r, id) && words[id].timer)
			return EXIT_SUCCESS;
	error("no timer: give keepalive, idle, max-age, half-open, half-closed or time-wait");
	return EXIT_USAGE;
}

/**
 * policy_parse - reads what follows the name of a policy
 */
int policy_parse(struct rule *r, struct args *args)
{
	int ret = rule_parse(r, args, IN_POLICY);

	return ret ? ret : check_timers(r);
}

/**
 * policy_name - takes the name of a policy
 *
 * The kernel has the same rules; here they are seen before anything is done.
 */
int policy_name(struct rule *r, const char *name)
{
	const char *p;

	if (!*name || *name == '-')
		return wrong(name, "no name of a policy: is empty or begins with -");
	if (strlen(name) >= sizeof(r->name))
		return wrong(name, "name of a policy longer than %zu bytes",
			     sizeof(r->name) - 1);
	for (p = name; *p; p++)
		if (!isascii(*p) || !isgraph((unsigned char)*p) || *p == '/')
			return wrong(printable(name),
				     "no name of a policy: has a space, a / or what is not ASCII");
	strcpy(r->name, name);
	return EXIT_SUCCESS;
}

/**
 * rule_write - writes the words as rule_parse() reads them, prio first
 * @sep: comes before each word
 */
void rule_write(FILE *f, const struct rule *r, const char *sep)
{
	const struct word *w;
	enum word_id id;

	for (id = 0; id < W_END; id++) {
		if (!rule_has(r, id))
			continue;
		w = &words[id];
		fprintf(f, "%s%s", sep, w->name);
		if (w->type->text) {
			fputc(' ', f);
			w->type->text(f, w, &r->value[id]);
		}
	}
}

/**
 * rule_json - adds the words to @object
 */
void rule_json(json_t *object, const struct rule *r)
{
	const struct word *w;
	enum word_id id;

	for (id = 0; id < W_END; id++) {
		w = &words[id];
		if (rule_has(r, id) && w->type->json)
			js_set(object, w->key ? w->key : w->name,
			       w->type->json(w, &r->value[id]));
	}
}

void rule_free(struct rule *r)
{
	enum word_id id;

	for (id = 0; id < W_END; id++)
		free(r->value[id].str);
	memset(r, 0, sizeof(*r));
}
