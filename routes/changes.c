/* SPDX-License-Identifier: MIT */
/* How objects of every resource change: replace, patch, delete, restore. */
#include "routes/answer.h"
#include "routes/keyed.h"
#include "json/patch.h"

/* A change as the request asks for it. */
struct wish {
    struct uuid id;
    struct if_match if_match;
    struct preferences preferences;
    struct change change;
};

/* The object as it is now, appended to `body`. */
static int read_current(struct request *request, struct uuid id,
                        struct buffer *body, int64_t *ret_version)
{
    struct store store = store_of(request);
    struct view view;

    view_all(resource_of(request), &view);
    buffer_init(body, OBJECT_BYTES_MAX);
    return store_get(&store, &view, id, request->until, body, ret_version,
                     &request->diag);
}

static int fail_precondition(struct request *request)
{
    return REQUEST_FAIL(request, ERR_PRECONDITION_FAILED,
                        "If-Match names no version the object has now");
}

/*
 * One version that the change is for, or any. Where If-Match lists several,
 * the one the object has now decides.
 */
static int choose_version(struct request *request, struct wish *wish)
{
    const struct if_match *match = &wish->if_match;
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    int r;

    if (!match->given || match->any)
        return 0;
    if (match->count == 1) {
        wish->change.if_version = match->versions[0];
        return 0;
    }
    r = read_current(request, wish->id, &body, &wish->change.if_version);
    if (r < 0)
        return r;
    return if_match_allows(match, wish->change.if_version)
               ? 0
               : fail_precondition(request);
}

static int parse_wish(struct request *request, struct wish *wish)
{
    const struct settings *settings = service_of(request)->process->settings;
    int r;

    wish->change = (struct change){ .if_version = 0 };
    r = request_uuid(request, "id", &wish->id);
    if (r < 0)
        return r;
    r = preferences_parse(request, PREFER_RETURN, &wish->preferences);
    if (r < 0)
        return r;
    if_match_parse(request, &wish->if_match);
    if (!wish->if_match.given &&
        settings_bool(settings, SETTING_REQUIRE_IF_MATCH))
        return REQUEST_FAIL(request, ERR_PRECONDITION_REQUIRED,
                            "send If-Match with the object's ETag");
    return choose_version(request, wish);
}

/* --- PUT ----------------------------------------------------------------- */

/* Only If-None-Match: * lets a client choose an id. */
static bool wants_to_create(const struct request *request)
{
    return text_is(request_header(request, "If-None-Match"), "*");
}

static int create_as(struct request *request, struct reply *reply,
                     const struct values *values)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_of(request);
    struct preferences preferences;
    struct stored stored;
    struct uuid id;
    int r;

    r = request_uuid(request, "id", &id);
    if (r < 0)
        return r;
    r = preferences_parse(request, PREFER_RETURN, &preferences);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = store_create_as(&store, resource_of(request), id, values,
                        request->until, &body, &stored, &request->diag);
    if (r < 0)
        return r;
    return answer_object(request, reply, 201, &preferences, &stored, &body);
}

static int replace(struct request *request, struct reply *reply,
                   const struct values *values)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_of(request);
    struct stored stored;
    struct wish wish;
    int r;

    r = parse_wish(request, &wish);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = store_replace(&store, resource_of(request), wish.id, values,
                      &wish.change, request->until, &body, &stored,
                      &request->diag);
    if (r < 0)
        return r;
    return answer_object(request, reply, 200, &wish.preferences, &stored,
                         &body);
}

/* PUT /v1/{resource}/{id} */
int object_replace(struct request *request, struct reply *reply)
{
    struct values *values;
    struct text given;
    int r;

    r = request_body(request, CONTENT_JSON, &given);
    if (r < 0)
        return r;
    r = shape_read(resource_of(request)->shape, given, SHAPE_REPLACE,
                   &request->arena, &request->diag, &values);
    if (r < 0)
        return r;
    return wants_to_create(request) ? create_as(request, reply, values)
                                    : replace(request, reply, values);
}

/* --- PATCH --------------------------------------------------------------- */

enum { PATCH_TRIES = 100 };

static const char *const patch_types[] = {
    "application/merge-patch+json",
    "application/json-patch+json",
    CONTENT_JSON,
    NULL,
};

struct patching {
    struct wish wish;
    enum patch_kind kind;
    struct text patch;
};

/* The patch is made against one version and only that one is changed. */
static int patch_once(struct request *request, const struct patching *p,
                      struct buffer *body, struct stored *ret_stored)
{
    CLEANUP(buffer_fini) struct buffer current = { 0 };
    struct change change = p->wish.change;
    struct store store = store_of(request);
    struct values *values;
    int64_t version;
    int r;

    r = read_current(request, p->wish.id, &current, &version);
    if (r < 0)
        return r;
    if (change.if_version != 0 && change.if_version != version)
        return fail_precondition(request);
    change.if_version = version;
    r = patch_apply(resource_of(request)->shape, buffer_text(&current),
                    p->patch, p->kind, &request->arena, &request->diag,
                    &values);
    if (r < 0)
        return r;
    return store_merge(&store, resource_of(request), p->wish.id, values,
                       &change, request->until, body, ret_stored,
                       &request->diag);
}

/*
 * Who names no version does not care that another change came in between. Of
 * those who try at the same time one gets through each time.
 */
static int patch_until_done(struct request *request, const struct patching *p,
                            struct buffer *body, struct stored *ret_stored)
{
    for (int i = 0; i < PATCH_TRIES; i++) {
        int r = patch_once(request, p, body, ret_stored);

        if (r != -ERR_PRECONDITION_FAILED || p->wish.change.if_version != 0)
            return r;
        diag_clear(&request->diag);
        buffer_clear(body);
    }
    return REQUEST_FAIL(request, ERR_LOCK_TIMEOUT,
                        "others change the object all the time");
}

static int patch(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct stored stored;
    struct patching p;
    unsigned which;
    int r;

    r = request_body_of(request, patch_types, &which, &p.patch);
    if (r < 0)
        return r;
    p.kind = which == 1 ? PATCH_OPERATIONS : PATCH_MERGE;
    r = parse_wish(request, &p.wish);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = patch_until_done(request, &p, &body, &stored);
    if (r < 0)
        return r;
    return answer_object(request, reply, 200, &p.wish.preferences, &stored,
                         &body);
}

/* PATCH /v1/{resource}/{id} */
int object_patch(struct request *request, struct reply *reply)
{
    return answer_once(request, reply, patch);
}

/* --- DELETE -------------------------------------------------------------- */

static int parse_purge(struct request *request, bool *ret_purge)
{
    bool given = false;

    *ret_purge = false;
    for (size_t i = 0; i < request->parameters.count; i++) {
        const struct parameter *p = &request->parameters.items[i];
        bool again = given;

        given |= text_is(p->name, "purge");
        if (!text_is(p->name, "purge"))
            diag_violation(&request->diag, "query", "unknown_parameter",
                           "must be purge");
        else if (again)
            diag_violation(&request->diag, "purge", "repeated",
                           "may be given only once");
        else if (text_is(p->value, "true"))
            *ret_purge = true;
        else if (!text_is(p->value, "false"))
            diag_violation(&request->diag, "purge", "not_allowed",
                           "must be true or false");
    }
    return diag_invalid(&request->diag, ERR_INVALID_PARAMETER);
}

/* DELETE /v1/{resource}/{id}, for good with ?purge=true */
int object_delete(struct request *request, struct reply *reply)
{
    const struct resource *resource = resource_of(request);
    struct store store = store_of(request);
    struct stored stored;
    struct wish wish;
    bool purge;
    int r;

    r = parse_purge(request, &purge);
    if (r < 0)
        return r;
    r = parse_wish(request, &wish);
    if (r < 0)
        return r;
    r = (purge ? store_purge : store_delete)(&store, resource, wish.id,
                                             &wish.change, request->until,
                                             &stored, &request->diag);
    if (r < 0)
        return r;
    return answer_deleted(request, reply, &wish.preferences, wish.id);
}

static int restore(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_of(request);
    struct stored stored;
    struct wish wish;
    int r;

    r = parse_wish(request, &wish);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = store_restore(&store, resource_of(request), wish.id, &wish.change,
                      request->until, &body, &stored, &request->diag);
    if (r < 0)
        return r;
    return answer_object(request, reply, 200, &wish.preferences, &stored,
                         &body);
}

/* POST /v1/{resource}/{id}/restore */
int object_restore(struct request *request, struct reply *reply)
{
    return answer_once(request, reply, restore);
}
