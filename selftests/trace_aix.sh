#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# The listing in AIX's documentation: nine probes at 120 ... 720 s, RST at
# 795 s; each to the second. (AIX says keepcnt 8 there and sends keepcnt + 1.)

# shellcheck source=lib_trace.sh
. "${0%/*}/lib_trace.sh"
trace_run 120 75 9
finish
