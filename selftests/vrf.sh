#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lane: virtual
# limit: 120
#
# Two VRFs on one gateway, and in each a connection with the same addresses and
# ports: they are told apart, and what is sent in an end's name leaves by a port
# of its own VRF.

# shellcheck source=lib_twins.sh
. "${0%/*}/lib_twins.sh"

need_modules vrf sch_ingress
topology cl gw sv
twins
{
	echo "link add red type vrf table 101"
	echo "link set red up"
	echo "link add blue type vrf table 102"
	echo "link set blue up"
} >"$work/vrf"
ip -n "${ns[gw]}" -batch "$work/vrf" || skip_all "no VRF"
twin_devices "" red
twin_devices 2 blue
load
ends cl:cl sv:sv cl2:cl2 sv2:sv2
for_each_family "two VRFs" apart
for_errors "two VRFs"
finish
