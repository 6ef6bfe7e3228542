/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - JSON on standard output, written as it comes
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct value;
struct word;

json_t *js_object(void);
json_t *js_array(void);
json_t *js_str(const char *s);
json_t *js_u64(uint64_t n);
json_t *js_written(const struct word *w, const struct value *v);
void js_set(json_t *object, const char *key, json_t *value);

void js_print(json_t *value);
void js_array_begin(void);
void js_array_next(void);
void js_array_item(json_t *value);
void js_array_end(bool failed);
char *js_encoded(json_t *value);

/* json_write.c */
void js_begin(bool item);
void js_end(void);
void js_open(const char *key, char bracket);
void js_close(char bracket);
void js_put_u64(const char *key, uint64_t n);
void js_put_bool(const char *key, bool yes);
void js_put_word(const char *key, const char *word);
void js_put_encoded(const char *key, const char *text);

#endif
