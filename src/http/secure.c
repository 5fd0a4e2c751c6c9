/* SPDX-License-Identifier: MIT */
#include "http/secure.h"

static void add(struct reply *reply, const char *name, const char *value)
{
    if (!reply_header_at(reply, name))
        reply_header(reply, name, value);
}

/* Without credentials everybody gets the same. */
static bool is_public(const struct reply *reply, const struct request *request)
{
    return (request->method == METHOD_GET || request->method == METHOD_HEAD) &&
           (reply->status == 200 || reply->status == 304) &&
           text_is_null(request_header(request, "Authorization"));
}

void reply_secure(struct reply *reply, const struct request *request,
                  bool strict_transport)
{
    add(reply, "Cache-Control",
        is_public(reply, request) ? "no-cache" : "no-store");
    add(reply, "Content-Security-Policy", SECURE_POLICY);
    add(reply, "Referrer-Policy", "no-referrer");
    add(reply, "X-Content-Type-Options", "nosniff");
    if (strict_transport)
        add(reply, "Strict-Transport-Security", STRICT_TRANSPORT);
}
