/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "http/server_impl.h"

static struct peer *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info->socket_context;
}

static void suspend(struct exchange *exchange,
                    struct MHD_Connection *connection)
{
    exchange->suspended = true;
    MHD_suspend_connection(connection);
}

/* A fiber is through, or a stream can go on. */
void server__wake(struct exchange *exchange)
{
    struct peer *peer = exchange->peer;
    struct server *server = CONTAINER_OF(exchange->edge, struct server, edge);

    if (peer->direct) {
        peer_answer(peer);
        return;
    }
    if (!exchange->suspended)
        return;
    if (!exchange->body_ended && exchange->streams_body)
        peer_ready(peer, clock_monotonic_ns()); /* its body is read again */
    MHD_resume_connection(peer->connection);
    exchange->suspended = false;
    server__ask_to_run(server);
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
        return server__send_reply(exchange, connection);
    suspend(exchange, connection);
    return MHD_YES;
}

/*
 * Called once with the head, again with each piece of the body, and without
 * one when the request is whole. A reply queued in the first call would close
 * the connection. The head it tells of is the reduced one: ours has it all.
 */
enum MHD_Result server__on_request(void *arg, struct MHD_Connection *connection,
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
    CHECK(exchange->state == EXCHANGE_ANSWERED);
    return server__send_reply(exchange, connection);
}

void server__on_completed(void *arg, struct MHD_Connection *connection,
                          void **context, enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *context;

    (void)arg, (void)connection;
    *context = NULL;
    if (exchange)
        peer_end_exchange(exchange->peer,
                          why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
}

static struct ip address_of(struct MHD_Connection *connection)
{
    struct ip address;

    CHECK(ip_of_socket(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
            ->client_addr,
        &address)); /* we listen on nothing else */
    return address;
}

void server__on_connection(void *arg, struct MHD_Connection *connection,
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
        address_of(connection), connection);
}
