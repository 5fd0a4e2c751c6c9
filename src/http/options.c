/* SPDX-License-Identifier: MIT */
#include "http/options.h"

bool options_answer(const struct router *router, struct request *request,
                    struct reply *reply)
{
    struct route_match *match = &request->match;
    bool is_server = text_is(request->path, "*");

    if (request->method != METHOD_OPTIONS)
        return false;
    if (is_server)
        match->allowed = (1u << METHOD_COUNT) - 1;
    else if (router_match(router, METHOD_OPTIONS, request->path,
                          &request->arena, NULL,
                          match) != -ERR_METHOD_NOT_ALLOWED)
        return false;
    reply->status = 204;
    reply_header(reply, "Allow", route_allow(match->allowed, &request->arena));
    if (!is_server && match->allowed & 1u << METHOD_PATCH)
        reply_header(reply, "Accept-Patch", PATCH_FORMATS);
    return true;
}
