#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# Ten minutes, then twenty probes, one a minute: RST at 1,800 s, to the second.

# shellcheck source=lib_trace.sh
. "${0%/*}/lib_trace.sh"
trace_run 600 60 20
finish
