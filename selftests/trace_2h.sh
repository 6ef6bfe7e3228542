#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 180
#
# The classic keepalive of two hours: probes at 7,200 ... 7,800 s to a server
# that lost power, RST at 7,875 s; each to the second, and each probe, and
# nothing else, a keepalive to tshark.

# shellcheck source=lib_trace.sh
. "${0%/*}/lib_trace.sh"
trace_run 7200 75 9
finish
