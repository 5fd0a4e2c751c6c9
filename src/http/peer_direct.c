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

static void end(struct peer *peer, bool sent)
{
    bool close = peer->exchange->reply.close;

    watch_free(&peer->full);
    peer->direct = false;
    if (close)
        close_behind(peer);
    peer_end_exchange(peer, sent);
}

void peer__leave_direct(struct peer *peer)
{
    if (!peer->direct)
        return;
    watch_free(&peer->full);
    peer->direct = false;
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

/* --- the requests ----------------------------------------------------------
 */

/* Nothing is under way that libmicrohttpd has, or will ask for. */
static bool is_ours_to_take(const struct peer *peer)
{
    return !peer->exchange && peer->owed == 0 && !peer->refused;
}

static bool begin(struct peer *peer)
{
    struct exchange *exchange = peer_next_exchange(peer);

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

size_t peer__take_direct(struct peer *peer, char *at, size_t len)
{
    size_t plain, taken = 0;

    while (is_ours_to_take(peer) &&
           (plain = head_plain(text_from(at + taken, len - taken))) > 0 &&
           begin(peer))
        taken += plain;
    if (taken > 0)
        memmove(at, at + taken, len - taken);
    return len - taken;
}
