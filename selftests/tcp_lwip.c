// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCP end that is not Linux's: lwIP, driven by commands, see command.h
 *
 *	tcp_lwip DEVICE PEER-MAC ADDR...
 *
 * Its addresses are such that the kernel does not own; the next hop knows them
 * as permanent neighbours. One connection at a time.
 *
 *   connect ADDR PORT    blocks
 *   send BYTES
 *   recv                 blocks: "ok N", "eof" or the error
 *   close
 *   count                "ok N": so many connections are there
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <lwip/api.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcpip.h>

#include "command.h"
#include "packet.h"

#define AUX_DATA	8
#define CSUM_NOT_READY	8
#define PACKET_MAX	65536

/* As in linux/if_packet.h, which does not go with netpacket/packet.h. */
struct aux_data {
	uint32_t status, len, snaplen;
	uint16_t mac, net, vlan_tci, vlan_tpid;
};

static struct netif netif;
static struct netconn *conn;

static err_t transmit(struct pbuf *p, int family)
{
	uint8_t packet[2048];
	int len;

	len = pbuf_copy_partial(p, packet, sizeof(packet), 0);
	return packet_send(family, packet, len) ? ERR_IF : ERR_OK;
}

static err_t output(struct netif *n, struct pbuf *p, const ip4_addr_t *to)
{
	(void)n;
	(void)to;
	return transmit(p, AF_INET);
}

static err_t output_ip6(struct netif *n, struct pbuf *p, const ip6_addr_t *to)
{
	(void)n;
	(void)to;
	return transmit(p, AF_INET6);
}

static err_t netif_start(struct netif *n)
{
	memcpy(n->name, "lw", 2);
	n->mtu = 1500;
	n->output = output;
	n->output_ip6 = output_ip6;
	return ERR_OK;
}

/*
 * A packet that never was on a wire may have the sum over its pseudo header
 * only; it is to be finished by a device, which is us.
 */
static void finish_checksum(uint8_t *packet, int len)
{
	int at = packet[0] >> 4 == 4 ? (packet[0] & 15) * 4 : 40;
	uint32_t sum = 0;

	if (len < at + 20)
		return;
	for (int i = at; i < len; i++)
		sum += (i - at) & 1 ? packet[i] : packet[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	packet[at + 16] = ~sum >> 8;
	packet[at + 17] = ~sum;
}

static bool checksum_ready(struct msghdr *msg)
{
	struct aux_data aux;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == AUX_DATA) {
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
			return !(aux.status & CSUM_NOT_READY);
		}
	return true;
}

static void *receive(void *arg)
{
	static uint8_t packet[PACKET_MAX];
	char control[256];
	struct sockaddr_ll from;

	(void)arg;
	for (;;) {
		struct iovec iov = { packet, sizeof(packet) };
		struct msghdr msg = {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		int len = recvmsg(packet_fd, &msg, 0);
		struct pbuf *p;

		if (len <= 0 || from.sll_pkttype != PACKET_HOST)
			continue;
		if (!checksum_ready(&msg))
			finish_checksum(packet, len);
		p = pbuf_alloc(PBUF_RAW, len, PBUF_RAM);
		if (!p)
			continue;
		pbuf_take(p, packet, len);
		if (netif.input(p, &netif) != ERR_OK)
			pbuf_free(p);
	}
	return NULL;
}

static int open_device(char **argv)
{
	int one = 1;

	if (packet_open(argv))
		return -1;
	setsockopt(packet_fd, SOL_PACKET, AUX_DATA, &one, sizeof(one));
	return packet_listen();
}

static int add_address(const char *word)
{
	ip4_addr_t any, mask;
	ip_addr_t ip;

	if (!ipaddr_aton(word, &ip))
		return -1;
	if (IP_IS_V6(&ip)) {
		netif_ip6_addr_set(&netif, 1, ip_2_ip6(&ip));
		netif_ip6_addr_set_state(&netif, 1, IP6_ADDR_PREFERRED);
		return 0;
	}
	IP4_ADDR(&any, 0, 0, 0, 0);
	IP4_ADDR(&mask, 255, 255, 255, 0);
	netif_set_addr(&netif, ip_2_ip4(&ip), &mask, &any);
	return 0;
}

static int start(char **arg)
{
	pthread_t thread;
	int err = 0;

	if (open_device(arg))
		return -1;
	tcpip_init(NULL, NULL);
	LOCK_TCPIP_CORE();
	netif_add_noaddr(&netif, NULL, netif_start, tcpip_input);
	netif_set_default(&netif);
	for (arg += 3; *arg; arg++)
		err |= add_address(*arg);
	netif_set_link_up(&netif);
	netif_set_up(&netif);
	UNLOCK_TCPIP_CORE();
	return err ? err : pthread_create(&thread, NULL, receive, NULL);
}

static int result(err_t err)
{
	if (err != ERR_OK)
		return -err_to_errno(err);
	answer("ok");
	return 0;
}

static int do_connect(char **word, int n)
{
	ip_addr_t ip;

	(void)n;
	if (!ipaddr_aton(word[0], &ip))
		return -EINVAL;
	if (conn)
		netconn_delete(conn);
	conn = netconn_new(IP_IS_V6(&ip) ? NETCONN_TCP_IPV6 : NETCONN_TCP);
	if (!conn)
		return -ENOMEM;
	return result(netconn_connect(conn, &ip, atoi(word[1])));
}

static int do_send(char **word, int n)
{
	static const char data[4096];
	size_t len = strtoul(word[0], NULL, 10);

	(void)n;
	if (!conn || len > sizeof(data))
		return -EINVAL;
	return result(netconn_write(conn, data, len, NETCONN_COPY));
}

static int do_recv(char **word, int n)
{
	struct netbuf *buf;
	err_t err;

	(void)word;
	(void)n;
	if (!conn)
		return -ENOTCONN;
	err = netconn_recv(conn, &buf);
	if (err == ERR_OK) {
		answer("ok %d", netbuf_len(buf));
		netbuf_delete(buf);
	} else if (err == ERR_CLSD) {
		answer("eof");
	} else {
		return -err_to_errno(err);
	}
	return 0;
}

static int do_close(char **word, int n)
{
	err_t err;

	(void)word;
	(void)n;
	if (!conn)
		return -ENOTCONN;
	err = netconn_delete(conn);
	conn = NULL;
	return result(err);
}

static int do_count(char **word, int n)
{
	int count = 0;

	(void)word;
	(void)n;
	LOCK_TCPIP_CORE();
	for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
		count++;
	UNLOCK_TCPIP_CORE();
	answer("ok %d", count);
	return 0;
}

static const struct command commands[] = {
	{ "connect", 2, do_connect },
	{ "send", 1, do_send },
	{ "recv", 0, do_recv },
	{ "close", 0, do_close },
	{ "count", 0, do_count },
	{}
};

int main(int argc, char **argv)
{
	if (argc < 4 || start(argv)) {
		perror("tcp_lwip");
		return 1;
	}
	return command_loop(commands);
}
