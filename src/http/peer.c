/* SPDX-License-Identifier: MIT */
#include "http/peer.h"

#include "base/check.h"
#include "base/memory.h"
#include "http/cors.h"
#include "http/head.h"
#include "http/problem.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

enum {
    PEER_MAGIC = 0x50454552,
    KEPT_HEADS_BYTES = 1024,
    BODY_LIMIT_ARENA_BYTES = 64 * 1024,
    /* A client that shut its side down may still be reading, for a while. */
    GONE_AFTER_MS = 100,
};

/* recv() has no argument for it: whose descriptors this thread reads. */
static _Thread_local struct peers *current;

ssize_t __real_recv(int fd, void *at, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *at, size_t len, int flags);
ssize_t __real_send(int fd, const void *at, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *at, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

/* --- heads --------------------------------------------------------------- */

/* The gate's: a whole, valid head goes on. We keep it and pass on its frame. */
static size_t take_head(struct gate *gate, char *head, size_t len)
{
    struct peer *peer = CONTAINER_OF(gate, struct peer, gate);
    uint32_t size = (uint32_t)len;

    buffer_add(&peer->heads, (const char *)&size, sizeof(size));
    buffer_add(&peer->heads, head, len);
    return head_reduce(head, len);
}

struct exchange *peer_next_exchange(struct peer *peer)
{
    struct exchange *exchange;
    uint32_t size;

    OBJ_CHECK(peer, PEER_MAGIC);
    CHECK(peer->heads.len > sizeof(size));
    memcpy(&size, peer->heads.at, sizeof(size));
    exchange = exchange_begin(peer->peers->edge,
                              text_from(peer->heads.at + sizeof(size), size),
                              clock_monotonic_ns());
    buffer_consume(&peer->heads, sizeof(size) + size);
    if (peer->heads.len == 0 && peer->heads.capacity > KEPT_HEADS_BYTES)
        buffer_fini(&peer->heads);
    peer->exchange = exchange;
    exchange->peer = peer;
    return exchange;
}

/* --- refusing ------------------------------------------------------------ */

static void write_refusal(struct buffer *out, const struct diag *diag, int code,
                          const char *cors_line)
{
    const struct error_info *info = error_info(code);
    char id[REQUEST_ID_TEXT_BYTES], date[40];
    time_t now = (time_t)(clock_wall_ns() / NS_PER_S);
    struct buffer body;
    struct tm tm;

    request_id(TEXT_NULL, id);
    buffer_init(&body, 8192);
    problem_write(&body, &(struct problem){
                             .code = code, .diag = diag, .request_id = id });
    gmtime_r(&now, &tm);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    buffer_add_format(out,
                      "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n"
                      "Content-Type: " CONTENT_PROBLEM "\r\n"
                      "Content-Length: %zu\r\nX-Request-Id: %s\r\n%s\r\n",
                      info->status, info->title, date, body.len, id, cors_line);
    buffer_add_text(out, buffer_text(&body));
    buffer_fini(&body);
}

/*
 * Says the last word to this peer. libmicrohttpd waits for its bytes, so none
 * of its replies is under way; it is told that the stream has ended.
 */
static void refuse(struct peer *peer)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    struct diag diag;
    int code;

    if (peer->refused)
        return;
    peer->refused = true;
    diag_init(&diag, NULL);
    code = gate_error(&peer->gate, &diag);
    buffer_init(&out, 16384);
    write_refusal(
        &out, &diag, code,
        cors_line_of_refusal(peer->peers->edge->options.cors_origins));
    linger(&peer->peers->lingerers, peer->fd, out.at, out.len);
    series_add(METRIC_SERIES(METRIC_GATE_REFUSALS, error_info(code)->code), 1);
    log_line(LOG_INFO, "refused", "%d %s", error_info(code)->status,
             diag.detail);
}

/* --- reading ------------------------------------------------------------- */

/*
 * What passed before the fault is answered first. libmicrohttpd takes a short
 * read for an empty socket; shutting it down makes it read once more.
 */
static ssize_t end_reading(struct peer *peer, size_t have)
{
    if (have > 0)
        shutdown(peer->fd, SHUT_RD);
    else
        refuse(peer);
    return (ssize_t)have;
}

/*
 * Fills `to` with what the gate lets pass. Returning less than `room` tells
 * libmicrohttpd that the socket is empty (it polls for edges), so that must be
 * true.
 */
static ssize_t peer_read(struct peer *peer, char *to, size_t room)
{
    bool drained = false;
    size_t have = 0;

    for (;;) {
        size_t asked;
        ssize_t got;

        have += gate_pull(&peer->gate, to + have, room - have);
        if (have == room)
            return (ssize_t)have;
        if (peer->refused || gate_error(&peer->gate, NULL) < 0)
            return end_reading(peer, have);
        if (drained && have > 0)
            return (ssize_t)have;
        asked = room - have;
        got = __real_recv(peer->fd, to + have, asked, 0);
        if (got <= 0)
            return have > 0 ? (ssize_t)have : got;
        have += gate_pass(&peer->gate, to + have, (size_t)got, asked,
                          clock_monotonic_ns());
        peer->peers->moves++;
        drained = (size_t)got < asked; /* it gave all it had */
    }
}

ssize_t __wrap_recv(int fd, void *at, size_t len, int flags)
{
    if (!current || fd >= current->by_fd_count || !current->by_fd[fd])
        return __real_recv(fd, at, len, flags);
    return peer_read(current->by_fd[fd], at, len);
}

static ssize_t count_move(ssize_t sent)
{
    if (sent > 0 && current)
        current->moves++;
    return sent;
}

ssize_t __wrap_send(int fd, const void *at, size_t len, int flags)
{
    return count_move(__real_send(fd, at, len, flags));
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    return count_move(__real_sendmsg(fd, message, flags));
}

/* The gate's: a body that its handler streams may be of any length. */
static uint64_t body_limit(void *arg, struct text method, struct text target)
{
    const struct peers *peers = arg;
    struct route_match match;
    struct text path, query = target;
    struct arena arena;
    bool streams;

    text_cut(&query, '?', &path);
    arena_init(&arena, BODY_LIMIT_ARENA_BYTES);
    streams = router_match(peers->edge->options.router, method_parse(method),
                           path, &arena, NULL, &match) == 0 &&
              match.route->streams_body;
    arena_fini(&arena);
    return streams ? INT64_MAX : peers->limits.body_bytes;
}

/* --- life ---------------------------------------------------------------- */

void peers_init(struct peers *peers, struct edge *edge,
                void (*unpark)(struct peer *peer))
{
    *peers = (struct peers){ .edge = edge,
                             .limits = edge->options.gate,
                             .unpark = unpark };
    peers->limits.take_head = take_head;
    peers->limits.body_limit = body_limit;
    peers->limits.arg = peers;
    list_init(&peers->all);
    lingerers_init(&peers->lingerers, edge->loop);
    current = peers;
}

void peers_fini(struct peers *peers)
{
    CHECK(peers->count == 0);
    lingerers_fini(&peers->lingerers);
    memory_free(&peers->by_fd);
    if (current == peers)
        current = NULL;
}

static void remember_fd(struct peers *peers, int fd, struct peer *peer)
{
    if (fd >= peers->by_fd_count) {
        int count = peers->by_fd_count ? peers->by_fd_count * 2 : 256;

        if (count <= fd)
            count = fd + 1;
        peers->by_fd = memory_resize(peers->by_fd,
                                     (size_t)count * sizeof(peers->by_fd[0]));
        memset(peers->by_fd + peers->by_fd_count, 0,
               (size_t)(count - peers->by_fd_count) * sizeof(peers->by_fd[0]));
        peers->by_fd_count = count;
    }
    peers->by_fd[fd] = peer;
}

struct peer *peer_new(struct peers *peers, int fd,
                      struct MHD_Connection *connection)
{
    struct peer *peer = NEW(struct peer);

    peer->magic = PEER_MAGIC;
    peer->fd = fd;
    peer->peers = peers;
    peer->connection = connection;
    gate_init(&peer->gate, &peers->limits);
    buffer_init(&peer->heads, SIZE_MAX); /* holds no more than was read */
    list_push_back(&peers->all, &peer->link);
    peers->count++;
    remember_fd(peers, fd, peer);
    return peer;
}

void peer_free(struct peer **peer_at)
{
    struct peer *peer = *peer_at;

    OBJ_CHECK(peer, PEER_MAGIC);
    peer->peers->by_fd[peer->fd] = NULL;
    peer->peers->count--;
    list_remove(&peer->link);
    gate_fini(&peer->gate);
    buffer_fini(&peer->heads);
    memory_free(peer_at);
}

void peer_busy(struct peer *peer)
{
    peer->busy_since_ns = clock_monotonic_ns();
    peer->stuck_since_ns = peer->busy_since_ns;
}

void peer_ready(struct peer *peer)
{
    gate_forgive(&peer->gate, clock_monotonic_ns() - peer->busy_since_ns);
    peer->busy_since_ns = 0;
}

/* --- sweeping ------------------------------------------------------------ */

/* Did the client close or shut down, with nothing left to be read? */
static bool has_left(int fd)
{
    char byte;
    ssize_t got = __real_recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

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
    if (has_left(peer->fd))
        fiber_cancel(exchange->fiber);
}

/* What takes long is better suspended: see server.c, "parking". */
static void suspend_if_slow(struct peer *peer, uint64_t now_ns)
{
    if (peer->exchange->parked &&
        now_ns - peer->busy_since_ns > GONE_AFTER_MS * NS_PER_MS)
        peer->peers->unpark(peer);
}

static void cut_if_stuck(struct peer *peer, uint64_t now_ns)
{
    uint64_t limit_ns = peer->peers->edge->options.send_timeout_s * NS_PER_S;
    struct tcp_info info = { 0 };
    socklen_t len = sizeof(info);

    if (peer->exchange->state != EXCHANGE_SENDING)
        return;
    if (peer->exchange->suspended) /* it is us who have nothing to send */
        peer->stuck_since_ns = now_ns;
    if (getsockopt(peer->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
        info.tcpi_bytes_acked != peer->acked_bytes) {
        peer->acked_bytes = info.tcpi_bytes_acked;
        peer->stuck_since_ns = now_ns;
    }
    if (now_ns - peer->stuck_since_ns > limit_ns)
        shutdown(peer->fd, SHUT_RDWR);
}

static void expire_if_late(struct peer *peer, uint64_t now_ns)
{
    if (peer->refused || (!gate_expire(&peer->gate, now_ns) &&
                          gate_error(&peer->gate, NULL) == 0))
        return;
    refuse(peer);
    shutdown(peer->fd, SHUT_RD); /* libmicrohttpd reads the end, and closes */
}

void peers_sweep(struct peers *peers)
{
    uint64_t now_ns = clock_monotonic_ns();

    list_each_safe (&peers->all, struct peer, peer, link) {
        if (peer->busy_since_ns == 0) {
            expire_if_late(peer, now_ns);
            continue;
        }
        suspend_if_slow(peer, now_ns);
        cancel_if_left(peer, now_ns);
        cut_if_stuck(peer, now_ns);
    }
}

void peers_close_idle(struct peers *peers)
{
    list_each_safe (&peers->all, struct peer, peer, link)
        if (peer->busy_since_ns == 0 && !peer->exchange &&
            gate_is_idle(&peer->gate))
            shutdown(peer->fd, SHUT_RD);
}
