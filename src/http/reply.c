/* SPDX-License-Identifier: MIT */
#include "http/reply.h"

#include "base/check.h"
#include "http/options.h"
#include "http/problem.h"

void reply_init(struct reply *reply)
{
    reply->status = 200;
    reply->content_type = NULL;
    reply->body = NULL;
    reply->constant = TEXT_NULL;
    reply->header_count = 0;
    reply->vary = 0;
    reply->close = false;
}

void reply_fini(struct reply *reply)
{
    bytes_unref(&reply->body);
}

void reply_add(struct reply *reply, struct text name, const char *value)
{
    CHECK(reply->header_count < REPLY_HEADERS_MAX);
    reply->headers[reply->header_count].name = name;
    reply->headers[reply->header_count++].value = value;
}

const char **reply_find(struct reply *reply, struct text name)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (text_equal_nocase(reply->headers[i].name, name))
            return &reply->headers[i].value;
    return NULL;
}

void reply_vary(struct reply *reply, enum vary what)
{
    static const char *const values[] = {
        [1] = "Accept",
        [2] = "Accept-Encoding",
        [3] = "Accept, Accept-Encoding",
        [4] = "Origin",
        [5] = "Accept, Origin",
        [6] = "Accept-Encoding, Origin",
        [7] = "Accept, Accept-Encoding, Origin",
    };
    const char **value = reply_header_at(reply, "Vary");

    reply->vary |= what;
    if (value)
        *value = values[reply->vary];
    else
        reply_header(reply, "Vary", values[reply->vary]);
}

int reply_take(struct reply *reply, const char *content_type,
               struct buffer *buffer)
{
    size_t len;
    char *at;

    if (buffer_overflown(buffer))
        return -ERR_TOO_LARGE;
    at = buffer_release(buffer, &len);
    bytes_unref(&reply->body);
    reply->body = bytes_adopt(at, len);
    reply->content_type = content_type;
    return 0;
}

void reply_share(struct reply *reply, const char *content_type,
                 struct bytes *body)
{
    struct bytes *held = bytes_ref(body);

    bytes_unref(&reply->body);
    reply->body = held;
    reply->content_type = content_type;
}

void reply_constant(struct reply *reply, const char *content_type,
                    struct text body)
{
    bytes_unref(&reply->body);
    reply->constant = body;
    reply->content_type = content_type;
}

struct text reply_body(const struct reply *reply)
{
    return reply->body ? bytes_text(reply->body) : reply->constant;
}

/* What the status asks for beside the body (RFC 9110 § 15). */
static void add_status_headers(struct reply *reply, struct request *request,
                               int status)
{
    unsigned wait_s = request->diag.retry_after_s;

    if (status == 401)
        reply_header(reply, "WWW-Authenticate", "Bearer realm=\"portcullis\"");
    if (status == 405)
        reply_header(reply, "Allow",
                     route_allow(request->match.allowed, &request->arena));
    if (status == 415 && request->method == METHOD_PATCH)
        reply_header(reply, "Accept-Patch", PATCH_FORMATS);
    if (wait_s > 0 || status == 503 || status == 429) {
        const char *value =
            arena_format(&request->arena, "%u", wait_s ? wait_s : 1);

        reply_header(reply, "Retry-After", value ? value : "1");
    }
}

void reply_problem(struct reply *reply, struct request *request, int code)
{
    const struct error_info *info = error_info(code);
    struct buffer body;

    reply_fini(reply);
    reply_init(reply);
    reply->status = info->status;
    add_status_headers(reply, request, info->status);
    buffer_init(&body, REPLY_BODY_MAX_BYTES);
    problem_write(&body, &(struct problem){
                             .code = code,
                             .diag = &request->diag,
                             .instance = request->path,
                             .request_id = request->id,
                         });
    CHECK(reply_take(reply, CONTENT_PROBLEM, &body) == 0);
}
