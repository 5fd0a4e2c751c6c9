/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "http/reply_head.h"
#include "http/server_impl.h"

enum { STREAM_BLOCK = 32 * 1024 };

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

    reply_write_fields(exchange);
    exchange->state = EXCHANGE_SENDING;
    r = MHD_queue_response(connection, (unsigned)exchange->reply.status,
                           response);
    MHD_destroy_response(response);
    return r;
}
