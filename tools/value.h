/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpkactl - the kinds of values, and times and names as people read them
 */
#ifndef VALUE_H
#define VALUE_H

#include "rule.h"

/* value_num.c */
extern const struct type type_time;
extern const struct type type_u32;
extern const struct type type_u8;
extern const struct type type_enum;
extern const struct type type_bool;
extern const struct type type_mark;
extern const struct type type_uids;
extern const struct type type_flag;

/* value_net.c */
extern const struct type type_family;
extern const struct type type_prefix;
extern const struct type type_ports;
extern const struct type type_dev;
extern const struct type type_path;
extern const struct type type_name;

/* value_num.c */
bool number_read(const char **s, int base, uint64_t *v);
const char *enum_name(const struct word *w, unsigned int value);

/* text.c */
#define U64_BUF		21	/* 2^64 has 20 digits */
#define TIME_BUF	32
char *u64_text(char *buf, uint64_t n);
const char *time_text(char *buf, uint64_t ms);
const char *port_name(uint16_t port);
void quoted_write(FILE *f, const char *s);
const char *printable(const char *s);

/* address.c */
char *address_text(char *buf, int family, const uint8_t *addr);

#endif
