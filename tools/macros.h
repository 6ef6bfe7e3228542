/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MACROS_H
#define MACROS_H

#define ARRAY_SIZE(list)	(sizeof(list) / sizeof((list)[0]))
#define __printf(text, first)	\
	__attribute__((__format__(printf, text, first)))
#define fallthrough		__attribute__((fallthrough))

#endif
