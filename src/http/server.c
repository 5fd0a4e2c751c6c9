/* SPDX-License-Identifier: MIT */
#include "http/server.h"

#include "base/check.h"
#include "base/memory.h"
#include "http/server_impl.h"

#include <unistd.h>

enum {
    SERVER_MAGIC = 0x53525652,
    IDLE_RUNS = 2, /* after so many there is nothing more to do */
    /* It is cleared for each request, and what an idle connection costs. */
    CONNECTION_MEMORY_BYTES = 8 * 1024,
};

/* --- running libmicrohttpd ----------------------------------------------- */

/*
 * Whoever wants libmicrohttpd to run asks for this hook, so that it runs once
 * for all events of a turn. It says itself when it has more to do at once; as
 * reads that were put off (peer_direct.c) make it say so always, it is believed
 * until two runs in a row moved no bytes: in one it may only take a reply, or
 * note that there is something to read, and do the rest in the next.
 */
static bool has_more_to_do(struct server *server, uint64_t moves_before)
{
    if (server->peers.moves != moves_before)
        server->idle_runs = 0;
    else
        server->idle_runs++;
    return server->peers.unread == 0 || server->idle_runs < IDLE_RUNS;
}

static void run_daemon(void *arg)
{
    struct server *server = arg;
    uint64_t moves = server->peers.moves;
    bool more;
    MHD_UNSIGNED_LONG_LONG ms;

    MHD_run(server->daemon);
    more = has_more_to_do(server, moves);
    if (MHD_get_timeout(server->daemon, &ms) != MHD_YES)
        timer_stop(&server->alarm);
    else if (ms > 0)
        timer_set(&server->alarm,
                  deadline_after(loop_now_ns(server->edge.loop), ms));
    else if (more)
        turn_hook_ask(server->edge.loop, &server->serve);
}

void server__ask_to_run(struct server *server)
{
    server->idle_runs = 0;
    turn_hook_ask(server->edge.loop, &server->serve);
}

static void ask_to_run(struct peers *peers)
{
    server__ask_to_run(CONTAINER_OF(peers, struct server, peers));
}

static void on_events(void *arg, int events)
{
    (void)events;
    server__ask_to_run(arg);
}

static void on_alarm(void *arg)
{
    server__ask_to_run(arg);
}

static void tell(const struct server *server)
{
    series_set(server->active, server_in_flight(server));
    series_set(server->connections, server->peers.count);
    series_set(server->fibers, loop_fiber_count(server->edge.loop));
}

static void on_sweep(void *arg)
{
    struct server *server = arg;
    unsigned ms = peers_sweep(&server->peers);

    if (!server->edge.options.is_second)
        tell(server);
    timer_set(&server->sweep,
              deadline_after(loop_now_ns(server->edge.loop), ms));
}

/* --- life ---------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct server *server, int listen_fd)
{
    const struct server_options *options = &server->edge.options;

    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO |
            MHD_USE_SUPPRESS_DATE_NO_CLOCK, /* the edge has one */
        0, NULL, NULL, server__on_request, server, MHD_OPTION_LISTEN_SOCKET,
        listen_fd, MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
        MHD_OPTION_NOTIFY_COMPLETED, server__on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, server__on_connection, server,
        MHD_OPTION_END);
}

int server_start(struct loop *loop, int listen_fd,
                 const struct server_options *options,
                 struct server **ret_server)
{
    struct server *server = NEW(struct server);
    int epoll_fd;

    server->magic = SERVER_MAGIC;
    server->listen_fd = listen_fd;
    edge_init(&server->edge, loop, options, server__wake);
    peers_init(&server->peers, &server->edge, ask_to_run);
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
    server__ask_to_run(server);
    *ret_server = server;
    return 0;
}

void server_adjust(struct server *server, const struct server_options *options)
{
    OBJ_CHECK(server, SERVER_MAGIC);
    edge_adjust(&server->edge, options);
    peers_adjust(&server->peers);
}

unsigned server_connections(const struct server *server)
{
    return server->peers.count;
}

unsigned server_in_flight(const struct server *server)
{
    return server->edge.in_flight_count + server->edge.admission.waiting_count;
}

void server_drain(struct server *server)
{
    OBJ_CHECK(server, SERVER_MAGIC);
    if (server->edge.draining)
        return;
    server->edge.draining = true;
    MHD_quiesce_daemon(server->daemon);
    server__ask_to_run(server);
}

static void wait_for_fibers(struct server *server)
{
    struct loop *loop = server->edge.loop;

    fiber_shield();
    admission_close(&server->edge);
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
