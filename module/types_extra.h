/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What most flows do without. A part of types.h, where the order of locks is.
 */
#ifndef TCPKA_TYPES_EXTRA_H
#define TCPKA_TYPES_EXTRA_H

#include <linux/list.h>
#include <linux/types.h>

struct tcpka_flow;

/**
 * struct tcpka_opening - what a SYN says of who opens a connection
 * @isn: its sequence number
 * @end: the one after it and its payload
 * @mark: its skb mark
 * @iif: device through which it came in
 * @oif: device through which it left
 * @wscale: by how much it offers to shift its window; the largest shift where
 *	it offers none, which its answer then does not either
 */
struct tcpka_opening {
	u32 isn;
	u32 end;
	u32 mark;
	int iif;
	int oif;
	u8 wscale;
};

/**
 * struct tcpka_extra_end - of one end, while it is asked or told something
 * @close_at: tick of the next step of tcpka_end.closing, or of the next
 *	question about a RST or before a FIN
 * @fin_seq: number of the FIN that it gets, where tcpka_end.by_fin
 * @claimed: up to where its peer has acknowledged it, where tcpka_flow.claims
 * @fin_tries: how often its FIN was sent again; before that, how often it was
 *	asked about that
 * @corrected: how often it was told another number at once, without a wait
 */
struct tcpka_extra_end {
	u32 close_at;
	u32 fin_seq;
	u32 claimed;
	u8 fin_tries;
	u8 corrected;
};

/**
 * struct tcpka_extra - what a flow has only while it opens, closes, or is in
 *	doubt
 *
 * Made by tcpka_flow_need() and given back by tcpka_flow_tidy(), which says
 * when it may be; else it goes with its flow, after a grace period. It belongs
 * to its flow, and is under that one's lock. Nobody else has a pointer to it
 * but the list @yield is in: who finds it there holds tcpka_net.yield_lock,
 * under which it leaves that list before it goes.
 *
 * @flow: whose it is, never changed
 * @yield: in tcpka_net.yield while the flow would give way;
 *	tcpka_net.yield_lock, and the flow's lock
 * @syn: the initiator's SYN; where tcpka_flow.reborn, one that came later, with
 *	which a new connection may begin
 * @ended: tick at which it became a tombstone; where it is closed by FIN, first
 *	that of the FINs, then that at which neither end's FIN is waited for
 * @fin_until: tick at which a quiet moment is waited for no longer, where
 *	tcpka_flow.fin_due
 * @end: the two ends, in the order of the flow's key
 */
struct tcpka_extra {
	struct tcpka_flow *flow;
	struct list_head yield;
	struct tcpka_opening syn;
	u32 ended;
	u32 fin_until;
	struct tcpka_extra_end end[2];
};

#endif /* TCPKA_TYPES_EXTRA_H */
