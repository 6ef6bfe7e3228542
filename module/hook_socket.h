/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpka - state transitions of local sockets
 */
#ifndef TCPKA_HOOK_SOCKET_H
#define TCPKA_HOOK_SOCKET_H

int tcpka_hook_socket_init(void);
void tcpka_hook_socket_exit(void);
int tcpka_hook_socket_get(void);
void tcpka_hook_socket_put(void);

#endif /* TCPKA_HOOK_SOCKET_H */
