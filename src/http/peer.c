/* SPDX-License-Identifier: MIT */
#include "http/peer.h"

#include "base/check.h"
#include "base/memory.h"
#include "http/client.h"
#include "http/head.h"
#include "http/peer_impl.h"
#include "tls/tls.h"

enum {
    PEER_MAGIC = 0x50454552,
    KEPT_HEADS_BYTES = 1024,
    BODY_LIMIT_ARENA_BYTES = 64 * 1024,
};

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
    if (peer->exchange)
        return peer->exchange; /* it was not direct after all */
    CHECK(peer->heads.len > sizeof(size));
    memcpy(&size, peer->heads.at, sizeof(size));
    exchange = exchange_begin(peer->peers->edge,
                              text_from(peer->heads.at + sizeof(size), size),
                              clock_monotonic_ns());
    buffer_consume(&peer->heads, sizeof(size) + size);
    peer->owed -= peer->owed > 0 ? sizeof(size) + size : 0;
    if (peer->heads.len == 0 && peer->heads.capacity > KEPT_HEADS_BYTES)
        buffer_fini(&peer->heads);
    exchange->request.client =
        client_address(&exchange->request, peer->address,
                       peer->peers->edge->options.trusted_proxies);
    peer->exchange = exchange;
    exchange->peer = peer;
    return exchange;
}

/* The gate's: a body that its handler streams may be of any length. */
static uint64_t body_limit(void *arg, struct text method, struct text target)
{
    const struct peers *peers = arg;
    struct text path, query = target;
    struct arena arena;
    bool streams;

    text_cut(&query, '?', &path);
    arena_init(&arena, BODY_LIMIT_ARENA_BYTES);
    streams = router_streams_body(peers->edge->options.router,
                                  method_parse(method), path, &arena);
    arena_fini(&arena);
    return streams ? INT64_MAX : peers->limits.body_bytes;
}

/* --- life ---------------------------------------------------------------- */

void peers_adjust(struct peers *peers)
{
    const struct server_options *options = &peers->edge->options;

    peers->readers.limit_ns = options->send_timeout_s * NS_PER_S;
    peers->readers.most = options->connections_max;
    peers->limits = options->gate;
    peers->limits.take_head = take_head;
    peers->limits.body_limit = body_limit;
    peers->limits.arg = peers;
    peers__adjust_sweep(peers);
}

void peers_init(struct peers *peers, struct edge *edge,
                void (*ask_to_run)(struct peers *peers))
{
    *peers = (struct peers){ .edge = edge, .ask_to_run = ask_to_run };
    peers_adjust(peers);
    list_init(&peers->all);
    lingerers_init(&peers->lingerers, edge->loop);
    peer__owners_ref();
}

void peers_fini(struct peers *peers)
{
    CHECK(peers->count == 0);
    lingerers_fini(&peers->lingerers);
    peer__owners_unref();
}

struct peer *peer_new(struct peers *peers, int fd, struct ip address,
                      struct MHD_Connection *connection)
{
    struct peer *peer = NEW(struct peer);

    peer->magic = PEER_MAGIC;
    peer->fd = fd;
    peer->looks = (uint8_t)fd; /* not all of them have their turn together */
    peer->address = address;
    peer->peers = peers;
    peer->connection = connection;
    if (peers->edge->options.tls)
        peer->tls = tls_new(peers->edge->options.tls, fd);
    peer->idle_since_ns = clock_monotonic_ns();
    gate_init(&peer->gate, &peers->limits);
    buffer_init(&peer->heads, SIZE_MAX); /* hold no more than was read */
    buffer_init(&peer->rest, SIZE_MAX);
    list_push_back(&peers->all, &peer->link);
    peers->count++;
    peer__own(fd, peer);
    return peer;
}

void peer_free(struct peer **peer_at)
{
    struct peer *peer = *peer_at;

    OBJ_CHECK(peer, PEER_MAGIC);
    peer__leave_direct(peer);
    peer_forget_unread(peer);
    peer__own(peer->fd, NULL);
    if (peer->tls)
        tls_say_goodbye(peer->tls); /* its socket is still open */
    tls_free(&peer->tls);
    peer->peers->count--;
    list_remove(&peer->link);
    gate_fini(&peer->gate);
    buffer_fini(&peer->heads);
    buffer_fini(&peer->rest);
    memory_free(peer_at);
}

void peer_busy(struct peer *peer)
{
    peer->busy_since_ns = clock_monotonic_ns();
    reader_begin(&peer->reader, peer->busy_since_ns);
}

void peer_ready(struct peer *peer, uint64_t now_ns)
{
    peer->idle_since_ns = now_ns;
    gate_forgive(&peer->gate, peer->idle_since_ns - peer->busy_since_ns);
    peer->busy_since_ns = 0;
}

void peer_end_exchange(struct peer *peer, bool sent)
{
    struct exchange *exchange = peer->exchange;
    uint64_t now_ns = clock_monotonic_ns();

    peer->exchange = NULL;
    if (peer->busy_since_ns)
        peer_ready(peer, now_ns);
    exchange_end(&exchange, sent, now_ns);
    if (peer->unread)
        peer->peers->ask_to_run(peer->peers);
}

void peer_forget_unread(struct peer *peer)
{
    if (peer->unread)
        peer->peers->unread--;
    peer->unread = false;
}
