// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - tracepoints
 */

#define CREATE_TRACE_POINTS
#include "trace.h"
