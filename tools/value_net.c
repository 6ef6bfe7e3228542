// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses, ports, devices and names.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>

#include "json.h"
#include "tcpkactl.h"
#include "value.h"

static void family_put(struct nlmsghdr *nlh, const struct word *w,
		       const struct value *v)
{
	mnl_attr_put_u8(nlh, w->attr, v->lo == 6 ? AF_INET6 : AF_INET);
}

static bool family_get(struct nlattr **tb, const struct word *w,
		       struct value *v)
{
	uint8_t family;

	if (!tb[w->attr])
		return false;
	family = mnl_attr_get_u8(tb[w->attr]);
	v->lo = family == AF_INET6 ? 6 : 4;
	return family != AF_UNSPEC;
}

static int family_parse(const struct word *w, const char *arg, struct value *v)
{
	if (strcmp(arg, "ipv4") && strcmp(arg, "ipv6"))
		return wrong(w->name, "bad family \"%s\": want ipv4 or ipv6",
			     arg);
	v->lo = arg[3] - '0';
	return EXIT_SUCCESS;
}

static void family_write(FILE *f, const struct word *w, const struct value *v)
{
	(void)w;
	fprintf(f, "ipv%" PRIu64, v->lo);
}

const struct type type_family = {
	.want = "{ ipv4 | ipv6 }",
	.parse = family_parse,
	.put = family_put,
	.get = family_get,
	.text = family_write,
	.json = js_written,
};

/*
 * "10/8" and "172.16/12" stand for networks, as they do for ip. An address
 * that is cut short and has no length is a mistake more often than a network.
 */
static bool address_parse(char *text, bool cut, struct value *v)
{
	char full[INET_ADDRSTRLEN];
	int dots = 0;
	char *p;

	v->addr_len = 16;
	if (inet_pton(AF_INET6, text, v->addr) == 1)
		return true;
	v->addr_len = 4;
	if (inet_pton(AF_INET, text, v->addr) == 1)
		return true;
	if (!cut)
		return false;
	for (p = text; *p; p++)
		dots += *p == '.';
	if (dots > 2 || p - text + 2 * (3 - dots) >= (int)sizeof(full))
		return false;
	snprintf(full, sizeof(full), "%.8s%s", text, &".0.0.0"[2 * dots]);
	return inet_pton(AF_INET, full, v->addr) == 1;
}

static int prefix_parse(const struct word *w, const char *arg, struct value *v)
{
	char text[INET6_ADDRSTRLEN + 4];
	const char *len = NULL;
	uint64_t bits;
	char *slash;

	if (strlen(arg) >= sizeof(text))
		return wrong(w->name, "bad prefix \"%s\"", arg);
	strcpy(text, arg);
	slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		len = slash + 1;
	}
	if (!address_parse(text, slash, v))
		return wrong(w->name, "bad prefix \"%s\": no numeric address",
			     arg);
	bits = v->addr_len * 8;
	if (len && (!number_read(&len, 10, &bits) || *len ||
		    bits > v->addr_len * 8u))
		return wrong(w->name, "bad prefix \"%s\": length is 0 to %u",
			     arg, v->addr_len * 8);
	v->prefix_len = bits;
	return EXIT_SUCCESS;
}

static void prefix_put(struct nlmsghdr *nlh, const struct word *w,
		       const struct value *v)
{
	mnl_attr_put(nlh, w->attr, v->addr_len, v->addr);
	mnl_attr_put_u8(nlh, w->attr + 1, v->prefix_len);
}

static bool prefix_get(struct nlattr **tb, const struct word *w,
		       struct value *v)
{
	uint16_t len;

	if (!tb[w->attr])
		return false;
	len = mnl_attr_get_payload_len(tb[w->attr]);
	if (len != 4 && len != 16)
		return false;
	v->addr_len = len;
	memcpy(v->addr, mnl_attr_get_payload(tb[w->attr]), len);
	v->prefix_len = len * 8;
	if (tb[w->attr + 1])
		v->prefix_len = mnl_attr_get_u8(tb[w->attr + 1]);
	return true;
}

static void prefix_write(FILE *f, const struct word *w, const struct value *v)
{
	char text[INET6_ADDRSTRLEN];

	(void)w;
	inet_ntop(v->addr_len == 16 ? AF_INET6 : AF_INET, v->addr, text,
		  sizeof(text));
	fputs(text, f);
	if (v->prefix_len != v->addr_len * 8)
		fprintf(f, "/%u", v->prefix_len);
}

const struct type type_prefix = {
	.want = "PREFIX",
	.parse = prefix_parse,
	.put = prefix_put,
	.get = prefix_get,
	.text = prefix_write,
	.json = js_written,
};

static bool service_parse(const char *name, struct value *v)
{
	struct servent *s;

	if (opt.numeric || isdigit((unsigned char)*name))
		return false;
	s = getservbyname(name, "tcp");
	if (!s)
		return false;
	v->lo = ntohs(s->s_port);
	v->hi = v->lo;
	return true;
}

static int ports_parse(const struct word *w, const char *arg, struct value *v)
{
	const char *s = arg;
	bool ok;

	if (service_parse(arg, v))
		return EXIT_SUCCESS;
	ok = number_read(&s, 10, &v->lo);
	v->hi = v->lo;
	if (ok && *s == '-') {
		s++;
		ok = number_read(&s, 10, &v->hi);
	}
	if (!ok || *s || v->lo > UINT16_MAX || v->hi > UINT16_MAX)
		return wrong(w->name, "bad port \"%s\": want PORT[-PORT], 0 to 65535",
			     arg);
	if (v->hi < v->lo)
		return wrong(w->name, "bad port range \"%s\": ends before it starts",
			     arg);
	return EXIT_SUCCESS;
}

static void ports_put(struct nlmsghdr *nlh, const struct word *w,
		      const struct value *v)
{
	mnl_attr_put_u16(nlh, w->attr, htons(v->lo));
	mnl_attr_put_u16(nlh, w->attr + 1, htons(v->hi));
}

static bool ports_get(struct nlattr **tb, const struct word *w,
		      struct value *v)
{
	if (!tb[w->attr])
		return false;
	v->lo = ntohs(mnl_attr_get_u16(tb[w->attr]));
	v->hi = v->lo;
	if (tb[w->attr + 1])
		v->hi = ntohs(mnl_attr_get_u16(tb[w->attr + 1]));
	return true;
}

static void ports_write(FILE *f, const struct word *w, const struct value *v)
{
	(void)w;
	fprintf(f, "%" PRIu64, v->lo);
	if (v->hi != v->lo)
		fprintf(f, "-%" PRIu64, v->hi);
}

static json_t *ports_json(const struct word *w, const struct value *v)
{
	return v->lo == v->hi ? js_u64(v->lo) : js_written(w, v);
}

const struct type type_ports = {
	.want = "PORT[-PORT]",
	.parse = ports_parse,
	.put = ports_put,
	.get = ports_get,
	.text = ports_write,
	.json = ports_json,
};

static int str_parse(const struct word *w, const char *arg, struct value *v)
{
	const char *p;

	if (!*arg)
		return wrong(w->name, "empty");
	if (strlen(arg) > w->max)
		return wrong(w->name, "\"%s\" is longer than %" PRIu64 " bytes",
			     arg, w->max);
	for (p = arg; *p; p++)
		if (iscntrl((unsigned char)*p))
			return wrong(w->name, "control character in it");
	v->str = xstrdup(arg);
	return EXIT_SUCCESS;
}

/* As the kernel's dev_valid_name(), which names no such device. */
static int dev_parse(const struct word *w, const char *arg, struct value *v)
{
	if (!strcmp(arg, ".") || !strcmp(arg, "..") ||
	    arg[strcspn(arg, "/: ")])
		return wrong(w->name, "bad device name \"%s\"", arg);
	return str_parse(w, arg, v);
}

static void str_put(struct nlmsghdr *nlh, const struct word *w,
		    const struct value *v)
{
	mnl_attr_put_strz(nlh, w->attr, v->str);
}

static bool str_get(struct nlattr **tb, const struct word *w, struct value *v)
{
	if (!tb[w->attr])
		return false;
	v->str = xstrdup(mnl_attr_get_str(tb[w->attr]));
	return true;
}

static void str_write(FILE *f, const struct word *w, const struct value *v)
{
	(void)w;
	quoted_write(f, v->str);
}

static json_t *str_json(const struct word *w, const struct value *v)
{
	(void)w;
	return js_str(v->str);
}

const struct type type_dev = {
	.want = "DEV",
	.parse = dev_parse,
	.put = str_put,
	.get = str_get,
	.text = str_write,
	.json = str_json,
};

const struct type type_path = {
	.want = "PATH",
	.parse = str_parse,
	.put = str_put,
	.get = str_get,
	.text = str_write,
	.json = str_json,
};

const struct type type_name = {
	.want = "NAME",
	.parse = str_parse,
	.put = str_put,
	.get = str_get,
	.text = str_write,
	.json = str_json,
};
