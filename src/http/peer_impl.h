/* SPDX-License-Identifier: MIT */
/* What the files of a peer (peer*.c) share, and nobody else includes. */
#pragma once

#include "http/peer.h"

#include <sys/socket.h>

/*
 * Whose descriptor this is, on this thread: recv() has no other argument for
 * it. NULL: nobody's any more.
 */
void peer__own(int fd, struct peer *peer);

/* To be called as often as peers come and go: once by each server. */
void peer__owners_ref(void);
void peer__owners_unref(void);

/*
 * Says the last word to this peer. libmicrohttpd waits for its bytes, so none
 * of its replies is under way; it is told that the stream has ended.
 */
void peer__refuse(struct peer *peer);

/*
 * Reads what the gate lets pass: bytes, 0 at the end, or -1 with errno. Less
 * than `room` means that nothing more is there.
 */
ssize_t peer__read(struct peer *peer, char *to, size_t room);

/* The limits are others now. */
void peers__adjust_sweep(struct peers *peers);

/*
 * Sends these bytes, and with a reply's head its fields. Like sendmsg(), and
 * as if what it was given were all.
 */
ssize_t peer__write(struct peer *peer, const struct msghdr *message, int flags);

/* sendmsg(), encrypted where the peer is. */
ssize_t peer__put(struct peer *peer, const struct msghdr *message, int flags);

/* Takes bytes from the front of a message that holds more. */
void peer__leave_out(struct msghdr *message, size_t bytes);

/*
 * What the gate has passed is on its way to libmicrohttpd. Takes plain requests
 * from its front, and answers them: all but the last at once, the last now or
 * later (`direct`). Returns how many bytes are left, moved to the front.
 */
size_t peer__take_direct(struct peer *peer, char *at, size_t len);

/* The connection is closed: gives up what is direct. */
void peer__leave_direct(struct peer *peer);

/* What the linker's --wrap makes of libmicrohttpd's calls. */
ssize_t __real_recv(int fd, void *at, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *at, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *at, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
int __real_shutdown(int fd, int how);
int __wrap_shutdown(int fd, int how);
