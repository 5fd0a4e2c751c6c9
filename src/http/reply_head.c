/* SPDX-License-Identifier: MIT */
#include "http/reply_head.h"

#include "base/check.h"

#include <microhttpd.h>

enum { ECHOED_ID_BYTES = 1024 };

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

static void add_fields(struct exchange *exchange)
{
    const struct reply *reply = &exchange->reply;
    struct buffer *fields = &exchange->fields;

    add_field(fields, TEXT("Date"), date_now(&exchange->edge->date));
    add_field(fields, TEXT("X-Request-Id"), shown_id(&exchange->request));
    if (reply->content_type)
        add_field(fields, TEXT("Content-Type"), reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        add_field(fields, reply->headers[i].name, reply->headers[i].value);
}

static void begin(struct exchange *exchange)
{
    buffer_clear(&exchange->fields);
    exchange->sent = 0;
}

void reply_write_fields(struct exchange *exchange)
{
    begin(exchange);
    add_fields(exchange);
}

/* RFC 9110 § 6.4.1, of answers to GET. */
static bool has_body(int status)
{
    return status != 204 && status != 304;
}

struct text reply_sent_body(const struct reply *reply)
{
    return has_body(reply->status) ? reply_body(reply) : TEXT("");
}

static void add_status_line(struct buffer *fields, int status)
{
    buffer_add_text(fields, TEXT("HTTP/1.1 "));
    buffer_add_int(fields, status);
    buffer_add_byte(fields, ' ');
    buffer_add_string(fields, MHD_get_reason_phrase_for((unsigned)status));
    buffer_add_text(fields, TEXT("\r\n"));
}

void reply_write_head(struct exchange *exchange)
{
    const struct reply *reply = &exchange->reply;
    struct buffer *fields = &exchange->fields;

    CHECK(!exchange->streams_reply);
    begin(exchange);
    add_status_line(fields, reply->status);
    if (has_body(reply->status)) {
        buffer_add_text(fields, TEXT("Content-Length: "));
        buffer_add_int(fields, (int64_t)reply_body(reply).len);
        buffer_add_text(fields, TEXT("\r\n"));
    }
    if (reply->close)
        buffer_add_text(fields, TEXT("Connection: close\r\n"));
    add_fields(exchange);
    buffer_add_text(fields, TEXT("\r\n"));
}
