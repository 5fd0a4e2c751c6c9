/* SPDX-License-Identifier: MIT */
/* GET /v1/{resource}/export: all that a list would show, in one answer. */
#include "routes/answer.h"
#include "routes/bulk.h"
#include "store/export.h"

#include "http/stream.h"

static const struct format_row {
    const char *name, *media, *subtype;
    const char *content_type;
    enum export_format format;
} formats[] = {
    { "ndjson", "application", "x-ndjson", CONTENT_NDJSON, EXPORT_NDJSON },
    { "csv", "text", "csv", "text/csv; charset=utf-8", EXPORT_CSV },
};

static const char *const own_parameters[] = { "format", NULL };

/* --- what is asked for ---------------------------------------------------- */

static const struct format_row *find_format(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (text_is(name, formats[i].name))
            return &formats[i];
    return NULL;
}

/* Its faults stand beside those of the listing, which is parsed next. */
static const struct format_row *choose_format(struct request *request)
{
    const struct parameters *all = &request->parameters;
    const struct format_row *chosen = &formats[0];
    unsigned given = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (!text_is(all->items[i].name, "format"))
            continue;
        chosen = find_format(all->items[i].value);
        if (!chosen)
            diag_violation(&request->diag, "format", "not_allowed",
                           "must be ndjson or csv");
        if (given++ > 0)
            diag_violation(&request->diag, "format", "repeated",
                           "may be given only once");
    }
    return chosen;
}

static int check_accept(struct request *request,
                        const struct format_row *format)
{
    if (request_accepts(request, text_of(format->media),
                        text_of(format->subtype)))
        return 0;
    return REQUEST_FAIL(request, ERR_NOT_ACCEPTABLE,
                        "with format=%s this answers with %s/%s", format->name,
                        format->media, format->subtype);
}

static int parse(struct request *request, const struct format_row **ret_format,
                 struct listing **ret_listing)
{
    const struct listing_options options = {
        .may_see_deleted = caller_may_on(request, "restore"),
        .also = own_parameters,
        .whole = true,
    };
    struct preferences none;
    int r;

    *ret_format = choose_format(request);
    r = listing_parse(resource_of(request), &request->parameters, &options,
                      &request->arena, &request->diag, ret_listing);
    if (r == 0)
        r = preferences_parse(request, 0, &none);
    return r < 0 ? r : check_accept(request, *ret_format);
}

/* --- sending -------------------------------------------------------------- */

struct sending {
    struct request *request;
    struct reply *reply;
    const struct format_row *format;
    bool begun;
};

static int begin(struct sending *sending)
{
    struct request *request = sending->request;
    const char *name =
        arena_format(&request->arena, "attachment; filename=\"%s.%s\"",
                     resource_of(request)->shape->name, sending->format->name);

    if (!name)
        return request_no_room(request);
    reply_header(sending->reply, "Content-Disposition", name);
    reply_begin(request, sending->reply, sending->format->content_type);
    sending->begun = true;
    return 0;
}

static YIELDS int send_run(void *arg, struct text run)
{
    struct sending *sending = arg;
    int r = sending->begun ? 0 : begin(sending);

    return r < 0 ? r : reply_write(sending->request, run);
}

/* GET /v1/{resource}/export */
int object_export(struct request *request, struct reply *reply)
{
    CLEANUP(bulk_leave) struct service *service = NULL;
    struct sending sending = { .request = request, .reply = reply };
    struct listing *listing;
    struct store store;
    int r;

    r = parse(request, &sending.format, &listing);
    if (r < 0)
        return r;
    if (request->method == METHOD_HEAD)
        return begin(&sending);
    r = bulk_enter(request, &service);
    if (r < 0)
        return r;
    store = store_of(request);
    return store_export(&store, listing, sending.format->format, send_run,
                        &sending, request->until, &request->diag);
}
