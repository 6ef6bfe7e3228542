# SPDX-License-Identifier: GPL-2.0-only
#
# What a kernel has is read from its headers, never guessed from its version.
# Sets tcpka-probes to the -DTCPKA_HAVE_ of what is there.

# $(call tcpka-has,HEADER below include/,extended regular expression,NAME)
# The header is read as one line; no parentheses in the expression.
tcpka-has = $(shell cat $(srctree)/include/$(1) 2>/dev/null | \
	      tr '\n' ' ' | grep -qE '$(2)' && echo -DTCPKA_HAVE_$(3))

tcpka-probes := \
	$(call tcpka-has,linux/unaligned.h,unaligned,LINUX_UNALIGNED) \
	$(call tcpka-has,net/ip6_fib.h,dst_rt6_info,RT6_INFO) \
	$(call tcpka-has,net/netns/ipv4.h,inet_timewait_death_row[[:space:]]+[*]tcp_death_row;,DEATH_ROW_POINTER) \
	$(call tcpka-has,net/inet_hashtables.h,sock [*]__inet_lookup_established.[a-z ]*struct net [^;]*struct inet_hashinfo,LOOKUP_HASHINFO) \
	$(call tcpka-has,net/inet_timewait_sock.h,tw_connect_bind,TW_CONNECT_BIND) \
	$(call tcpka-has,net/tcp.h,u32 tcp_tw_tsval,TW_TSVAL) \
	$(call tcpka-has,net/tcp.h,void tcp_done_with_error,TCP_DONE_WITH_ERROR) \
	$(call tcpka-has,net/genetlink.h,struct genl_split_ops \{,GENL_SPLIT_OPS) \
	$(call tcpka-has,net/genetlink.h,genl_info_dump,GENL_INFO_DUMP) \
	$(call tcpka-has,net/netfilter/nf_conntrack.h,struct nf_ct_iter_data \{,CT_ITER_DATA) \
	$(call tcpka-has,linux/hrtimer.h,void hrtimer_setup.struct,HRTIMER_SETUP) \
	$(call tcpka-has,net/route.h,ip_route_input_noref.[^;]*dscp_t[[:space:]],ROUTE_INPUT_DSCP) \
	$(call tcpka-has,net/route.h,reason[[:space:]]+ip_route_input_noref,ROUTE_INPUT_REASON)
