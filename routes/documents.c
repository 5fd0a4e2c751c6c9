/* SPDX-License-Identifier: MIT */
/* Files of the binary: the contract, and the page that shows it. */
#include "base/check.h"
#include "base/embedded.h"
#include "http/coding.h"
#include "http/conditions.h"
#include "routes/routes.h"
#include "routes/service.h"

/*
 * The page and its viewer load nothing from elsewhere and send calls to this
 * service only. The viewer sets style attributes.
 */
#define PAGE_POLICY                              \
    "default-src 'none'; script-src 'self'; "    \
    "style-src 'self' 'unsafe-inline'; "         \
    "img-src 'self' data:; connect-src 'self'; " \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct embedded_file *find(const struct embedded_file *files,
                                        const char *name)
{
    while (files->name && strcmp(files->name, name) != 0)
        files++;
    return files->name ? files : NULL;
}

static int send_file(struct request *request, struct reply *reply,
                     const struct embedded_file *file)
{
    const char *tag = arena_format(&request->arena, "\"%.32s\"", file->sha256);

    if (!tag)
        return request_no_room(request);
    reply_header(reply, "ETag", tag);
    reply_header(reply, "Cache-Control", "no-cache");
    if (if_none_match(request, tag))
        reply->status = 304;
    else
        reply_constant(reply, request->match.route->media, embedded_text(file));
    return 0;
}

int embedded(struct request *request, struct reply *reply)
{
    const struct embedded_file *file = find(
        service_of(request)->process->openapi, request->match.route->subject);

    CHECK(file != NULL);
    return send_file(request, reply, file);
}

int docs_page(struct request *request, struct reply *reply)
{
    const struct embedded_file *file =
        find(service_of(request)->process->docs, request->match.route->subject);

    CHECK(file != NULL);
    reply_header(reply, "Content-Security-Policy", PAGE_POLICY);
    reply_header(reply, "X-Content-Type-Options", "nosniff");
    return send_file(request, reply, file);
}

/* It lies here twice: compressed, and for the few who do not take that. */
int docs_viewer(struct request *request, struct reply *reply)
{
    const struct embedded_file *files = service_of(request)->process->docs;
    bool packed = request_wants_coding(request, TEXT("gzip"));
    const struct embedded_file *file =
        find(files, packed ? "viewer.js.gz" : "viewer.js");
    int r;

    if (!file)
        return REQUEST_FAIL(request, ERR_NOT_FOUND,
                            "this build has no viewer: npm did not answer");
    r = send_file(request, reply, file);
    if (r < 0)
        return r;
    if (packed && reply->status == 200)
        reply_header(reply, "Content-Encoding", "gzip");
    reply_vary(reply, VARY_ACCEPT_ENCODING);
    reply_header(reply, "X-Content-Type-Options", "nosniff");
    return 0;
}
