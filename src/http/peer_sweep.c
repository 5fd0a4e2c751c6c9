/* SPDX-License-Identifier: MIT */
/* What no event tells: who is late, stuck, or gone. */
#include "http/peer_impl.h"

#include "tls/tls.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>

/*
 * All are seen within ROUND_MS, so many in a turn that nobody else waits long
 * for it. What would be over before it is surely seen again ends now: limits
 * are not exceeded, but kept short by AHEAD_MS (or a tenth, when that is less).
 * It is more than a round, since a first byte is seen late where many come.
 */
enum { ROUND_MS = 80, AHEAD_MS = 200, TURN_PEERS = 256, TURN_LEAST_MS = 2 };

/* Slow clients may be many: what asks the kernel is done in some rounds only.
 */
enum { ASKED_EVERY = 8 };

/* A client that shut its side down may still be reading, for a while. */
enum { GONE_AFTER_MS = 100 };

/* Has the other side ended the stream, whatever of it was read? */
static bool has_ended(int fd)
{
    struct pollfd asked = { .fd = fd, .events = POLLRDHUP };

    return poll(&asked, 1, 0) > 0;
}

/* Did the client close or shut down, with nothing left but its farewell? */
static bool has_left_tls(int fd)
{
    int unread = 0;

    return has_ended(fd) &&
           (ioctl(fd, FIONREAD, &unread) < 0 || unread <= TLS_GOODBYE_BYTES);
}

/* Did the client close or shut down, with nothing left to be read? */
static bool has_left(const struct peer *peer)
{
    char byte;
    ssize_t got;

    if (peer->tls)
        return has_left_tls(peer->fd);
    got = __real_recv(peer->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* Only reads are given up: a write runs to its end. */
static void cancel_if_left(struct peer *peer, uint64_t now_ns)
{
    struct exchange *exchange = peer->exchange;
    enum method method = exchange->request.method;

    if (!exchange->fiber || (method != METHOD_GET && method != METHOD_HEAD) ||
        now_ns - peer->busy_since_ns < GONE_AFTER_MS * NS_PER_MS)
        return;
    if (has_left(peer))
        fiber_cancel(exchange->fiber);
}

/* With what it did not take, which the kernel would offer it for minutes. */
static void reset(int fd)
{
    const struct linger none = { .l_onoff = 1 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    shutdown(fd, SHUT_RDWR);
}

/* What the client has acknowledged of all that was ever sent. */
static uint64_t taken_by(const struct peer *peer)
{
    struct tcp_info info = { 0 };
    socklen_t len = sizeof(info);

    return getsockopt(peer->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0
               ? info.tcpi_bytes_acked
               : peer->reader.taken;
}

static void cut_if_stuck(struct peer *peer, uint64_t now_ns)
{
    if (peer->exchange->state != EXCHANGE_SENDING)
        return;
    if (peer->exchange->suspended) /* it is us who have nothing to send */
        reader_begin(&peer->reader, now_ns);
    else if (reader_has_had_its_time(&peer->peers->readers, &peer->reader,
                                     taken_by(peer), now_ns))
        reset(peer->fd);
}

static void expire_if_late(struct peer *peer, uint64_t until_ns)
{
    if (peer->refused || (!gate_expire(&peer->gate, until_ns) &&
                          gate_error(&peer->gate, NULL) == 0))
        return;
    peer__refuse(peer);
    shutdown(peer->fd, SHUT_RD); /* libmicrohttpd reads the end, and closes */
}

static bool is_idle(const struct peer *peer)
{
    return peer->busy_since_ns == 0 && !peer->exchange &&
           peer->heads.len == 0 && gate_is_idle(&peer->gate);
}

/* A handshake has as long as a head. */
static bool is_late_to_open(const struct peer *peer, uint64_t until_ns)
{
    return peer->tls && !tls_is_open(peer->tls) &&
           until_ns - peer->idle_since_ns >= peer->peers->limits.head_ns;
}

/* Between two requests. One that is drained has no time for that. */
static bool is_idle_for_long(const struct peer *peer, uint64_t until_ns)
{
    const struct edge *edge = peer->peers->edge;

    return is_idle(peer) &&
           (edge->draining || until_ns - peer->idle_since_ns >=
                                  edge->options.idle_timeout_s * NS_PER_S);
}

/* libmicrohttpd reads the end, and closes. */
static void end_if_idle(struct peer *peer, uint64_t until_ns)
{
    if (is_late_to_open(peer, until_ns) || is_idle_for_long(peer, until_ns))
        shutdown(peer->fd, SHUT_RD);
}

/*
 * When a client's end comes together with its last bytes, libmicrohttpd, which
 * is told of what is new only, reads these and then waits.
 */
static void end_if_left(struct peer *peer)
{
    if (peer->heads.len == 0 && has_left(peer))
        shutdown(peer->fd, SHUT_RD);
}

static void look_at_busy(struct peer *peer, bool asks, uint64_t now_ns)
{
    cancel_if_left(peer, now_ns);
    if (asks)
        cut_if_stuck(peer, now_ns);
}

static void look_at_reading(struct peer *peer, bool asks, uint64_t now_ns)
{
    uint64_t until_ns = now_ns + peer->peers->ahead_ns;

    expire_if_late(peer, until_ns);
    end_if_idle(peer, until_ns);
    if (asks)
        end_if_left(peer);
}

/* Who was seen goes to the end. */
static void look_at_next(struct peers *peers, uint64_t now_ns)
{
    struct peer *peer = list_first(&peers->all, struct peer, link);
    bool asks = ++peer->looks % ASKED_EVERY == 0;

    list_remove(&peer->link);
    list_push_back(&peers->all, &peer->link);
    if (peer->busy_since_ns == 0)
        look_at_reading(peer, asks, now_ns);
    else
        look_at_busy(peer, asks, now_ns);
}

/* As many as keep the round in time, also when this turn comes late. */
static unsigned due(const struct peers *peers, uint64_t now_ns)
{
    uint64_t passed_ns = now_ns - peers->swept_ns;

    return passed_ns < ROUND_MS * NS_PER_MS
               ? (unsigned)(peers->count * passed_ns / (ROUND_MS * NS_PER_MS)) +
                     1
               : peers->count;
}

static void end_round(struct peers *peers, uint64_t now_ns)
{
    if (peers->seen / ASKED_EVERY < peers->count)
        return;
    readers_end_round(&peers->readers, now_ns);
    peers->seen = 0;
}

unsigned peers_sweep(struct peers *peers)
{
    uint64_t now_ns = clock_monotonic_ns();
    unsigned left = due(peers, now_ns);
    unsigned ms = ROUND_MS;

    peers->swept_ns = now_ns;
    peers->seen += left;
    for (; left > 0 && !list_is_empty(&peers->all); left--)
        look_at_next(peers, now_ns);
    end_round(peers, now_ns);
    if (peers->count > TURN_PEERS)
        ms = ROUND_MS * TURN_PEERS / peers->count;
    return ms < TURN_LEAST_MS ? TURN_LEAST_MS : ms;
}

static uint64_t a_tenth_at_most(uint64_t ahead_ns, uint64_t limit_ns)
{
    return ahead_ns < limit_ns / 10 ? ahead_ns : limit_ns / 10;
}

void peers__adjust_sweep(struct peers *peers)
{
    peers->ahead_ns = a_tenth_at_most(
        a_tenth_at_most(AHEAD_MS * NS_PER_MS, peers->limits.head_ns),
        peers->limits.body_ns);
    peers->readers.again_ns = ASKED_EVERY * ROUND_MS * NS_PER_MS * 5 / 4;
}
