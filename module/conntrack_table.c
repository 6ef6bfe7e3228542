// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - what conntrack's table tells of connections that were never seen
 *
 * The table is walked by nf_conntrack's own nf_ct_iterate_cleanup_net(), which
 * deletes what it is told to: nothing here. It knows how the table is locked
 * and resized, and lets others run between buckets. A bucket is locked
 * meanwhile, so the entries are only collected, with a reference each.
 *
 * nf_conntrack and nf_nat are pinned as long as entries are held, see
 * conntrack.c.
 */

#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>
#include <net/tcp.h>

#include "conntrack.h"
#include "stats.h"

/* A page each, its first words and a few to spare. */
#define TCPKA_CT_CHUNK		(PAGE_SIZE / sizeof(void *) - 4)

/* Where the scale of windows is not known; see tcpka_seq_pick(). */
#define TCPKA_MAX_WSCALE	14

struct tcpka_ct_chunk {
	struct tcpka_ct_chunk *next;
	unsigned int n;
	struct nf_conn *ct[TCPKA_CT_CHUNK];
};

/* Both ends have spoken, and at most one has closed its side. */
static bool tcpka_conntrack_open(const struct nf_conn *ct)
{
	unsigned long need = IPS_CONFIRMED | IPS_ASSURED;
	u8 family = nf_ct_l3num(ct);

	if (nf_ct_protonum(ct) != IPPROTO_TCP ||
	    (family != AF_INET && family != AF_INET6))
		return false;
	/* bridged, or put in by hand: there are no routes to look for */
	if (family == AF_INET6 && !ipv6_mod_enabled())
		return false;
	if ((READ_ONCE(ct->status) & need) != need ||
	    nf_ct_is_dying(ct) || nf_ct_is_expired(ct))
		return false;
	switch (READ_ONCE(ct->proto.tcp.state)) {
	case TCP_CONNTRACK_ESTABLISHED:
	case TCP_CONNTRACK_FIN_WAIT:
	case TCP_CONNTRACK_CLOSE_WAIT:
		return true;
	default:
		return false;
	}
}

static bool tcpka_conntrack_bag(struct tcpka_ct_bag *bag, struct nf_conn *ct)
{
	struct tcpka_ct_chunk *chunk = bag->chunk;

	if (!bag->room)
		return false;
	if (!chunk || chunk->n == TCPKA_CT_CHUNK) {
		chunk = kmalloc(sizeof(*chunk), GFP_ATOMIC | __GFP_NOWARN);
		if (!chunk)
			return false;
		chunk->next = bag->chunk;
		chunk->n = 0;
		bag->chunk = chunk;
	}
	/* the table has a reference as long as the bucket is locked */
	nf_conntrack_get(&ct->ct_general);
	chunk->ct[chunk->n++] = ct;
	bag->room--;
	return true;
}

/* Under the lock of a bucket. Nothing is ever to be deleted. */
static int tcpka_conntrack_collect_one(struct nf_conn *ct, void *data)
{
	struct tcpka_ct_bag *bag = data;

	/* the rules have changed again, or are gone: it begins anew */
	if (work_pending(&bag->tn->rematch))
		return 0;
	if (tcpka_conntrack_open(ct) &&
	    tcpka_conntrack_holdable(bag->tn, ct) &&
	    !tcpka_conntrack_bag(bag, ct))
		tcpka_count(bag->tn, NULL, TCPKA_STAT_FLOWS_REFUSED);
	return 0;
}

/**
 * tcpka_conntrack_collect() - hold on to the connections that conntrack knows
 * @bag: to fill; the caller empties it by tcpka_conntrack_next()
 * @tn: the namespace; nothing is found where nf_conntrack is not pinned
 *
 * Sleeps. No more than may be tracked; the others are counted as refused.
 */
void tcpka_conntrack_collect(struct tcpka_ct_bag *bag, struct tcpka_net *tn)
{
	typeof(nf_ct_iterate_cleanup_net) *iterate;

	bag->tn = tn;
	bag->chunk = NULL;
	bag->room = READ_ONCE(tn->config.max_flows);
	if (!READ_ONCE(tn->ct_pinned))
		return;
	iterate = symbol_get(nf_ct_iterate_cleanup_net);
	if (!iterate)
		return;
	tcpka_ct_iterate(iterate, tn->net, tcpka_conntrack_collect_one, bag);
	__symbol_put("nf_ct_iterate_cleanup_net");
}

/**
 * tcpka_conntrack_next() - take an entry out of a bag
 * @bag: the bag
 *
 * Return: the entry, whose reference is the caller's; or NULL if there is none
 * left.
 */
struct nf_conn *tcpka_conntrack_next(struct tcpka_ct_bag *bag)
{
	struct tcpka_ct_chunk *chunk = bag->chunk;
	struct nf_conn *ct;

	if (!chunk)
		return NULL;
	ct = chunk->ct[--chunk->n];
	if (!chunk->n) {
		bag->chunk = chunk->next;
		kfree(chunk);
	}
	return ct;
}

/**
 * tcpka_conntrack_put() - give a reference back
 * @ct: the entry
 */
void tcpka_conntrack_put(struct nf_conn *ct)
{
	/* not nf_ct_put(), which is nf_conntrack's own */
	nf_conntrack_put(&ct->ct_general);
}

/*
 * Whether replies come from where the other end sends to, unless conntrack has
 * translated it: else something else has (IPVS), and ours would be neither.
 */
static bool tcpka_conntrack_mirrored(const struct nf_conn *ct,
				     const struct nf_conntrack_tuple *to,
				     const struct nf_conntrack_tuple *back)
{
	if (READ_ONCE(ct->status) & IPS_NAT_MASK)
		return true;
	return nf_inet_addr_cmp(&to->src.u3, &back->dst.u3) &&
	       nf_inet_addr_cmp(&to->dst.u3, &back->src.u3) &&
	       to->src.u.tcp.port == back->dst.u.tcp.port &&
	       to->dst.u.tcp.port == back->src.u.tcp.port;
}

/**
 * tcpka_conntrack_key() - what FORWARD sees of a connection
 * @ct: its entry
 * @key: to fill, but for the VRF
 * @orig: gets which end of @key sends in the original direction
 *
 * Addresses after DNAT and before SNAT, see tuple.c.
 *
 * Return: false if it is not open any more, its ends are one, or its segments
 * are translated by others.
 */
bool tcpka_conntrack_key(const struct nf_conn *ct, struct tcpka_tuple *key,
			 u8 *orig)
{
	const struct nf_conntrack_tuple *to, *back;

	if (!tcpka_conntrack_open(ct))
		return false;
	to = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	back = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	if (!tcpka_conntrack_mirrored(ct, to, back))
		return false;
	memset(key, 0, sizeof(*key));
	key->family = nf_ct_l3num(ct);
	key->zone = nf_ct_zone(ct)->id;
	return tcpka_tuple_normalise(key, &to->src.u3, &back->src.u3,
				     to->src.u.tcp.port, back->src.u.tcp.port,
				     orig);
}

/*
 * Conntrack has looked at every segment, unless it was told to bear with what
 * it did not see: then its numbers are of old, and windows may be scaled.
 */
static void tcpka_conntrack_numbers(struct tcpka_seq *seq,
				    const struct ip_ct_tcp_state *own,
				    const struct ip_ct_tcp_state *other)
{
	/* before Linux 7.0 and its stable releases users set any they liked */
	u8 scale = min_t(u8, own->td_scale, TCPKA_MAX_WSCALE);
	u32 win = 0;

	memset(seq, 0, sizeof(*seq));
	seq->syn = 1;
	seq->acked = 1;
	seq->unseen = 1;
	/* until it is seen without */
	seq->ts = 1;
	seq->sack = !!(own->flags & other->flags & IP_CT_TCP_FLAG_SACK_PERM);
	seq->snd_nxt = own->td_end;
	seq->rcv_nxt = own->td_maxack;
	seq->edge = seq->rcv_nxt;
	if (after(other->td_maxend, seq->rcv_nxt))
		seq->edge = other->td_maxend;
	win = (seq->edge - seq->rcv_nxt) >> scale;
	seq->win = min_t(u32, win, U16_MAX);
	seq->wscale = scale;
	seq->max_win = max_t(u32, own->td_maxwin, 1);
	if (own->flags & IP_CT_TCP_FLAG_BE_LIBERAL || !own->td_maxwin) {
		seq->stale = 1;
		seq->wscale = TCPKA_MAX_WSCALE;
		seq->max_win = U16_MAX << TCPKA_MAX_WSCALE;
	}
}

/* Which side has closed, in the states in which one has. */
static bool tcpka_conntrack_half(const struct ip_ct_tcp *tcp, u8 orig,
				 struct tcpka_flow *flow)
{
	bool by[2];
	u8 dir;

	if (tcp->state == TCP_CONNTRACK_ESTABLISHED)
		return true;
	by[0] = tcp->seen[0].flags & IP_CT_TCP_FLAG_CLOSE_INIT;
	by[1] = tcp->seen[1].flags & IP_CT_TCP_FLAG_CLOSE_INIT;
	if (by[0] == by[1])
		return false;
	dir = by[0] ? orig : !orig;
	flow->end[dir].seq.fin = 1;
	flow->first_fin = 1 + dir;
	if (tcp->state == TCP_CONNTRACK_CLOSE_WAIT)
		flow->shut = BIT(dir);
	return true;
}

/**
 * tcpka_conntrack_tell() - the numbers and the state that conntrack knows
 * @ct: an entry
 * @orig: the end that sends in its original direction
 * @flow: gets them; nobody else can see it
 *
 * Return: false if they are not enough to speak for both ends.
 */
bool tcpka_conntrack_tell(struct nf_conn *ct, u8 orig, struct tcpka_flow *flow)
{
	struct ip_ct_tcp tcp;

	spin_lock_bh(&ct->lock);
	tcp = ct->proto.tcp;
	spin_unlock_bh(&ct->lock);
	if (!(tcp.seen[0].flags & tcp.seen[1].flags &
	      IP_CT_TCP_FLAG_MAXACK_SET))
		return false;
	tcpka_conntrack_numbers(&flow->end[orig].seq, &tcp.seen[0],
				&tcp.seen[1]);
	tcpka_conntrack_numbers(&flow->end[!orig].seq, &tcp.seen[1],
				&tcp.seen[0]);
	return tcpka_conntrack_half(&tcp, orig, flow);
}

/**
 * tcpka_conntrack_masq() - the device that masquerades a connection
 * @ct: its entry, confirmed
 *
 * Not nfct_nat(), which needs nf_conntrack's nf_ct_ext_find() to be linked.
 *
 * Return: index of the device, 0 where there is none.
 */
int tcpka_conntrack_masq(const struct nf_conn *ct)
{
#if IS_ENABLED(CONFIG_NF_NAT_MASQUERADE)
	const struct nf_conn_nat *nat;

	if (!nf_ct_ext_exist(ct, NF_CT_EXT_NAT))
		return 0;
	nat = (void *)ct->ext + ct->ext->offset[NF_CT_EXT_NAT];
	return nat->masq_index;
#else
	return 0;
#endif
}
