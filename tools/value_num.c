// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times, numbers, marks, user ids and words out of a list.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "tcpkactl.h"
#include "value.h"

static const struct {
	const char *name;
	uint64_t ms;
} units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

/**
 * number_read - reads digits, and digits only
 * @s: moved behind them
 * @base: as strtoull has it
 */
bool number_read(const char **s, int base, uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)**s))
		return false;
	errno = 0;
	*v = strtoull(*s, &end, base);
	if (errno || end == *s)
		return false;
	*s = end;
	return true;
}

/* The largest unit that leaves no rest, so that nothing is lost. */
static void time_exact(FILE *f, uint64_t ms)
{
	unsigned int i = 0;

	if (!ms) {
		fputs("off", f);
		return;
	}
	while (ms % units[i].ms)
		i++;
	fprintf(f, "%" PRIu64 "%s", ms / units[i].ms, units[i].name);
}

static int time_bounds(const struct word *w, const char *arg)
{
	char *text = NULL;
	size_t size;
	FILE *f;
	int ret;

	f = open_memstream(&text, &size);
	if (!f) {
		error("out of memory");
		return EXIT_KERNEL;
	}
	if (w->min)
		time_exact(f, w->min);
	else
		fputc('0', f);
	fputs(" to ", f);
	time_exact(f, w->max);
	if (w->off)
		fputs(", or off", f);
	fclose(f);
	ret = wrong(w->name, "bad time \"%s\": want %s", arg, text);
	free(text);
	return ret;
}

static int time_parse(const struct word *w, const char *arg, struct value *v)
{
	const char *s = arg;
	unsigned int i;
	uint64_t n;

	if (!strcmp(arg, "off")) {
		v->lo = 0;
		return w->off ? EXIT_SUCCESS : time_bounds(w, arg);
	}
	if (!isdigit((unsigned char)*s))
		goto bad;
	if (!number_read(&s, 10, &n))
		return time_bounds(w, arg);
	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(*s ? s : "s", units[i].name))
			break;
	if (i == ARRAY_SIZE(units))
		goto bad;
	if (n > w->max / units[i].ms || n * units[i].ms < w->min)
		return time_bounds(w, arg);
	v->lo = n * units[i].ms;
	return EXIT_SUCCESS;
bad:
	return wrong(w->name, "bad time \"%s\": want a whole number of ms, s, m, h or d%s",
		     arg, w->off ? ", or off" : "");
}

static void put_u64(struct nlmsghdr *nlh, const struct word *w,
		    const struct value *v)
{
	mnl_attr_put_u64(nlh, w->attr, v->lo);
}

static bool get_u64(struct nlattr **tb, const struct word *w, struct value *v)
{
	if (!tb[w->attr])
		return false;
	v->lo = mnl_attr_get_u64(tb[w->attr]);
	return true;
}

static void time_write(FILE *f, const struct word *w, const struct value *v)
{
	(void)w;
	time_exact(f, v->lo);
}

static json_t *number_json(const struct word *w, const struct value *v)
{
	(void)w;
	return js_u64(v->lo);
}

const struct type type_time = {
	.want = "TIME",
	.parse = time_parse,
	.put = put_u64,
	.get = get_u64,
	.text = time_write,
	.json = number_json,
};

static int number_parse(const struct word *w, const char *arg, struct value *v)
{
	const char *s = arg;

	if (!number_read(&s, 10, &v->lo) || *s || v->lo < w->min ||
	    v->lo > w->max)
		return wrong(w->name, "bad number \"%s\": want %" PRIu64 " to %" PRIu64,
			     arg, w->min, w->max);
	return EXIT_SUCCESS;
}

static void number_write(FILE *f, const struct word *w, const struct value *v)
{
	(void)w;
	fprintf(f, "%" PRIu64, v->lo);
}

static void put_u32(struct nlmsghdr *nlh, const struct word *w,
		    const struct value *v)
{
	mnl_attr_put_u32(nlh, w->attr, v->lo);
}

static bool get_u32(struct nlattr **tb, const struct word *w, struct value *v)
{
	if (!tb[w->attr])
		return false;
	v->lo = mnl_attr_get_u32(tb[w->attr]);
	return true;
}

const struct type type_u32 = {
	.want = "NUMBER",
	.parse = number_parse,
	.put = put_u32,
	.get = get_u32,
	.text = number_write,
	.json = number_json,
};

static void put_u8(struct nlmsghdr *nlh, const struct word *w,
		   const struct value *v)
{
	mnl_attr_put_u8(nlh, w->attr, v->lo);
}

static bool get_u8(struct nlattr **tb, const struct word *w, struct value *v)
{
	if (!tb[w->attr])
		return false;
	v->lo = mnl_attr_get_u8(tb[w->attr]);
	return true;
}

const struct type type_u8 = {
	.want = "NUMBER",
	.parse = number_parse,
	.put = put_u8,
	.get = get_u8,
	.text = number_write,
	.json = number_json,
};

const char *enum_name(const struct word *w, unsigned int value)
{
	if (value < w->n_names && w->names[value])
		return w->names[value];
	return "?";
}

static int enum_parse(const struct word *w, const char *arg, struct value *v)
{
	char list[160] = "";
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < w->n_names; i++) {
		if (!w->names[i])
			continue;
		if (!strcmp(w->names[i], arg)) {
			v->lo = i;
			return EXIT_SUCCESS;
		}
		n += snprintf(list + n, sizeof(list) - n, " %s", w->names[i]);
		if (n >= sizeof(list))
			n = sizeof(list) - 1;
	}
	return wrong(w->name, "bad value \"%s\": want one of%s", arg, list);
}

static bool enum_get(struct nlattr **tb, const struct word *w, struct value *v)
{
	/* 0 is "not given" in every list */
	return get_u8(tb, w, v) && v->lo;
}

static void enum_write(FILE *f, const struct word *w, const struct value *v)
{
	fputs(enum_name(w, v->lo), f);
}

static json_t *enum_json(const struct word *w, const struct value *v)
{
	return js_str(enum_name(w, v->lo));
}

const struct type type_enum = {
	.want = "VALUE",
	.parse = enum_parse,
	.put = put_u8,
	.get = enum_get,
	.text = enum_write,
	.json = enum_json,
};

static json_t *bool_json(const struct word *w, const struct value *v)
{
	(void)w;
	return json_boolean(v->lo);
}

const struct type type_bool = {
	.want = "{ yes | no }",
	.parse = enum_parse,
	.put = put_u8,
	.get = get_u8,
	.text = enum_write,
	.json = bool_json,
};

static int mark_parse(const struct word *w, const char *arg, struct value *v)
{
	const char *s = arg;
	bool ok;

	v->hi = UINT32_MAX;
	ok = number_read(&s, 0, &v->lo) && v->lo <= UINT32_MAX;
	if (ok && *s == '/') {
		s++;
		ok = number_read(&s, 0, &v->hi) && v->hi <= UINT32_MAX;
	}
	if (!ok || *s)
		return wrong(w->name, "bad mark \"%s\": want VALUE[/MASK] of 32 bits",
			     arg);
	return EXIT_SUCCESS;
}

static void mark_put(struct nlmsghdr *nlh, const struct word *w,
		     const struct value *v)
{
	mnl_attr_put_u32(nlh, w->attr, v->lo);
	mnl_attr_put_u32(nlh, w->attr + 1, v->hi);
}

static bool mark_get(struct nlattr **tb, const struct word *w, struct value *v)
{
	if (!get_u32(tb, w, v))
		return false;
	v->hi = tb[w->attr + 1] ? mnl_attr_get_u32(tb[w->attr + 1]) :
				  UINT32_MAX;
	return true;
}

static void mark_write(FILE *f, const struct word *w, const struct value *v)
{
	(void)w;
	fprintf(f, "0x%" PRIx64, v->lo);
	if (v->hi != UINT32_MAX)
		fprintf(f, "/0x%" PRIx64, v->hi);
}

const struct type type_mark = {
	.want = "VALUE[/MASK]",
	.parse = mark_parse,
	.put = mark_put,
	.get = mark_get,
	.text = mark_write,
	.json = js_written,
};

static int uids_parse(const struct word *w, const char *arg, struct value *v)
{
	const char *s = arg;
	bool ok;

	ok = number_read(&s, 10, &v->lo);
	v->hi = v->lo;
	if (ok && *s == '-') {
		s++;
		ok = number_read(&s, 10, &v->hi);
	}
	if (!ok || *s || v->lo > w->max || v->hi > w->max)
		return wrong(w->name, "bad user id \"%s\": want UID[-UID]",
			     arg);
	if (v->hi < v->lo)
		return wrong(w->name, "bad user id range \"%s\": ends before it starts",
			     arg);
	return EXIT_SUCCESS;
}

static bool uids_get(struct nlattr **tb, const struct word *w, struct value *v)
{
	if (!get_u32(tb, w, v))
		return false;
	v->hi = tb[w->attr + 1] ? mnl_attr_get_u32(tb[w->attr + 1]) : v->lo;
	return true;
}

static void range_write(FILE *f, const struct word *w, const struct value *v)
{
	(void)w;
	fprintf(f, "%" PRIu64, v->lo);
	if (v->hi != v->lo)
		fprintf(f, "-%" PRIu64, v->hi);
}

static json_t *range_json(const struct word *w, const struct value *v)
{
	return v->lo == v->hi ? js_u64(v->lo) : js_written(w, v);
}

const struct type type_uids = {
	.want = "UID[-UID]",
	.parse = uids_parse,
	.put = mark_put,
	.get = uids_get,
	.text = range_write,
	.json = range_json,
};

static void flag_put(struct nlmsghdr *nlh, const struct word *w,
		     const struct value *v)
{
	(void)v;
	mnl_attr_put(nlh, w->attr, 0, NULL);
}

static bool flag_get(struct nlattr **tb, const struct word *w, struct value *v)
{
	(void)v;
	return tb[w->attr];
}

const struct type type_flag = {
	.put = flag_put,
	.get = flag_get,
};
