/* SPDX-License-Identifier: MIT */
#include "http/stream.h"

#include "base/check.h"
#include "http/cors.h"
#include "http/exchange.h"
#include "http/secure.h"

static struct exchange *exchange_of(struct request *request)
{
    return CONTAINER_OF(request, struct exchange, request);
}

/* Until something moves, or there is no use in waiting. */
static int wait_for_move(struct exchange *exchange)
{
    int r = condition_wait(&exchange->moved, exchange->request.until);

    return r == 0 && exchange->completed ? -ERR_CANCELLED : r;
}

int request_read(struct request *request, struct text *ret_run)
{
    struct exchange *exchange = exchange_of(request);
    struct buffer read;
    int r = exchange->completed ? -ERR_CANCELLED : 0;

    CHECK(request->match.route->streams_body);
    if (!exchange->streams_body) { /* not a byte of it came */
        *ret_run = TEXT("");
        return 0;
    }
    while (exchange->body.len == 0 && !exchange->body_ended && r == 0)
        r = wait_for_move(exchange);
    if (r < 0)
        return r;
    read = exchange->run; /* what was read last is given back */
    exchange->run = exchange->body;
    exchange->body = read;
    buffer_clear(&exchange->body);
    if (!exchange->body_ended)
        exchange->edge->wake(exchange);
    *ret_run = buffer_text(&exchange->run);
    return 0;
}

void reply_begin(struct request *request, struct reply *reply,
                 const char *content_type)
{
    struct exchange *exchange = exchange_of(request);

    CHECK(exchange->state == EXCHANGE_RUNNING && !exchange->streams_reply);
    CHECK(request->match.route->streams);
    reply->content_type = content_type;
    exchange->packer = reply_compress_stream(reply, request);
    reply_secure(reply, request, exchange->edge->options.strict_transport);
    ration_tell(exchange);
    cors_add(exchange->edge->options.cors_origins, request, reply);
    exchange->streams_reply = true;
    exchange->state = EXCHANGE_ANSWERED;
    exchange->edge->wake(exchange);
}

int reply_write(struct request *request, struct text bytes)
{
    struct exchange *exchange = exchange_of(request);
    int r = exchange->completed ? -ERR_CANCELLED : 0;

    CHECK(exchange->streams_reply);
    while (exchange->run.len >= STREAM_BYTES && r == 0)
        r = wait_for_move(exchange);
    if (r < 0)
        return r;
    if (exchange->packer)
        CHECK(packer_add(exchange->packer, bytes, PACK_MORE, &exchange->run) ==
              0);
    else
        buffer_add_text(&exchange->run, bytes);
    exchange->edge->wake(exchange);
    return 0;
}

void exchange__end_stream(struct exchange *exchange, int r)
{
    exchange->result = r;
    if (exchange->packer && r == 0)
        CHECK(packer_add(exchange->packer, TEXT(""), PACK_END,
                         &exchange->run) == 0);
    packer_free(&exchange->packer);
}

size_t exchange_take(struct exchange *exchange, char *to, size_t room)
{
    size_t len = exchange->run.len < room ? exchange->run.len : room;

    if (len == 0)
        return 0;
    memcpy(to, exchange->run.at, len);
    buffer_consume(&exchange->run, len);
    if (exchange->run.len < STREAM_BYTES)
        condition_broadcast(&exchange->moved);
    return len;
}
