/* SPDX-License-Identifier: MIT */
/* AuthZEN § 9: where its endpoints are, by the setting public_url. */
#include "routes/routes.h"
#include "routes/service.h"
#include "json/encode.h"

enum { DOCUMENT_BYTES_MAX = 64 * 1024 };

static const struct {
    const char *name, *path;
} members[] = {
    { "policy_decision_point", "" },
    { "access_evaluation_endpoint", "/access/v1/evaluation" },
    { "access_evaluations_endpoint", "/access/v1/evaluations" },
    { "search_subject_endpoint", "/access/v1/search/subject" },
    { "search_resource_endpoint", "/access/v1/search/resource" },
    { "search_action_endpoint", "/access/v1/search/action" },
};

/* GET /.well-known/authzen-configuration */
int authzen_configuration(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    const char *url = service_of(request)->process->url;
    int r = request_parameters(request, NULL);

    if (r < 0)
        return r;
    buffer_init(&out, DOCUMENT_BYTES_MAX);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const char *whole =
            arena_format(&request->arena, "%s%s", url, members[i].path);

        if (!whole)
            return REQUEST_FAIL(request, ERR_TOO_LARGE,
                                "the request is too large");
        buffer_add_format(&out, "%s\"%s\":", i == 0 ? "{" : ",",
                          members[i].name);
        encode_text(&out, text_of(whole));
    }
    buffer_add_byte(&out, '}');
    reply_header(reply, "Cache-Control", "public, max-age=3600");
    return reply_take(reply, CONTENT_JSON, &out);
}
