/* SPDX-License-Identifier: MIT */
/*
 * The way of a peer's bytes to its socket. libmicrohttpd writes the status line
 * and says how the body is framed and whether the connection goes on; the other
 * fields of a reply are put in here, before the empty line that ends its head.
 */
#include "base/check.h"
#include "http/peer_impl.h"
#include "tls/tls.h"

#include <errno.h>

enum { RECORD_BYTES = 16 * 1024, PARTS_MAX = 4, EMPTY_LINE_BYTES = 2 };

/* --- encrypted ------------------------------------------------------------ */

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
static ssize_t encrypt(struct tls *tls, const struct msghdr *message)
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

/* --- as it comes ---------------------------------------------------------- */

ssize_t peer__put(struct peer *peer, const struct msghdr *message, int flags)
{
    ssize_t sent = peer->tls ? encrypt(peer->tls, message)
                             : __real_sendmsg(peer->fd, message, flags);

    if (sent > 0)
        peer->peers->moves++;
    return sent;
}

/* --- with the reply's fields ---------------------------------------------- */

/* The exchange whose head is not all sent yet; or NULL. */
static struct exchange *heading(const struct peer *peer)
{
    struct exchange *exchange = peer->exchange;

    return exchange && exchange->fields.len > 0 ? exchange : NULL;
}

void peer__leave_out(struct msghdr *message, size_t bytes)
{
    while (bytes >= message->msg_iov->iov_len) {
        bytes -= message->msg_iov->iov_len;
        message->msg_iov++;
        message->msg_iovlen--;
    }
    message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + bytes;
    message->msg_iov->iov_len -= bytes;
}

/*
 * libmicrohttpd knows of its own head only, so it is not told of parts of what
 * has become of it: until all of that is sent, the socket was full.
 */
static ssize_t put_head(struct peer *peer, struct exchange *exchange,
                        const struct msghdr *given, int flags)
{
    size_t head = given->msg_iov->iov_len, whole = head + exchange->fields.len;
    struct iovec parts[PARTS_MAX] = {
        { given->msg_iov->iov_base, head - EMPTY_LINE_BYTES },
        { exchange->fields.at, exchange->fields.len },
        { (char *)given->msg_iov->iov_base + head - EMPTY_LINE_BYTES,
          EMPTY_LINE_BYTES },
    };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };
    ssize_t sent;

    CHECK(head > EMPTY_LINE_BYTES && given->msg_iovlen <= 2);
    if (given->msg_iovlen == 2)
        parts[message.msg_iovlen++] = given->msg_iov[1];
    peer__leave_out(&message, exchange->sent);
    sent = peer__put(peer, &message, flags);
    if (sent < 0)
        return sent;
    exchange->sent += (size_t)sent;
    if (exchange->sent < whole) {
        errno = EAGAIN;
        return -1;
    }
    sent = (ssize_t)(exchange->sent - exchange->fields.len);
    buffer_clear(&exchange->fields);
    return sent;
}

ssize_t peer__write(struct peer *peer, const struct msghdr *message, int flags)
{
    struct exchange *exchange = heading(peer);

    return exchange ? put_head(peer, exchange, message, flags)
                    : peer__put(peer, message, flags);
}
