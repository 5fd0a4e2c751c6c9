/* SPDX-License-Identifier: MIT */
/* GET /problems/{name}: what the `type` of a problem leads to. */
#include "http/explanation.h"
#include "http/negotiate.h"
#include "routes/routes.h"
#include "routes/service.h"

enum { PAGE_BYTES_MAX = 16 * 1024 };

struct form {
    const char *media;
    const char *content_type;
    void (*write)(struct buffer *out, const struct explanation *explanation);
};

/* The first is for those who take anything. */
static const struct form forms[] = {
    { "application/json", CONTENT_JSON, explanation_write_json },
    { "text/html", "text/html; charset=utf-8", explanation_write_html },
    { "text/markdown", "text/markdown; charset=utf-8",
      explanation_write_markdown },
};

static const struct form *choose_form(const struct request *request)
{
    const struct form *best = NULL;
    int best_weight = 0;

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        int weight = request_media_weight(request, text_of(forms[i].media));

        if (weight > best_weight) {
            best = &forms[i];
            best_weight = weight;
        }
    }
    return best;
}

int problem_page(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer page = { 0 };
    const struct explanation *explanation =
        explanation_find(request_param(request, "name"));
    const struct form *form = choose_form(request);

    reply_vary(reply, VARY_ACCEPT);
    if (!explanation)
        return REQUEST_FAIL(request, ERR_NOT_FOUND,
                            "there is no problem of this name");
    if (!form)
        return REQUEST_FAIL(request, ERR_NOT_ACCEPTABLE,
                            "this answers with application/json, text/html or "
                            "text/markdown");
    buffer_init(&page, PAGE_BYTES_MAX);
    form->write(&page, explanation);
    reply_header(reply, "Cache-Control", "max-age=3600");
    reply_header(reply, "Content-Security-Policy",
                 "default-src 'none'; style-src 'unsafe-inline'; "
                 "base-uri 'none'; form-action 'none'; "
                 "frame-ancestors 'none'");
    reply_header(reply, "X-Content-Type-Options", "nosniff");
    return reply_take(reply, form->content_type, &page);
}
