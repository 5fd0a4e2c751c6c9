/* SPDX-License-Identifier: MIT */
/* What every resource can: the row's subject says which resource it is. */
#include "http/conditions.h"
#include "http/prefer.h"
#include "routes/paging.h"
#include "routes/routes.h"
#include "routes/service.h"

enum {
    OBJECT_BYTES_MAX = 16 * 1024 * 1024,
    PAGE_BYTES_MAX = 256 * 1024 * 1024,
    TAG_BYTES_MAX = 256
};

static const struct resource *resource_of(const struct request *request)
{
    return request->match.route->subject;
}

/* ETag, quoted; in the request's arena. */
static int add_tag(struct request *request, struct reply *reply,
                   const struct view *view, int64_t version, struct text body,
                   const char **ret_tag)
{
    CLEANUP(buffer_fini) struct buffer tag = { 0 };
    const char *value;

    buffer_init(&tag, TAG_BYTES_MAX);
    buffer_add_byte(&tag, '"');
    view_tag(view, version, body, &tag);
    buffer_add_byte(&tag, '"');
    value = arena_copy(&request->arena, buffer_text(&tag));
    if (!value)
        return REQUEST_FAIL(request, ERR_TOO_LARGE, "the request is too large");
    reply_header(reply, "ETag", value);
    *ret_tag = value;
    return 0;
}

/* GET /v1/{resource}/{id} */
int object_get(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
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
    buffer_init(&body, OBJECT_BYTES_MAX);
    r = store_get(service_of(request)->store, &view, id, request->until, &body,
                  &version, &request->diag);
    if (r < 0)
        return r;
    r = add_tag(request, reply, &view, version, buffer_text(&body), &tag);
    if (r < 0)
        return r;
    if (if_none_match(request, tag)) {
        reply->status = 304;
        return 0;
    }
    return reply_take(reply, CONTENT_JSON, &body);
}

/* GET /v1/{resource}: a bare array; what belongs to it is in the headers. */
int object_list(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct listing_options options = { 0 };
    struct preferences preferences;
    struct listing *listing;
    struct page page;
    int r;

    r = preferences_parse(request, PREFER_COUNT, &preferences);
    if (r < 0)
        return r;
    options.count = (enum counting)preferences.count;
    r = listing_parse(resource_of(request), &request->parameters, &options,
                      &request->arena, &request->diag, &listing);
    if (r < 0)
        return r;
    buffer_init(&body, PAGE_BYTES_MAX);
    r = store_list(service_of(request)->store, listing, request->until, &body,
                   &page, &request->diag);
    if (r < 0)
        return r;
    r = add_page_headers(request, reply, listing, &page);
    if (r < 0)
        return r;
    preferences_applied(reply, &preferences);
    return reply_take(reply, CONTENT_JSON, &body);
}

_Static_assert((int)PREFER_COUNT_NONE == (int)COUNT_NONE &&
                   (int)PREFER_COUNT_ESTIMATED == (int)COUNT_ESTIMATED &&
                   (int)PREFER_COUNT_EXACT == (int)COUNT_EXACT,
               "http and store name the same ways to count");

/* 201 with the object, or 204 for who prefers so (RFC 7240 § 4.2). */
static int answer_created(struct request *request, struct reply *reply,
                          const struct preferences *preferences,
                          const struct stored *stored, struct buffer *body)
{
    char id[UUID_TEXT_BYTES];
    const char *location, *tag;
    struct view view;
    int r;

    uuid_format(stored->id, id);
    location =
        arena_format(&request->arena, "%s/%s", request->match.route->path, id);
    if (!location)
        return REQUEST_FAIL(request, ERR_TOO_LARGE, "the request is too large");
    view_all(resource_of(request), &view);
    r = add_tag(request, reply, &view, stored->version, buffer_text(body),
                &tag);
    if (r < 0)
        return r;
    reply_header(reply, "Location", location);
    preferences_applied(reply, preferences);
    reply->status = preferences->minimal ? 204 : 201;
    return preferences->minimal ? 0 : reply_take(reply, CONTENT_JSON, body);
}

/* POST /v1/{resource} */
int object_create(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    const struct resource *resource = resource_of(request);
    const struct actor nobody = { TEXT_NULL };
    struct preferences preferences;
    struct values *values;
    struct stored stored;
    struct text given;
    int r;

    r = preferences_parse(request, PREFER_RETURN, &preferences);
    if (r < 0)
        return r;
    r = request_body(request, CONTENT_JSON, &given);
    if (r < 0)
        return r;
    r = shape_read(resource->shape, given, SHAPE_CREATE, &request->arena,
                   &request->diag, &values);
    if (r < 0)
        return r;
    buffer_init(&body, OBJECT_BYTES_MAX);
    r = store_create(service_of(request)->store, resource, values, &nobody,
                     request->until, &body, &stored, &request->diag);
    if (r < 0)
        return r;
    return answer_created(request, reply, &preferences, &stored, &body);
}
