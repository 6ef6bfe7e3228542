// SPDX-License-Identifier: GPL-2.0-only
/*
 * A scripted TCP end: says what a real kernel would not, see command.h
 *
 *	tcp_raw DEVICE PEER-MAC
 *
 * Its address is one that the kernel does not own, so that nobody else
 * answers; the next hop knows it as a permanent neighbour.
 *
 *   open ADDR PORT ADDR PORT [OPTION...]  own and peer's; then for handshakes
 *	ts, sack, wscale=N, win=N, iss=N; rcv=N what is expected next;
 *	sign=KIND in every segment an option of that kind (29 is TCP-AO)
 *   connect, accept			   the whole handshake, from either side
 *   seg FLAGS [OPTION...]		   FLAGS of SFRPAUEC, A with an ack
 *	seq=D, ack=D	relative to what is next; seq=0 (default) moves on
 *	len=N		bytes of payload
 *	win=N		from now on
 *	ts=D		timestamp relative to the clock; ts=none without
 *	sack=A-B	a block relative to what is expected next
 *	dstopt, frag	IPv6 extension header, or an option of IPv4; an atomic
 *			fragment
 *	mss=N		as the first of the options
 *	opt=KIND	an option of that kind with two bytes; 30 is an MP_PRIO
 *	ttl=N		time to live or hop limit
 *   wait [SECONDS]	the peer's next segment: "ok FLAGS seq=D ack=D len=N
 *			win=N ts=VAL,ECR abs=SEQ", or "ETIMEDOUT"
 *   poison COUNT WINDOW	hostile segments in its own name, of all flags: half
 *			of them within two WINDOWs of the edges of the peer's
 *			window, the others anywhere, none acceptable to it
 *   drain				   forgets what has come
 *   run SECONDS ANSWER [EVERY]	answers probes (ack, rst or none), takes
 *			data, and each EVERY seconds sends a keepalive that
 *			carries a garbage octet; "ok probes=N data=N rst=N"
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "command.h"
#include "packet.h"
#include "wire.h"

static const char flag_names[] = "FSRPAUEC";

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static uint32_t ts_clock(void)
{
	return (uint32_t)(seconds() * 1000);
}

static int transmit(const struct segment *s)
{
	uint8_t packet[2048];
	unsigned int len = wire_put(packet, s);

	return packet_send(tcp.family, packet, len) ? -errno : 0;
}

/* What a well-behaved end would say now. */
static struct segment plain(int flags)
{
	return (struct segment) {
		.flags = flags,
		.seq = tcp.snd_nxt,
		.ack = flags & ACK ? tcp.rcv_nxt : 0,
		.has_ts = tcp.ts && !(flags & RST),
		.tsval = ts_clock(),
		.tsecr = tcp.ts_recent,
		.win = tcp.win,
		.ttl = 64,
	};
}

/* Takes over what the peer says. Returns whether it brought anything new. */
static bool learn(const struct segment *s)
{
	uint32_t end = s->seq + s->len + !!(s->flags & SYN) +
		       !!(s->flags & FIN);

	/* RFC 7323 4.3: not of what is beyond the window */
	if (s->has_ts && (int32_t)(s->tsval - tcp.ts_recent) > 0 &&
	    ((s->flags & SYN) || (int32_t)(s->seq - tcp.rcv_nxt) <= 0))
		tcp.ts_recent = s->tsval;
	if (s->flags & SYN)
		tcp.rcv_nxt = s->seq;
	if (s->seq != tcp.rcv_nxt || s->flags & RST || end == s->seq)
		return false;
	tcp.rcv_nxt = end;
	return true;
}

/* The peer's next segment, at latest at @until: 1, 0 or a negative errno. */
static int receive(struct segment *s, double until)
{
	struct sockaddr_ll from;
	struct pollfd p = { .fd = packet_fd, .events = POLLIN };
	socklen_t from_len;
	uint8_t packet[65536];
	ssize_t len;
	double left;

	for (;;) {
		left = until - seconds();
		if (left < 0)
			left = 0;
		if (poll(&p, 1, (int)(left * 1000 + .999)) <= 0)
			return 0;
		from_len = sizeof(from);
		len = recvfrom(packet_fd, packet, sizeof(packet), 0,
			       (struct sockaddr *)&from, &from_len);
		if (len < 0)
			return -errno;
		if (from.sll_pkttype != PACKET_OUTGOING &&
		    wire_read(packet, len, s))
			return 1;
	}
}

static void answer_segment(const struct segment *s)
{
	char text[16] = "";
	size_t n = 0;

	for (size_t i = 0; flag_names[i]; i++)
		if (s->flags & 1 << i)
			text[n++] = flag_names[i];
	answer("ok %s seq=%d ack=%d len=%u win=%u ts=%u,%u abs=%u", text,
	       (int)(s->seq - tcp.rcv_nxt), (int)(s->ack - tcp.snd_nxt),
	       s->len, s->win, s->tsval, s->tsecr, s->seq);
}

/* NAME=VALUE: the value, or NULL. */
static const char *value(const char *word, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(word, name, len) && word[len] == '=' ?
	       word + len + 1 : NULL;
}

/* Whether word is "name=NUMBER", and which. */
static bool number(const char *word, const char *name, long *to)
{
	const char *v = value(word, name);

	if (v)
		*to = strtol(v, NULL, 0);
	return v;
}

static void open_option(const char *word)
{
	long v;

	if (!strcmp(word, "ts"))
		tcp.ts = true;
	else if (!strcmp(word, "sack"))
		tcp.sack = true;
	else if (number(word, "wscale", &v))
		tcp.wscale = v;
	else if (number(word, "win", &v))
		tcp.win = v;
	else if (number(word, "iss", &v))
		tcp.snd_nxt = v;
	else if (number(word, "sign", &v))
		tcp.sign = v;
	else if (number(word, "rcv", &v))
		tcp.rcv_nxt = v;
}

/* What came before is of others, and may have filled the socket. */
static void drain(void)
{
	uint8_t packet[64];

	while (recv(packet_fd, packet, sizeof(packet), MSG_DONTWAIT) >= 0)
		;
}

static int do_open(char **word, int n)
{
	drain();
	tcp = (struct tcp_state) { .win = 8192, .snd_nxt = 1000, .wscale = -1 };
	tcp.family = strchr(word[0], ':') ? AF_INET6 : AF_INET;
	for (int i = 0; i < 2; i++) {
		if (inet_pton(tcp.family, word[2 * i], tcp.addr[i]) != 1)
			return -EINVAL;
		tcp.port[i] = atoi(word[2 * i + 1]);
	}
	for (int i = 4; i < n; i++)
		open_option(word[i]);
	answer("ok");
	return 0;
}

static int send_and_move(struct segment s)
{
	int err = transmit(&s);

	if (!err && s.seq == tcp.snd_nxt)
		tcp.snd_nxt += s.len + !!(s.flags & SYN) + !!(s.flags & FIN);
	return err;
}

static int expect(int flags)
{
	struct segment s;
	int rc;

	do {
		rc = receive(&s, seconds() + 10);
		if (rc <= 0)
			return rc ? rc : -ETIMEDOUT;
	} while ((s.flags & (SYN | ACK | RST)) != flags);
	learn(&s);
	tcp.ts = tcp.ts && (s.has_ts || !(flags & SYN));
	return 0;
}

static int do_connect(char **word, int n)
{
	struct segment syn = plain(SYN);
	int err;

	syn.mss = 1400;
	err = send_and_move(syn);
	if (!err)
		err = expect(SYN | ACK);
	if (!err)
		err = send_and_move(plain(ACK));
	if (!err)
		answer("ok");
	return err;
}

static int do_accept(char **word, int n)
{
	struct segment synack;
	int err = expect(SYN);

	if (err)
		return err;
	synack = plain(SYN | ACK);
	synack.mss = 1400;
	err = send_and_move(synack);
	if (!err)
		err = expect(ACK);
	if (!err)
		answer("ok");
	return err;
}

static void seg_option(struct segment *s, const char *word)
{
	const char *edges = value(word, "sack");
	int from, to;
	long v;

	if (edges && sscanf(edges, "%d-%d", &from, &to) == 2) {
		s->sack[0] = tcp.rcv_nxt + from;
		s->sack[1] = tcp.rcv_nxt + to;
	}
	if (number(word, "win", &v))
		tcp.win = v;
	s->win = tcp.win;

	if (!strcmp(word, "ts=none"))
		s->has_ts = false;
	else if (!strcmp(word, "dstopt"))
		s->ext = IPPROTO_DSTOPTS;
	else if (!strcmp(word, "frag"))
		s->ext = IPPROTO_FRAGMENT;
	else if (number(word, "seq", &v))
		s->seq += v;
	else if (number(word, "ack", &v))
		s->ack += v;
	else if (number(word, "len", &v))
		s->len = v > 1400 ? 1400 : v;
	else if (number(word, "mss", &v))
		s->mss = v;
	else if (number(word, "opt", &v))
		s->opt = v;
	else if (number(word, "ttl", &v))
		s->ttl = v;
	else if (number(word, "ts", &v))
		s->tsval += v;
}

static int do_seg(char **word, int n)
{
	struct segment s;
	int flags = 0;
	int err;

	for (size_t i = 0; flag_names[i]; i++)
		if (strchr(word[0], flag_names[i]))
			flags |= 1 << i;
	s = plain(flags);
	for (int i = 1; i < n; i++)
		seg_option(&s, word[i]);
	err = send_and_move(s);
	if (!err)
		answer("ok");
	return err;
}

static int do_wait(char **word, int n)
{
	struct segment s;
	int rc = receive(&s, seconds() + (n ? atof(word[0]) : 60));

	if (rc <= 0)
		return rc ? rc : -ETIMEDOUT;
	answer_segment(&s);
	learn(&s);
	return 0;
}

static int react(const struct segment *s, int reply, int *probes, int *data)
{
	if (learn(s)) {
		++*data;
		return send_and_move(plain(ACK));
	}
	if (s->seq - tcp.rcv_nxt != (uint32_t)-1)
		return 0;
	++*probes;
	return reply ? send_and_move(plain(reply)) : 0;
}

static uint32_t any(void)
{
	static uint64_t x = 88172645463325252ULL;	/* xorshift64 */

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x >> 16;
}

/*
 * Not what the peer would take (RFC 9293 3.10.7.4), nor a keepalive, which is
 * one below. A RST may lie in the window, but not at the number that counts
 * (RFC 5961 3.2).
 */
static bool hostile(const struct segment *s, uint32_t window)
{
	uint32_t from = s->seq - tcp.snd_nxt;
	uint32_t to = from + s->len + !!(s->flags & (SYN | FIN));

	if (from + 1 <= 1)
		return false;
	if (s->flags & RST)
		return true;
	return from > window && (to > window || !to) &&
	       (int32_t)to <= (from < 1U << 31 ? INT32_MAX : 0);
}

static struct segment poisoned(uint32_t window)
{
	struct segment s;

	do {
		s = plain(any() & 0xff);
		s.seq += any() % 2 ? any() :
			 any() % (4 * window) - 2 * window +
			 (any() % 2 ? window : 0);
		s.len = any() % 2 ? any() % 100 : 0;
		s.ack = any() % 4 ? tcp.rcv_nxt + any() % 3 - 1 : any();
	} while (!hostile(&s, window));
	return s;
}

static int do_poison(char **word, int n)
{
	struct segment s;
	int err = 0;

	for (long i = atol(word[0]); i > 0 && !err; i--) {
		s = poisoned(atol(word[1]));
		err = transmit(&s);
	}
	if (!err)
		answer("ok");
	return err;
}

static int do_drain(char **word, int n)
{
	drain();
	answer("ok");
	return 0;
}

static int do_run(char **word, int n)
{
	double until = seconds() + atof(word[0]);
	int reply = !strcmp(word[1], "ack") ? ACK :
		    !strcmp(word[1], "rst") ? RST : 0;
	double every = n > 2 ? atof(word[2]) : 1e9;
	double own = seconds() + every;
	int probes = 0, data = 0, rst = 0;
	struct segment s;
	int rc = 0;

	while (rc >= 0 && !rst && seconds() < until) {
		rc = receive(&s, own < until ? own : until);
		if (rc > 0 && s.flags & RST) {
			rst = 1;
		} else if (rc > 0) {
			rc = react(&s, reply, &probes, &data);
		} else if (!rc && seconds() >= own) {
			struct segment garbage = plain(ACK);

			garbage.seq--;
			garbage.len = 1;
			own += every;
			rc = transmit(&garbage);
		}
	}
	if (rc < 0)
		return rc;
	answer("ok probes=%d data=%d rst=%d", probes, data, rst);
	return 0;
}

static const struct command commands[] = {
	{ "open", 4, do_open },
	{ "connect", 0, do_connect },
	{ "accept", 0, do_accept },
	{ "seg", 1, do_seg },
	{ "wait", 0, do_wait },
	{ "run", 2, do_run },
	{ "poison", 2, do_poison },
	{ "drain", 0, do_drain },
	{}
};

int main(int argc, char **argv)
{
	if (packet_open(argv) || packet_listen()) {
		perror("tcp_raw DEVICE PEER-MAC");
		return 1;
	}
	return command_loop(commands);
}
