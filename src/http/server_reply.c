/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "http/server_impl.h"

enum { STREAM_BLOCK = 32 * 1024, ECHOED_ID_BYTES = 1024 };

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

/* Suspends itself while the handler has nothing; see server__wake(). */
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

static bool is_visible(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] < ' ' || t.at[i] == 0x7f)
            return false;
    return t.len > 0;
}

/* The request's, or the client's own where the route asks for that. */
static const char *shown_id(struct request *request)
{
    const struct route *route = request->match.route;
    struct text given = request_header(request, "X-Request-Id");
    const char *copy = NULL;

    if (route && route->echoes_id && given.len <= ECHOED_ID_BYTES &&
        is_visible(given))
        copy = arena_copy(&request->arena, given);
    return copy ? copy : request->id;
}

/*
 * Nobody's value may end its line and begin another field. What would is left
 * out, and what says nothing.
 */
static void add_field(struct buffer *fields, struct text name,
                      const char *value)
{
    size_t len = strlen(value);
    char *at;

    if (len == 0 || memchr(value, '\r', len) || memchr(value, '\n', len))
        return;
    at = buffer_room(fields, name.len + len + strlen(": \r\n"));
    at = mempcpy(at, name.at, name.len);
    at = mempcpy(at, ": ", 2);
    at = mempcpy(at, value, len);
    memcpy(at, "\r\n", 2);
    buffer_grew(fields, name.len + len + strlen(": \r\n"));
}

/* All but what libmicrohttpd writes: see peer_write.c. */
static void write_fields(struct exchange *exchange)
{
    const struct reply *reply = &exchange->reply;
    struct buffer *fields = &exchange->fields;

    buffer_clear(fields);
    exchange->fields_sent = 0;
    add_field(fields, TEXT("Date"), date_now(&exchange->edge->date));
    add_field(fields, TEXT("X-Request-Id"), shown_id(&exchange->request));
    if (reply->content_type)
        add_field(fields, TEXT("Content-Type"), reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        add_field(fields, reply->headers[i].name, reply->headers[i].value);
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
    const struct reply *reply = &exchange->reply;
    struct MHD_Response *response =
        exchange->streams_reply
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
                                                read_stream, exchange, NULL)
            : whole_body(reply);

    CHECK(response != NULL);
    if (reply->close)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

enum MHD_Result server__send_reply(struct exchange *exchange,
                                   struct MHD_Connection *connection)
{
    struct MHD_Response *response = make_response(exchange);
    enum MHD_Result r;

    write_fields(exchange);
    exchange->state = EXCHANGE_SENDING;
    r = MHD_queue_response(connection, (unsigned)exchange->reply.status,
                           response);
    MHD_destroy_response(response);
    return r;
}
