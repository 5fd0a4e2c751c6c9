/* SPDX-License-Identifier: MIT */
/*
 * Reads that libmicrohttpd never hears of. It is there to frame bodies, to send
 * streams and to end connections; a plain GET whose reply is whole needs none
 * of it. So while libmicrohttpd waits for a next request, such a one is taken
 * out of what it would read and answered here, and it goes on waiting.
 */
#include "base/check.h"
#include "http/head.h"
#include "http/peer_impl.h"
#include "http/reply_head.h"

#include <errno.h>

/* --- the end ---------------------------------------------------------------
 */

/* libmicrohttpd reads the end, and closes. */
static void close_behind(struct peer *peer)
{
    peer->refused = true;
    shutdown(peer->fd, SHUT_RD);
}

static void read_on(struct peer *peer)
{
    if (!peer->unread)
        return;
    peer->unread = false;
    peer->peers->unread--;
    peer->peers->ask_to_run(peer->peers);
}

static void end(struct peer *peer, bool sent)
{
    bool close = peer->exchange->reply.close;

    watch_free(&peer->full);
    peer->direct = false;
    peer_end_exchange(peer, sent);
    if (close)
        close_behind(peer);
    read_on(peer);
}

void peer__leave_direct(struct peer *peer)
{
    if (!peer->direct)
        return;
    if (peer->unread)
        peer->peers->unread--;
    peer->unread = peer->direct = false;
    watch_free(&peer->full);
    peer_end_exchange(peer, false);
}

/* --- the reply -------------------------------------------------------------
 */

static ssize_t send_rest(struct peer *peer, struct exchange *exchange,
                         struct text body)
{
    struct iovec parts[] = { { exchange->fields.at, exchange->fields.len },
                             { (void *)(uintptr_t)body.at, body.len } };
    struct msghdr message = { .msg_iov = parts,
                              .msg_iovlen = ARRAY_LEN(parts) };

    peer__leave_out(&message, exchange->sent);
    return peer__put(peer, &message, MSG_NOSIGNAL);
}

static void send_on(struct peer *peer);

static void on_writable(void *arg, int events)
{
    (void)events;
    send_on(arg);
}

/* How far it has come is in what is left; a broken socket ends by itself. */
static void send_on(struct peer *peer)
{
    struct exchange *exchange = peer->exchange;
    struct text body = reply_sent_body(&exchange->reply);
    ssize_t sent = send_rest(peer, exchange, body);

    if (sent > 0)
        exchange->sent += (size_t)sent;
    if (exchange->sent == exchange->fields.len + body.len)
        end(peer, true);
    else if ((sent < 0 && errno != EAGAIN) ||
             (!peer->full &&
              watch_new(peer->peers->edge->loop, peer->fd, WATCH_WRITE,
                        on_writable, peer, &peer->full) < 0))
        shutdown(peer->fd, SHUT_RDWR);
}

void peer_answer(struct peer *peer)
{
    struct exchange *exchange = peer->exchange;

    CHECK(peer->direct && exchange->state == EXCHANGE_ANSWERED);
    exchange->state = EXCHANGE_SENDING;
    reply_write_head(exchange);
    send_on(peer);
}

/* --- the request -----------------------------------------------------------
 */

bool peer__take_direct(struct peer *peer, struct text passed)
{
    struct exchange *exchange;

    if (!head_is_plain(passed) || !gate_is_idle(&peer->gate) || peer->exchange)
        return false;
    exchange = peer_next_exchange(peer);
    if (exchange_may_stream(exchange))
        return false;
    peer_busy(peer);
    exchange->body_ended = true;
    exchange_run(exchange);
    peer->direct = true;
    if (exchange->state == EXCHANGE_ANSWERED)
        peer_answer(peer);
    return true;
}

/*
 * As if a signal had come: libmicrohttpd believes that there may be something
 * to read still, and asks at each of its runs.
 */
ssize_t peer__put_off(struct peer *peer)
{
    if (!peer->unread)
        peer->peers->unread++;
    peer->unread = true;
    errno = EINTR;
    return -1;
}
