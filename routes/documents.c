/* SPDX-License-Identifier: MIT */
/* Files of the binary: the contract, and the page that shows it. */
#include "base/check.h"
#include "base/embedded.h"
#include "routes/routes.h"
#include "routes/service.h"

int embedded(struct request *request, struct reply *reply)
{
    const char *name = request->match.route->subject;
    const struct embedded_file *file = service_of(request)->process->openapi;
    const char *tag;

    while (file->name && strcmp(file->name, name) != 0)
        file++;
    CHECK(file->name != NULL);
    tag = arena_format(&request->arena, "\"%.32s\"", file->sha256);
    if (!tag)
        return REQUEST_FAIL(request, ERR_TOO_LARGE, "the request is too large");
    reply_header(reply, "ETag", tag);
    reply_header(reply, "Cache-Control", "no-cache");
    if (text_is(request_header(request, "If-None-Match"), tag)) {
        reply->status = 304;
        return 0;
    }
    reply_constant(reply, request->match.route->media, embedded_text(file));
    return 0;
}
