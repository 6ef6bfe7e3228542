/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TCPKA_COMPAT_LINUX_UNALIGNED_H
#define TCPKA_COMPAT_LINUX_UNALIGNED_H

/* moved from asm/ in 6.12 */
#ifdef TCPKA_HAVE_LINUX_UNALIGNED
#include_next <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif
