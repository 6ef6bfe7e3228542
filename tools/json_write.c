// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects that are written member by member, as jansson would write them: of a
 * list of a million connections, to make each one as a tree takes longer than
 * all the rest.
 */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "tcpkactl.h"
#include "value.h"

#define INDENT	4

/*
 * The object that is being written; there is one at a time.
 *
 * @text: what there is of it
 * @used: bytes of it
 * @size: of @text
 * @depth: how many brackets are open around what comes next
 * @empty: nothing has come since the innermost of these
 * @item: it is one of an array's
 */
static struct {
	char *text;
	size_t used;
	size_t size;
	unsigned int depth;
	bool empty;
	bool item;
} out;

static void grow(size_t bytes)
{
	out.size = 2 * (out.used + bytes);
	out.text = xalloc(out.text, out.size, 1);
}

static inline char *room(size_t bytes)
{
	if (out.size - out.used < bytes)
		grow(bytes);
	return out.text + out.used;
}

static inline void add(const char *text, size_t len)
{
	memcpy(room(len), text, len);
	out.used += len;
}

static inline void add_char(char c)
{
	*room(1) = c;
	out.used++;
}

static void add_line(void)
{
	size_t blanks = INDENT * out.depth;

	if (!opt.pretty)
		return;
	add_char('\n');
	memset(room(blanks), ' ', blanks);
	out.used += blanks;
}

/* All that comes before a value; @key is NULL in an array. */
static void add_key(const char *key)
{
	if (!out.empty)
		add_char(',');
	out.empty = false;
	add_line();
	if (!key)
		return;
	add_char('"');
	add(key, strlen(key));
	if (opt.pretty)
		add("\": ", 3);
	else
		add("\":", 2);
}

static void open_bracket(char bracket)
{
	add_char(bracket);
	out.depth++;
	out.empty = true;
}

static void close_bracket(char bracket)
{
	out.depth--;
	if (!out.empty)
		add_line();
	out.empty = false;
	add_char(bracket);
}

/**
 * js_begin - begins an object
 * @item: the next one of the array, see js_array_begin()
 */
void js_begin(bool item)
{
	if (item)
		js_array_next();
	out.used = 0;
	out.depth = item;
	out.item = item;
	open_bracket('{');
}

/**
 * js_end - ends the object and writes it
 */
void js_end(void)
{
	close_bracket('}');
	if (!out.item)
		add_char('\n');
	fwrite(out.text, 1, out.used, stdout);
}

/**
 * js_open - begins an object or an array within
 * @key: NULL in an array
 * @bracket: '{' or '['
 */
void js_open(const char *key, char bracket)
{
	add_key(key);
	open_bracket(bracket);
}

/**
 * js_close - ends what js_open() has begun
 * @bracket: '}' or ']'
 */
void js_close(char bracket)
{
	close_bracket(bracket);
}

void js_put_u64(const char *key, uint64_t n)
{
	char *from;

	add_key(key);
	from = room(U64_BUF);
	out.used += u64_text(from, n) - from;
}

void js_put_bool(const char *key, bool yes)
{
	js_put_encoded(key, yes ? "true" : "false");
}

/**
 * js_put_word - a string in which nothing is to be escaped
 */
void js_put_word(const char *key, const char *word)
{
	add_key(key);
	add_char('"');
	add(word, strlen(word));
	add_char('"');
}

/**
 * js_put_encoded - a value as js_encoded() has it
 */
void js_put_encoded(const char *key, const char *text)
{
	add_key(key);
	add(text, strlen(text));
}
