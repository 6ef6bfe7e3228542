// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpka - from an skb to the key of its connection and the facts of its segment
 */

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/tcp.h>

#include "tuple.h"

#define TCPKA_OPT_AO		29	/* RFC 5925 2.2 */
#define TCPKA_OPT_MPTCP		30	/* RFC 8684 3 */

/* What words of options begin with in a SYN, or are */
#define TCPKA_OPT_MSS		(TCPOPT_MSS << 8 | TCPOLEN_MSS)
#define TCPKA_OPT_NOP_WINDOW	(TCPOPT_NOP << 16 | TCPOPT_WINDOW << 8 | \
				 TCPOLEN_WINDOW)
#define TCPKA_OPT_NOP_SACK_PERM	(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | \
				 TCPOPT_SACK_PERM << 8 | TCPOLEN_SACK_PERM)
#define TCPKA_OPT_SACK_PERM_TS	(TCPOPT_SACK_PERM << 24 | \
				 TCPOLEN_SACK_PERM << 16 | \
				 TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP)

/**
 * tcpka_tuple_normalise() - put the smaller end first
 * @key: family and the rest stay, addresses and ports are written
 * @saddr: of the sender
 * @daddr: of the receiver
 * @sport: of the sender
 * @dport: of the receiver
 * @dir: which end of @key is the sender
 *
 * Return: false if the two ends are one: their directions cannot be told
 * apart.
 */
bool tcpka_tuple_normalise(struct tcpka_tuple *key,
			   const union nf_inet_addr *saddr,
			   const union nf_inet_addr *daddr,
			   __be16 sport, __be16 dport, u8 *dir)
{
	u32 s = ntohs(sport), d = ntohs(dport);
	unsigned int i;

	/* as memcmp() has it, word by word: the first one nearly always tells */
	for (i = 0; i < ARRAY_SIZE(saddr->all); i++) {
		if (saddr->all[i] == daddr->all[i])
			continue;
		s = ntohl((__force __be32)saddr->all[i]);
		d = ntohl((__force __be32)daddr->all[i]);
		break;
	}
	*dir = s > d;
	key->addr[*dir] = *saddr;
	key->addr[!*dir] = *daddr;
	key->port[*dir] = sport;
	key->port[!*dir] = dport;
	return s != d;
}

static void tcpka_tuple_stamp(struct tcpka_segment *seg, const u8 *stamp)
{
	seg->has_ts = 1;
	seg->tsval = get_unaligned_be32(stamp);
	seg->tsecr = get_unaligned_be32(stamp + 4);
}

static void tcpka_tuple_option(struct tcpka_segment *seg, const u8 *opt)
{
	unsigned int size = opt[1];

	switch (opt[0]) {
	case TCPOPT_TIMESTAMP:
		if (size != TCPOLEN_TIMESTAMP)
			break;
		tcpka_tuple_stamp(seg, opt + 2);
		break;
	case TCPOPT_WINDOW:
		if (size != TCPOLEN_WINDOW || !seg->syn)
			break;
		seg->has_wscale = 1;
		seg->wscale = opt[2];
		break;
	case TCPOPT_MSS:
		if (size == TCPOLEN_MSS && seg->syn)
			seg->mss = get_unaligned_be16(opt + 2);
		break;
	case TCPOPT_SACK_PERM:
		seg->sack_ok = seg->syn;
		break;
	case TCPOPT_SACK:
		seg->has_sack = 1;
		break;
	case TCPOPT_MD5SIG:
	case TCPKA_OPT_AO:
		seg->is_signed = 1;
		break;
	case TCPKA_OPT_MPTCP:
		seg->mptcp = 1;
		/* of it, some is said once and never again (RFC 8684 3.4) */
		seg->odd = 1;
		break;
	default:
		seg->odd = 1;
		break;
	}
}

/*
 * What the SYNs of usual stacks have is in words of four bytes, with NOPs where one
 * would be odd. Reads as many of them from the start as there are, and no further:
 * of the rest nothing is known, not even that there is any.
 *
 * Return: how many bytes of @len are left.
 */
static unsigned int tcpka_tuple_syn_words(struct tcpka_segment *seg,
					  const u8 *opt, unsigned int len)
{
	unsigned int size;
	u32 word;

	for (; len >= 4; opt += size, len -= size) {
		word = get_unaligned_be32(opt);
		size = 4;
		if (word >> 16 == TCPKA_OPT_MSS) {
			seg->mss = word;
		} else if (word >> 8 == TCPKA_OPT_NOP_WINDOW) {
			seg->has_wscale = 1;
			seg->wscale = word;
		} else if (word == TCPKA_OPT_NOP_SACK_PERM) {
			seg->sack_ok = 1;
		} else if (len >= TCPOLEN_TSTAMP_ALIGNED &&
			   (word == TCPKA_OPT_SACK_PERM_TS ||
			    word == TCPKA_OPT_TS_ALIGNED)) {
			seg->sack_ok |= word == TCPKA_OPT_SACK_PERM_TS;
			tcpka_tuple_stamp(seg, opt + 4);
			size = TCPOLEN_TSTAMP_ALIGNED;
		} else {
			break;
		}
	}
	return len;
}

/* One by one, whatever they are. */
static bool tcpka_tuple_each_option(struct tcpka_segment *seg, const u8 *opt,
				    unsigned int len)
{
	while (len) {
		if (opt[0] == TCPOPT_EOL)
			return true;
		if (opt[0] == TCPOPT_NOP) {
			opt++;
			len--;
			continue;
		}
		if (len < 2 || opt[1] < 2 || opt[1] > len)
			return false;
		tcpka_tuple_option(seg, opt);
		len -= opt[1];
		opt += opt[1];
	}
	return true;
}

/**
 * tcpka_tuple_options() - read the TCP options
 * @seg: to write to, its flags are set already
 * @opt: the options
 * @len: bytes of them
 *
 * Return: false if they are malformed (RFC 9293 3.1).
 */
bool tcpka_tuple_options(struct tcpka_segment *seg, const u8 *opt,
			 unsigned int len)
{
	unsigned int left = len;

	/* what nearly every segment of a connection has: RFC 7323 appendix A */
	if (len == TCPOLEN_TSTAMP_ALIGNED &&
	    get_unaligned_be32(opt) == TCPKA_OPT_TS_ALIGNED) {
		tcpka_tuple_stamp(seg, opt + 4);
		return true;
	}
	if (seg->syn)
		left = tcpka_tuple_syn_words(seg, opt, len);
	return !left || tcpka_tuple_each_option(seg, opt + len - left, left);
}

/**
 * tcpka_tuple_tcp() - read a TCP header that lies in one piece
 * @seg: to fill
 * @th: the header, all that its length says
 * @all: bytes of it and of the payload
 *
 * Return: false if it is malformed.
 */
bool tcpka_tuple_tcp(struct tcpka_segment *seg, const struct tcphdr *th,
		     unsigned int all)
{
	unsigned int hlen = th->doff * 4, len = all - hlen;
	const u8 *byte = (const u8 *)th;
	u8 flags = byte[13];
	bool syn = flags & TCPHDR_SYN, fin = flags & TCPHDR_FIN;
	bool rst = flags & TCPHDR_RST, ack = flags & TCPHDR_ACK;

	*seg = (struct tcpka_segment) {
		.seq = ntohl(th->seq),
		.end = ntohl(th->seq) + len + syn + fin,
		.ack = ntohl(th->ack_seq),
		.win = ntohs(th->window),
		.len = len,
		.syn = syn, .fin = fin, .rst = rst, .has_ack = ack,
		/*
		 * Say more than a plain acknowledgment does, as do odd options;
		 * and so do the bits above CWR, of which one is AccECN's AE
		 * (RFC 9768 3.1).
		 */
		.odd = flags & (TCPHDR_URG | TCPHDR_ECE | TCPHDR_CWR) ||
		       byte[12] & 0x0f,
	};
	/* at most one of these, and after a SYN always ACK or RST */
	if (syn + fin + rst > 1 || !(syn || rst || ack))
		return false;
	return hlen == sizeof(*th) ||
	       tcpka_tuple_options(seg, (const u8 *)(th + 1),
				   hlen - sizeof(*th));
}

/* Out of the way of those that do: what is on the stack is cleared each time. */
static noinline bool tcpka_tuple_scattered(const struct sk_buff *skb,
					   unsigned int thoff,
					   struct tcpka_segment *seg,
					   __be16 port[2])
{
	u8 buf[15 * 4];
	const struct tcphdr *th;
	unsigned int hlen;

	th = skb_header_pointer(skb, thoff, sizeof(*th), buf);
	if (!th)
		return false;
	hlen = th->doff * 4;
	if (hlen < sizeof(*th))
		return false;
	th = skb_header_pointer(skb, thoff, hlen, buf);
	if (!th)
		return false;
	port[0] = th->source;
	port[1] = th->dest;
	return tcpka_tuple_tcp(seg, th, skb->len - thoff);
}

static bool tcpka_tuple_segment(const struct sk_buff *skb, unsigned int thoff,
				struct tcpka_segment *seg, __be16 port[2])
{
	const struct tcphdr *th = (const void *)(skb->data + thoff);
	unsigned int there = skb_headlen(skb);

	if (there < thoff + sizeof(*th) || th->doff * 4 < sizeof(*th) ||
	    there < thoff + th->doff * 4)
		return tcpka_tuple_scattered(skb, thoff, seg, port);
	port[0] = th->source;
	port[1] = th->dest;
	return tcpka_tuple_tcp(seg, th, skb->len - thoff);
}

static int tcpka_tuple_ipv4(const struct sk_buff *skb,
			    struct tcpka_packet *pkt,
			    union nf_inet_addr addr[2])
{
	const struct iphdr *iph = ip_hdr(skb);

	if (iph->protocol != IPPROTO_TCP || ip_is_fragment(iph))
		return -1;
	addr[0].ip = iph->saddr;
	addr[1].ip = iph->daddr;
	pkt->ttl = iph->ttl;
	pkt->dsfield = ipv4_get_dsfield(iph);
	pkt->flowlabel = 0;
	return skb_network_offset(skb) + ip_hdrlen(skb);
}

static int tcpka_tuple_ipv6(const struct sk_buff *skb,
			    struct tcpka_packet *pkt,
			    union nf_inet_addr addr[2])
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u8 nexthdr = ip6h->nexthdr;
	__be16 frag_off = 0;
	int thoff;

	thoff = skb_network_offset(skb) + sizeof(*ip6h);
	if (nexthdr != IPPROTO_TCP)
		thoff = ipv6_skip_exthdr(skb, thoff, &nexthdr, &frag_off);
	if (thoff < 0 || nexthdr != IPPROTO_TCP || frag_off)
		return -1;
	addr[0].in6 = ip6h->saddr;
	addr[1].in6 = ip6h->daddr;
	pkt->ttl = ip6h->hop_limit;
	pkt->dsfield = ipv6_get_dsfield(ip6h);
	pkt->flowlabel = ntohl(ip6_flowlabel(ip6h));
	return thoff;
}

/**
 * tcpka_tuple_ports() - read no more than the ports of a packet
 * @skb: at a netfilter hook, its network header valid
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 * @port: to fill, of sender and receiver, host byte order
 *
 * Return: false where that takes more than a look: it may be TCP or not.
 */
bool tcpka_tuple_ports(const struct sk_buff *skb, u8 pf, u16 port[2])
{
	unsigned int at = skb_network_offset(skb);
	const __be16 *p;
	__be16 buf[2];

	if (pf == NFPROTO_IPV4) {
		if (ip_hdr(skb)->protocol != IPPROTO_TCP ||
		    ip_is_fragment(ip_hdr(skb)))
			return false;
		at += ip_hdrlen(skb);
	} else {
		if (ipv6_hdr(skb)->nexthdr != IPPROTO_TCP)
			return false;
		at += sizeof(struct ipv6hdr);
	}
	p = skb_header_pointer(skb, at, sizeof(buf), buf);
	if (!p)
		return false;
	port[0] = ntohs(p[0]);
	port[1] = ntohs(p[1]);
	return true;
}

/* Through which a segment came in; a VRF's device stands for all its ports. */
static int tcpka_tuple_port(const struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	if (!netif_is_l3_master(state->in))
		return state->in->ifindex;
	return state->pf == NFPROTO_IPV4 ? IPCB(skb)->iif : IP6CB(skb)->iif;
}

/**
 * tcpka_tuple_zone() - conntrack zone of the connection that a packet is of
 * @skb: the packet, or an ICMP error about one
 *
 * A zone may be meant for one direction, both have it.
 *
 * Return: the zone, 0 where there is none.
 */
u16 tcpka_tuple_zone(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	return ct ? nf_ct_zone(ct)->id : 0;
}

/* Most devices are of no VRF, and that is seen without a call. */
static u32 tcpka_tuple_l3mdev(const struct net_device *dev)
{
	if (!netif_is_l3_master(dev) && !netif_is_l3_slave(dev))
		return 0;
	return l3mdev_master_ifindex_rcu(dev);
}

/*
 * br_netfilter has frames pass FORWARD that are bridged, not routed: of them,
 * and only of them, the port through which they leave is known there already.
 */
static bool tcpka_tuple_bridged(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return nf_bridge_get_physoutif(skb);
#else
	return false;
#endif
}

/**
 * tcpka_tuple_parse() - read what the hooks need from an skb
 * @skb: at a netfilter hook, its network header valid; not changed
 * @state: of that hook, with both devices; IPv4 or IPv6
 * @pkt: to fill
 *
 * Fragments are not looked into: where conntrack is loaded, they have been
 * put together before FORWARD.
 *
 * Return: enum tcpka_parsed; @pkt is whole only with TCPKA_PARSED.
 */
enum tcpka_parsed tcpka_tuple_parse(const struct sk_buff *skb,
				    const struct nf_hook_state *state,
				    struct tcpka_packet *pkt)
{
	union nf_inet_addr addr[2] = {};
	__be16 port[2];
	int thoff;

	/* each field by itself: clearing them first is as dear as reading them */
	pkt->key.unused = 0;
	pkt->key.family = state->pf == NFPROTO_IPV4 ? AF_INET : AF_INET6;
	thoff = state->pf == NFPROTO_IPV4 ? tcpka_tuple_ipv4(skb, pkt, addr) :
					    tcpka_tuple_ipv6(skb, pkt, addr);
	if (thoff < 0)
		return TCPKA_NOT_TCP;
	if (!tcpka_tuple_segment(skb, thoff, &pkt->seg, port))
		return TCPKA_MALFORMED;
	if (!tcpka_tuple_normalise(&pkt->key, &addr[0], &addr[1], port[0],
				   port[1], &pkt->dir))
		return TCPKA_MALFORMED;
	pkt->thoff = thoff;
	pkt->key.l3mdev = tcpka_tuple_l3mdev(state->in);
	pkt->key.zone = tcpka_tuple_zone(skb);
	pkt->mark = skb->mark;
	pkt->iif = tcpka_tuple_port(skb, state);
	pkt->oif = state->out->ifindex;
	pkt->bridged = tcpka_tuple_bridged(skb);
	return TCPKA_PARSED;
}

/**
 * tcpka_tuple_opener() - which end has opened the connection of a segment
 * @skb: the segment
 * @pkt: what was read of it
 * @guessed: whether nobody knows
 *
 * A SYN comes from the initiator. Who has opened what is open already,
 * conntrack knows. Without it the higher port is taken for the initiator's.
 *
 * Return: index of the end in the key.
 */
unsigned int tcpka_tuple_opener(const struct sk_buff *skb,
				const struct tcpka_packet *pkt, bool *guessed)
{
	const __be16 *port = pkt->key.port;
	enum ip_conntrack_info info;
	bool sender;

	*guessed = false;
	if (pkt->seg.syn)
		return pkt->dir;
	if (nf_ct_get(skb, &info)) {
		sender = CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL;
	} else {
		sender = ntohs(port[pkt->dir]) >= ntohs(port[!pkt->dir]);
		*guessed = true;
	}
	return sender ? pkt->dir : !pkt->dir;
}

/**
 * tcpka_tuple_subject() - what policies match of the connection of a segment
 * @skb: the segment, with which the connection is to be known
 * @pkt: what was read of it
 * @subject: to fill
 */
void tcpka_tuple_subject(const struct sk_buff *skb,
			 const struct tcpka_packet *pkt,
			 struct tcpka_subject *subject)
{
	bool guessed;
	unsigned int ini = tcpka_tuple_opener(skb, pkt, &guessed);
	bool sender = ini == pkt->dir;

	subject->kind = TCPKA_KIND_FORWARD;
	subject->family = pkt->key.family;
	subject->src = pkt->key.addr[ini];
	subject->dst = pkt->key.addr[!ini];
	subject->sport = pkt->key.port[ini];
	subject->dport = pkt->key.port[!ini];
	subject->iif = sender ? pkt->iif : pkt->oif;
	subject->oif = sender ? pkt->oif : pkt->iif;
	subject->mark = pkt->mark;
	subject->uid = TCPKA_UID_NONE;
	subject->unowned = false;
	subject->cgroup = NULL;
}

/**
 * tcpka_tuple_intact() - whether a segment's checksum is right
 * @net: the namespace
 * @skb: the segment, at FORWARD; not changed
 * @pkt: what tcpka_tuple_parse() read of it
 *
 * Its receiver drops it without a word if not, so it teaches nothing. What the
 * device, GRO or conntrack has checked, or this machine made, is not summed up
 * again. nf_checksum() would note in @skb that the sum is complete, which
 * forwarding does not keep true (skb_forward_csum()).
 *
 * Return: false if it is wrong.
 */
bool tcpka_tuple_intact(struct net *net, const struct sk_buff *skb,
			const struct tcpka_packet *pkt)
{
	const struct tcpka_tuple *key = &pkt->key;
	unsigned int len = skb->len - pkt->thoff;
	__wsum sum;

	if (tcpka_tuple_checked(net, skb))
		return true;
	/* what lies in one piece, as most does, needs no walk */
	if (!skb_is_nonlinear(skb))
		sum = csum_partial(skb->data + pkt->thoff, len, 0);
	else
		sum = skb_checksum(skb, pkt->thoff, len, 0);
	/* the sum is the same in either order of the addresses */
	if (key->family == AF_INET)
		return !csum_tcpudp_magic(key->addr[0].ip, key->addr[1].ip, len,
					  IPPROTO_TCP, sum);
	return !csum_ipv6_magic(&key->addr[0].in6, &key->addr[1].in6, len,
				IPPROTO_TCP, sum);
}
