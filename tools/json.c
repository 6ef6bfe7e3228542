// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists may be longer than memory: each element of an array is made, written
 * and freed by itself. What is listed by the million is not made at all, see
 * json_write.c.
 */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "tcpkactl.h"

static bool first_item;

static json_t *made(json_t *value)
{
	if (!value) {
		error("out of memory");
		exit(EXIT_KERNEL);
	}
	return value;
}

json_t *js_object(void)
{
	return made(json_object());
}

json_t *js_array(void)
{
	return made(json_array());
}

/**
 * js_str - a string, with "?" for every byte that is not ASCII if it is not
 *	UTF-8: device names may be anything
 */
json_t *js_str(const char *s)
{
	json_t *value = json_string(s);
	char *copy, *p;

	if (value)
		return value;
	copy = xstrdup(s);
	for (p = copy; *p; p++)
		if (*p & 0x80)
			*p = '?';
	value = made(json_string(copy));
	free(copy);
	return value;
}

json_t *js_u64(uint64_t n)
{
	return made(json_integer(n));
}

/**
 * js_written - a string that reads as the value does on a command line
 */
json_t *js_written(const struct word *w, const struct value *v)
{
	char *text = NULL;
	json_t *value;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f) {
		error("out of memory");
		exit(EXIT_KERNEL);
	}
	w->type->text(f, w, v);
	fclose(f);
	value = js_str(text);
	free(text);
	return value;
}

/**
 * js_set - gives @value to @object
 */
void js_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, made(value))) {
		error("out of memory");
		exit(EXIT_KERNEL);
	}
}

static int write_indented(const char *buf, size_t n, void *indent)
{
	size_t i;

	for (i = 0; i < n; i++) {
		putchar(buf[i]);
		if (buf[i] == '\n')
			fputs(indent, stdout);
	}
	return 0;
}

static size_t flags(void)
{
	return JSON_ENCODE_ANY | JSON_REAL_PRECISION(16) |
	       (opt.pretty ? JSON_INDENT(4) : JSON_COMPACT);
}

static void dump(json_t *value, char *indent)
{
	json_dump_callback(value, write_indented, indent, flags());
	json_decref(value);
}

/**
 * js_encoded - a value as it is written; frees it
 *
 * Return: to be freed
 */
char *js_encoded(json_t *value)
{
	char *text = json_dumps(made(value), flags());

	if (!text) {
		error("out of memory");
		exit(EXIT_KERNEL);
	}
	json_decref(value);
	return text;
}

/**
 * js_print - writes and frees one value
 */
void js_print(json_t *value)
{
	dump(value, "");
	putchar('\n');
}

void js_array_begin(void)
{
	first_item = true;
}

/**
 * js_array_next - writes what comes before the next element
 */
void js_array_next(void)
{
	putchar(first_item ? '[' : ',');
	first_item = false;
	fputs(opt.pretty ? "\n    " : "\n", stdout);
}

void js_array_item(json_t *value)
{
	js_array_next();
	dump(value, opt.pretty ? "    " : "");
}

/**
 * js_array_end - closes the array
 * @failed: an array without elements is none
 */
void js_array_end(bool failed)
{
	if (!first_item)
		puts("\n]");
	else if (!failed)
		puts("[]");
}
