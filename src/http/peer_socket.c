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

enum { OWNERS_LEAST = 256, RECORD_BYTES = 16 * 1024 };

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

static ssize_t count_move(struct peer *peer, ssize_t sent)
{
    if (peer && sent > 0)
        peer->peers->moves++;
    return sent;
}

ssize_t __wrap_send(int fd, const void *at, size_t len, int flags)
{
    struct peer *peer = owner_of(fd);

    if (peer && peer->tls)
        return count_move(peer, tls_write(peer->tls, at, len));
    return count_move(peer, __real_send(fd, at, len, flags));
}

/* As much as one record takes, from this position of all parts on. */
static size_t gather(const struct msghdr *message, size_t from, char *to)
{
    size_t have = 0;

    for (size_t i = 0; i < message->msg_iovlen && have < RECORD_BYTES; i++) {
        const struct iovec *part = &message->msg_iov[i];
        size_t len;

        if (from >= part->iov_len) {
            from -= part->iov_len;
            continue;
        }
        len = part->iov_len - from;
        if (len > RECORD_BYTES - have)
            len = RECORD_BYTES - have;
        memcpy(to + have, (const char *)part->iov_base + from, len);
        have += len;
        from = 0;
    }
    return have;
}

/* Less than all only when the socket is full: libmicrohttpd waits for it. */
static ssize_t write_parts(struct tls *tls, const struct msghdr *message)
{
    char record[RECORD_BYTES];
    size_t sent = 0, len;

    while ((len = gather(message, sent, record)) > 0) {
        ssize_t taken = tls_write(tls, record, len);

        if (taken > 0)
            sent += (size_t)taken;
        if (taken != (ssize_t)len)
            return sent > 0 ? (ssize_t)sent : taken;
    }
    return (ssize_t)sent;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct peer *peer = owner_of(fd);

    if (peer && peer->tls)
        return count_move(peer, write_parts(peer->tls, message));
    return count_move(peer, __real_sendmsg(fd, message, flags));
}

/* --- the end ------------------------------------------------------------- */

int __wrap_shutdown(int fd, int how)
{
    struct peer *peer = owner_of(fd);

    if (peer && peer->tls && how != SHUT_RD)
        tls_say_goodbye(peer->tls);
    return __real_shutdown(fd, how);
}
