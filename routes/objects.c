/* SPDX-License-Identifier: MIT */
/* What every resource can: the row's subject says which resource it is. */
#include "routes/keyed.h"
#include "routes/paging.h"
#include "routes/wish.h"

_Static_assert((int)PREFER_COUNT_NONE == (int)COUNT_NONE &&
                   (int)PREFER_COUNT_ESTIMATED == (int)COUNT_ESTIMATED &&
                   (int)PREFER_COUNT_EXACT == (int)COUNT_EXACT,
               "http and store name the same ways to count");

/* GET /v1/{resource}/{id} */
int object_get(struct request *request, struct reply *reply)
{
    CLEANUP(bytes_unref) struct bytes *body = NULL;
    struct store store;
    struct view view;
    const char *tag;
    struct uuid id;
    int64_t version;
    int r;

    r = request_uuid(request, "id", &id);
    if (r < 0)
        return r;
    r = view_parse(resource_of(request), &request->parameters, &request->diag,
                   &view);
    if (r < 0)
        return r;
    store = view.embeds ? store_of(request) : store_for_reading(request);
    r = store_get_bytes(&store, &view, id, request->until, &body, &version,
                        &request->diag);
    if (r < 0)
        return r;
    r = add_tag(request, reply, &view, version, bytes_text(body), &tag);
    if (r < 0)
        return r;
    if (if_none_match(request, tag)) {
        reply->status = 304;
        return 0;
    }
    reply_share(reply, CONTENT_JSON, body);
    return 0;
}

/* GET /v1/{resource}: a bare array; what belongs to it is in the headers. */
int object_list(struct request *request, struct reply *reply)
{
    CLEANUP(bytes_unref) struct bytes *body = NULL;
    struct listing_options options = { 0 };
    struct preferences preferences;
    struct listing *listing;
    struct store store;
    struct page page;
    int r;

    r = preferences_parse(request, PREFER_COUNT, &preferences);
    if (r < 0)
        return r;
    options.count = (enum counting)preferences.count;
    options.may_see_deleted = caller_may_on(request, "restore");
    options.limit_max = page_limit_max(request);
    r = listing_parse(resource_of(request), &request->parameters, &options,
                      &request->arena, &request->diag, &listing);
    if (r < 0)
        return r;
    store = listing_is_plain(listing) ? store_for_reading(request)
                                      : store_for_listing(request, listing);
    r = store_list(&store, listing, request->until, &body, &page,
                   &request->diag);
    if (r < 0)
        return r;
    r = add_page_headers(request, reply, listing, &page);
    if (r < 0)
        return r;
    preferences_applied(reply, &preferences);
    reply_share(reply, CONTENT_JSON, body);
    return 0;
}

static int create(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    const struct resource *resource = resource_of(request);
    struct store store = store_of(request);
    struct preferences preferences;
    struct values *values;
    struct stored stored;
    int r;

    r = wish_new(request, resource->shape, &preferences, &values);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = store_create(&store, resource, values, request->until, &body, &stored,
                     &request->diag);
    if (r < 0)
        return r;
    r = add_location(request, reply, request->match.route->path, stored.id);
    if (r < 0)
        return r;
    return answer_object(request, reply, 201, &preferences, &stored, &body);
}

/* POST /v1/{resource} */
int object_create(struct request *request, struct reply *reply)
{
    return answer_once(request, reply, create);
}
