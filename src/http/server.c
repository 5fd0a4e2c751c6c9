/* SPDX-License-Identifier: MIT */
#include "http/server.h"

#include "base/check.h"
#include "base/memory.h"
#include "http/peer.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <microhttpd.h>

enum {
    SERVER_MAGIC = 0x53525652,
    SWEEP_MS = 100,
    /* It is cleared for each request, and what an idle connection costs. */
    CONNECTION_MEMORY_BYTES = 8 * 1024,
    STREAM_BLOCK = 32 * 1024,
    PARKED_MAX = 128,
};

struct server {
    unsigned magic;
    struct edge edge;
    struct peers peers;
    struct MHD_Daemon *daemon;
    struct watch *watch;       /* of libmicrohttpd's epoll descriptor */
    struct turn_hook serve;    /* runs libmicrohttpd */
    struct timer alarm, sweep; /* libmicrohttpd's; our own */
    struct series *active, *connections, *fibers;
    unsigned parked; /* exchanges */
    int listen_fd;
};

/* --- running libmicrohttpd ----------------------------------------------- */

/*
 * Whoever wants libmicrohttpd to run asks for this hook, so that it runs once
 * for all events of a turn. It says itself when it has more to do at once; as
 * parked exchanges make it say so always, only a run that moved bytes counts.
 */
static void run_daemon(void *arg)
{
    struct server *server = arg;
    uint64_t moves = server->peers.moves;
    MHD_UNSIGNED_LONG_LONG ms;

    MHD_run(server->daemon);
    if (MHD_get_timeout(server->daemon, &ms) != MHD_YES)
        timer_stop(&server->alarm);
    else if (ms > 0)
        timer_set(&server->alarm,
                  deadline_after(loop_now_ns(server->edge.loop), ms));
    else if (server->parked == 0 || server->peers.moves != moves)
        turn_hook_ask(server->edge.loop, &server->serve);
}

static void ask_to_run(struct server *server)
{
    turn_hook_ask(server->edge.loop, &server->serve);
}

static void on_events(void *arg, int events)
{
    (void)events;
    ask_to_run(arg);
}

static void on_alarm(void *arg)
{
    ask_to_run(arg);
}

static void on_sweep(void *arg)
{
    struct server *server = arg;

    peers_sweep(&server->peers);
    if (server->edge.draining)
        peers_close_idle(&server->peers);
    series_set(server->active, server->edge.in_flight_count);
    series_set(server->connections, server->peers.count);
    series_set(server->fibers, loop_fiber_count(server->edge.loop));
    timer_set(&server->sweep,
              deadline_after(loop_now_ns(server->edge.loop), SWEEP_MS));
}

/* --- replies ------------------------------------------------------------- */

static void unref_body(void *arg)
{
    struct bytes *body = arg;

    bytes_unref(&body);
}

static struct MHD_Response *whole_body(const struct reply *reply)
{
    struct bytes *shared = reply->body ? bytes_ref(reply->body) : NULL;
    struct text body = reply_body(reply);

    return MHD_create_response_from_buffer_with_free_callback_cls(
        body.len, (void *)(uintptr_t)body.at, shared ? unref_body : NULL,
        shared);
}

/* Suspends itself while the handler has nothing; see wake(). */
static ssize_t read_stream(void *arg, uint64_t at, char *to, size_t room)
{
    struct exchange *exchange = arg;
    struct peer *peer = exchange->peer;
    size_t len = exchange_take(exchange, to, room);

    (void)at;
    if (len > 0)
        return (ssize_t)len;
    if (!exchange->fiber)
        return exchange->result < 0 ? MHD_CONTENT_READER_END_WITH_ERROR
                                    : MHD_CONTENT_READER_END_OF_STREAM;
    exchange->suspended = true;
    MHD_suspend_connection(peer->connection);
    return 0;
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
    const struct reply *reply = &exchange->reply;
    const struct request *request = &exchange->request;
    struct MHD_Response *response =
        exchange->streams_reply
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
                                                read_stream, exchange, NULL)
            : whole_body(reply);

    CHECK(response != NULL);
    MHD_add_response_header(response, "X-Request-Id", request->id);
    if (reply->content_type)
        MHD_add_response_header(response, "Content-Type", reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name,
                                reply->headers[i].value);
    if (reply->close)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

static enum MHD_Result send_reply(struct exchange *exchange,
                                  struct MHD_Connection *connection)
{
    struct MHD_Response *response = make_response(exchange);
    enum MHD_Result r;

    exchange->state = EXCHANGE_SENDING;
    r = MHD_queue_response(connection, (unsigned)exchange->reply.status,
                           response);
    MHD_destroy_response(response);
    return r;
}

/* --- libmicrohttpd's callbacks ------------------------------------------- */

static struct peer *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info->socket_context;
}

/*
 * Parking. Suspending a connection and resuming it costs three system calls
 * (two epoll_ctl, one recv in vain). Most reads are answered within a
 * millisecond, so they are parked: libmicrohttpd asks for their answer at each
 * of its runs, which is cheap as long as they are few. Writes are suspended,
 * since a parked request ends with its connection, and so is what takes longer
 * than the sweep's patience.
 */
static bool park(struct server *server, struct exchange *exchange)
{
    enum method method = exchange->request.method;

    if (server->parked >= PARKED_MAX ||
        (method != METHOD_GET && method != METHOD_HEAD))
        return false;
    exchange->parked = true;
    server->parked++;
    return true;
}

static void leave_parking(struct exchange *exchange)
{
    struct server *server = CONTAINER_OF(exchange->edge, struct server, edge);

    if (!exchange->parked)
        return;
    exchange->parked = false;
    server->parked--;
}

static void suspend(struct exchange *exchange,
                    struct MHD_Connection *connection)
{
    exchange->suspended = true;
    MHD_suspend_connection(connection);
}

static void unpark(struct peer *peer)
{
    leave_parking(peer->exchange);
    suspend(peer->exchange, peer->connection);
}

/* A fiber is through, or a stream can go on. */
static void wake(struct exchange *exchange)
{
    struct peer *peer = exchange->peer;
    struct server *server = CONTAINER_OF(exchange->edge, struct server, edge);

    if (!exchange->suspended && !exchange->parked)
        return;
    if (!exchange->body_ended && exchange->streams_body)
        peer_ready(peer); /* its body is being read again */
    if (exchange->suspended)
        MHD_resume_connection(peer->connection);
    exchange->suspended = false;
    leave_parking(exchange);
    ask_to_run(server);
}

/* A piece of the body; a stream that is full is not read from for a while. */
static void take_body(struct exchange *exchange,
                      struct MHD_Connection *connection, const char *upload,
                      size_t len)
{
    exchange_body(exchange, upload, len);
    if (!exchange->streams_body || exchange->state != EXCHANGE_RUNNING ||
        exchange->body.len < STREAM_BYTES)
        return;
    peer_busy(exchange->peer);
    suspend(exchange, connection);
}

/* The request is whole: answer it, or suspend until there is an answer. */
static enum MHD_Result run_exchange(struct exchange *exchange,
                                    struct MHD_Connection *connection)
{
    peer_busy(exchange->peer);
    exchange->body_ended = true;
    if (exchange->state == EXCHANGE_RECEIVING)
        exchange_run(exchange);
    else
        condition_broadcast(&exchange->moved);
    if (exchange->state == EXCHANGE_ANSWERED)
        return send_reply(exchange, connection);
    if (!park(CONTAINER_OF(exchange->edge, struct server, edge), exchange))
        suspend(exchange, connection);
    return MHD_YES;
}

/*
 * Called once with the head, again with each piece of the body, and without
 * one when the request is whole. A reply queued in the first call would close
 * the connection. The head it tells of is the reduced one: ours has it all.
 */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_bytes, void **context)
{
    struct exchange *exchange = *context;

    (void)arg, (void)url, (void)method, (void)version;
    if (!exchange) {
        *context = peer_next_exchange(peer_of(connection));
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        take_body(exchange, connection, upload, *upload_bytes);
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (!exchange->body_ended)
        return run_exchange(exchange, connection);
    if (exchange->parked)
        return MHD_YES; /* not yet */
    CHECK(exchange->state == EXCHANGE_ANSWERED);
    return send_reply(exchange, connection);
}

static void on_completed(void *arg, struct MHD_Connection *connection,
                         void **context, enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *context;
    struct peer *peer;

    (void)arg, (void)connection;
    if (!exchange)
        return;
    peer = exchange->peer;
    peer->exchange = NULL;
    if (peer->busy_since_ns)
        peer_ready(peer);
    *context = NULL;
    leave_parking(exchange);
    exchange_end(&exchange, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
}

static void on_connection(void *arg, struct MHD_Connection *connection,
                          void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct server *server = arg;
    struct peer *peer = *context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        peer_free(&peer);
        *context = NULL;
        return;
    }
    *context = peer_new(
        &server->peers,
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
            ->connect_fd,
        connection);
}

/* --- life ---------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct server *server, int listen_fd)
{
    const struct server_options *options = &server->edge.options;

    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0, NULL, NULL,
        on_request, server, MHD_OPTION_LISTEN_SOCKET, listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
}

int server_start(struct loop *loop, int listen_fd,
                 const struct server_options *options,
                 struct server **ret_server)
{
    struct server *server = NEW(struct server);
    int epoll_fd;

    server->magic = SERVER_MAGIC;
    server->listen_fd = listen_fd;
    edge_init(&server->edge, loop, options, wake);
    peers_init(&server->peers, &server->edge, unpark);
    turn_hook_init(&server->serve, TURN_SERVE, run_daemon, server);
    timer_init(&server->alarm, loop, on_alarm, server);
    timer_init(&server->sweep, loop, on_sweep, server);
    server->active = metric_series(METRIC_HTTP_ACTIVE, NULL);
    server->connections = metric_series(METRIC_HTTP_CONNECTIONS, NULL);
    server->fibers = metric_series(METRIC_FIBERS, NULL);
    server->daemon = start_daemon(server, listen_fd);
    if (!server->daemon) {
        peers_fini(&server->peers);
        edge_fini(&server->edge);
        memory_free(&server);
        return -ERR_INTERNAL;
    }
    epoll_fd =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    CHECK(watch_new(loop, epoll_fd, WATCH_READ, on_events, server,
                    &server->watch) == 0);
    on_sweep(server);
    ask_to_run(server);
    *ret_server = server;
    return 0;
}

unsigned server_connections(const struct server *server)
{
    return server->peers.count;
}

unsigned server_in_flight(const struct server *server)
{
    return server->edge.in_flight_count;
}

void server_drain(struct server *server)
{
    OBJ_CHECK(server, SERVER_MAGIC);
    if (server->edge.draining)
        return;
    server->edge.draining = true;
    MHD_quiesce_daemon(server->daemon);
    ask_to_run(server);
}

static void wait_for_fibers(struct server *server)
{
    struct loop *loop = server->edge.loop;

    fiber_shield();
    while (server->edge.in_flight_count > 0) {
        list_each (&server->edge.in_flight, struct exchange, exchange, link)
            fiber_cancel(exchange->fiber);
        if (fiber_sleep(deadline_after(loop_now_ns(loop), 1)) < 0)
            continue;
    }
    fiber_unshield();
}

void server_stop(struct server **server_at)
{
    struct server *server = *server_at;

    OBJ_CHECK(server, SERVER_MAGIC);
    server_drain(server);
    wait_for_fibers(server);
    turn_hook_cancel(&server->serve);
    timer_stop(&server->alarm);
    timer_stop(&server->sweep);
    watch_free(&server->watch);
    MHD_run(server->daemon); /* resumes, so that none is left suspended */
    MHD_stop_daemon(server->daemon);
    close(server->listen_fd);
    peers_fini(&server->peers);
    edge_fini(&server->edge);
    memory_free(server_at);
}
