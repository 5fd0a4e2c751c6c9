/* SPDX-License-Identifier: MIT */
/*
 * The calls by which libmicrohttpd reads, writes and ends a socket. It has no
 * TLS of ours: to it each client speaks plain HTTP, and what is to be read,
 * written or said at the end of a peer with TLS goes that way here.
 */
#include "base/check.h"
#include "base/memory.h"
#include "http/peer_impl.h"
#include "tls/tls.h"

enum { OWNERS_LEAST = 256 };

/* --- whose descriptor it is ---------------------------------------------- */

static _Thread_local struct {
    struct peer **at; /* by descriptor */
    int count;
    unsigned servers;
} owners;

void peer__owners_ref(void)
{
    owners.servers++;
}

void peer__owners_unref(void)
{
    if (--owners.servers > 0)
        return;
    memory_free(&owners.at);
    owners.count = 0;
}

static void make_room(int fd)
{
    int count = owners.count ? owners.count * 2 : OWNERS_LEAST;

    if (count <= fd)
        count = fd + 1;
    owners.at = memory_resize(owners.at, (size_t)count * sizeof(owners.at[0]));
    memset(owners.at + owners.count, 0,
           (size_t)(count - owners.count) * sizeof(owners.at[0]));
    owners.count = count;
}

void peer__own(int fd, struct peer *peer)
{
    if (fd >= owners.count)
        make_room(fd);
    owners.at[fd] = peer;
}

static struct peer *owner_of(int fd)
{
    return fd >= 0 && fd < owners.count ? owners.at[fd] : NULL;
}

/* --- reading ------------------------------------------------------------- */

ssize_t __wrap_recv(int fd, void *at, size_t len, int flags)
{
    struct peer *peer = owner_of(fd);

    return peer ? peer__read(peer, at, len) : __real_recv(fd, at, len, flags);
}

/* --- writing ------------------------------------------------------------- */

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct peer *peer = owner_of(fd);

    return peer ? peer__write(peer, message, flags)
                : __real_sendmsg(fd, message, flags);
}

ssize_t __wrap_send(int fd, const void *at, size_t len, int flags)
{
    struct iovec all = { (void *)(uintptr_t)at, len };
    const struct msghdr message = { .msg_iov = &all, .msg_iovlen = 1 };

    return __wrap_sendmsg(fd, &message, flags);
}

/* --- the end ------------------------------------------------------------- */

int __wrap_shutdown(int fd, int how)
{
    struct peer *peer = owner_of(fd);

    if (peer && peer->tls && how != SHUT_RD)
        tls_say_goodbye(peer->tls);
    return __real_shutdown(fd, how);
}
