/* SPDX-License-Identifier: MIT */
/* What the files of a peer (peer*.c) share, and nobody else includes. */
#pragma once

#include "http/peer.h"

#include <sys/socket.h>

/* The descriptors that this thread reads; recv() has no argument for it. */
void peer__make_current(struct peers *peers);

/*
 * Says the last word to this peer. libmicrohttpd waits for its bytes, so none
 * of its replies is under way; it is told that the stream has ended.
 */
void peer__refuse(struct peer *peer);

/* What the linker's --wrap makes of libmicrohttpd's calls. */
ssize_t __real_recv(int fd, void *at, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *at, size_t len, int flags);
ssize_t __real_send(int fd, const void *at, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *at, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
