/* SPDX-License-Identifier: MIT */
/* How objects of every resource change: replace, patch, delete, restore. */
#include "routes/keyed.h"
#include "routes/wish.h"
#include "json/patch.h"

/* Makes the change and appends the object as it is then. */
typedef int change_fn(struct request *request, const struct wish *wish,
                      const void *arg, struct buffer *body,
                      struct stored *ret_stored);

static int answer_changed(struct request *request, struct reply *reply,
                          change_fn *change, const void *arg)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct stored stored;
    struct wish wish;
    int r;

    r = wish_parse(request, &wish);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = change(request, &wish, arg, &body, &stored);
    if (r < 0)
        return r;
    return answer_object(request, reply, 200, &wish.preferences, &stored,
                         &body);
}

/* --- PUT ----------------------------------------------------------------- */

/* Only If-None-Match: * lets a client choose an id. */
static bool wants_to_create(const struct request *request)
{
    return text_is(request_header(request, "If-None-Match"), "*");
}

static int create_as(struct request *request, struct reply *reply,
                     struct uuid id, const struct values *values)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_of(request);
    struct preferences preferences;
    struct stored stored;
    int r;

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

static int replace(struct request *request, const struct wish *wish,
                   const void *values, struct buffer *body,
                   struct stored *ret_stored)
{
    struct store store = store_of(request);

    return store_replace(&store, resource_of(request), wish->id, values,
                         &wish->change, request->until, body, ret_stored,
                         &request->diag);
}

/* PUT /v1/{resource}/{id} */
int object_replace(struct request *request, struct reply *reply)
{
    struct values *values;
    struct text given;
    struct uuid id;
    int r;

    r = request_uuid(request, "id", &id);
    if (r < 0)
        return r;
    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    r = request_body(request, CONTENT_JSON, &given);
    if (r < 0)
        return r;
    r = shape_read(resource_of(request)->shape, given, SHAPE_REPLACE,
                   &request->arena, &request->diag, &values);
    if (r < 0)
        return r;
    return wants_to_create(request)
               ? create_as(request, reply, id, values)
               : answer_changed(request, reply, replace, values);
}

/* --- PATCH --------------------------------------------------------------- */

enum { PATCH_TRIES = 100, PATCH_ARENA_BYTES = 16 * 1024 * 1024 };

static const char *const patch_types[] = {
    "application/merge-patch+json",
    "application/json-patch+json",
    CONTENT_JSON,
    NULL,
};

struct patching {
    enum patch_kind kind;
    struct text patch;
};

/* The patch is made against one version and only that one is changed. */
static int patch_once(struct request *request, const struct wish *wish,
                      const struct patching *p, struct buffer *body,
                      struct stored *ret_stored)
{
    CLEANUP(buffer_fini) struct buffer current = { 0 };
    CLEANUP(arena_fini) struct arena arena; /* or many tries fill the other */
    struct store store = store_of(request);
    struct change change = wish->change;
    struct values *values;
    int r;

    arena_init(&arena, PATCH_ARENA_BYTES);
    change.if_count = 1;
    r = wish_current(request, wish, &current, &change.if_versions[0]);
    if (r < 0)
        return r;
    if (!if_match_allows(&wish->if_match, change.if_versions[0]))
        return REQUEST_FAIL(request, ERR_PRECONDITION_FAILED,
                            "If-Match names no version the object has now");
    r = patch_apply(resource_of(request)->shape, buffer_text(&current),
                    p->patch, p->kind, &arena, &request->diag, &values);
    if (r < 0)
        return r;
    return store_merge(&store, resource_of(request), wish->id, values, &change,
                       request->until, body, ret_stored, &request->diag);
}

/*
 * Who names no version does not care that another change came in between. Of
 * those who try at the same time one gets through each time.
 */
static int patch_until_done(struct request *request, const struct wish *wish,
                            const void *arg, struct buffer *body,
                            struct stored *ret_stored)
{
    for (int i = 0; i < PATCH_TRIES; i++) {
        int r = patch_once(request, wish, arg, body, ret_stored);

        if (r != -ERR_PRECONDITION_FAILED || wish->change.if_count > 0)
            return r;
        diag_clear(&request->diag);
        buffer_clear(body);
    }
    return REQUEST_FAIL(request, ERR_LOCK_TIMEOUT,
                        "others change the object all the time");
}

static int patch(struct request *request, struct reply *reply)
{
    struct patching p;
    unsigned which;
    int r;

    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    r = request_body_of(request, patch_types, &which, &p.patch);
    if (r < 0)
        return r;
    p.kind = which == 1 ? PATCH_OPERATIONS : PATCH_MERGE;
    return answer_changed(request, reply, patch_until_done, &p);
}

/* PATCH /v1/{resource}/{id} */
int object_patch(struct request *request, struct reply *reply)
{
    return answer_once(request, reply, patch);
}

/* --- DELETE -------------------------------------------------------------- */

static int parse_purge(struct request *request, bool *ret_purge)
{
    struct text given = parameters_find(&request->parameters, "purge");

    *ret_purge = text_is(given, "true");
    if (!text_is_null(given) && !*ret_purge && !text_is(given, "false"))
        diag_violation(&request->diag, "purge", "not_allowed",
                       "must be true or false");
    return request_parameters(request, "purge");
}

/* DELETE /v1/{resource}/{id}, for good with ?purge=true */
int object_delete(struct request *request, struct reply *reply)
{
    struct store store = store_of(request);
    const struct resource *resource = resource_of(request);
    struct stored stored;
    struct wish wish;
    bool purge;
    int r;

    r = parse_purge(request, &purge);
    if (r < 0)
        return r;
    if (purge && !caller_may_on(request, "purge"))
        return REQUEST_FAIL(request, ERR_FORBIDDEN,
                            "this asks for the permission %s:purge",
                            resource->shape->name);
    r = wish_parse(request, &wish);
    if (r < 0)
        return r;
    r = (purge ? store_purge : store_delete)(&store, resource, wish.id,
                                             &wish.change, request->until,
                                             &stored, &request->diag);
    if (r < 0)
        return r;
    return answer_deleted(reply, &wish.preferences, wish.id);
}

/* --- restore ------------------------------------------------------------- */

static int restore(struct request *request, const struct wish *wish,
                   const void *arg UNUSED, struct buffer *body,
                   struct stored *ret_stored)
{
    struct store store = store_of(request);

    return store_restore(&store, resource_of(request), wish->id, &wish->change,
                         request->until, body, ret_stored, &request->diag);
}

static int answer_restored(struct request *request, struct reply *reply)
{
    int r = request_parameters(request, NULL);

    return r < 0 ? r : answer_changed(request, reply, restore, NULL);
}

/* POST /v1/{resource}/{id}/restore */
int object_restore(struct request *request, struct reply *reply)
{
    return answer_once(request, reply, answer_restored);
}
