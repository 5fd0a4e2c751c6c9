/* SPDX-License-Identifier: MIT */
#include "http/cors.h"

#define ALLOW_ORIGIN "Access-Control-Allow-Origin"

/* What scripts may read beside the body. */
#define EXPOSED                                                                \
    "Content-Range, X-Total-Count, Link, ETag, Location, Retry-After, "        \
    "X-Request-Id, Preference-Applied, Consistency-Token, "                    \
    "Idempotency-Replayed, RateLimit, RateLimit-Policy, Accept-Patch, Allow, " \
    "Age, Cache-Status"

/* What we read of a request, and a browser would not send unasked. */
#define TAKEN                                                        \
    "Authorization, Content-Type, Accept, If-Match, If-None-Match, " \
    "Prefer, Idempotency-Key, Request-Timeout, Consistency, "        \
    "Consistency-Token, X-Request-Id, traceparent, Range"

#define PREFLIGHT_S "86400" /* browsers shorten it to what they allow */

static struct text without_default_port(struct text origin)
{
    const char *port = text_starts_with(origin, "https:") ? ":443" : ":80";

    if (text_ends_with(origin, port))
        origin.len -= strlen(port);
    return origin;
}

bool cors_allows(struct text setting, struct text origin)
{
    struct text item;

    if (setting.len == 0 || text_is_null(origin) || text_is(setting, "*"))
        return setting.len > 0 && !text_is_null(origin);
    while (text_cut(&setting, ',', &item))
        if (text_equal_nocase(without_default_port(text_trim(item)), origin))
            return true;
    return false;
}

static bool is_preflight(const struct request *request)
{
    return request->method == METHOD_OPTIONS &&
           !text_is_null(
               request_header(request, "Access-Control-Request-Method"));
}

void cors_add(struct text setting, struct request *request, struct reply *reply)
{
    struct text origin;
    const char **methods, *allowed = "*";

    if (setting.len == 0)
        return;
    origin = request_header(request, "Origin");
    reply_vary(reply, VARY_ORIGIN); /* those without one get less */
    if (!cors_allows(setting, origin))
        return;
    if (!text_is(setting, "*"))
        allowed = arena_copy(&request->arena, origin);
    if (!allowed)
        return;
    reply_header(reply, ALLOW_ORIGIN, allowed);
    methods = reply_header_at(reply, "Allow");
    if (!methods || !is_preflight(request)) {
        reply_header(reply, "Access-Control-Expose-Headers", EXPOSED);
        return;
    }
    reply_header(reply, "Access-Control-Allow-Methods", *methods);
    reply_header(reply, "Access-Control-Allow-Headers", TAKEN);
    reply_header(reply, "Access-Control-Max-Age", PREFLIGHT_S);
}

const char *cors_line_of_refusal(struct text setting)
{
    return text_is(setting, "*") ? ALLOW_ORIGIN ": *\r\n" : "";
}
