/* SPDX-License-Identifier: MIT */
#include "routes/wish.h"

_Static_assert((int)IF_MATCH_MAX == (int)IF_VERSIONS_MAX,
               "the store takes what a request may name");

int wish_current(struct request *request, const struct wish *wish,
                 struct buffer *body, int64_t *ret_version)
{
    struct store store = store_of(request);
    struct view view;

    view_all(resource_of(request), &view);
    buffer_init(body, OBJECT_BYTES_MAX);
    return store_get(&store, &view, wish->id, request->until, body, ret_version,
                     &request->diag);
}

/* Tags that are none of ours leave version 0, which no object has. */
static void take_if_match(struct request *request, struct wish *wish)
{
    const struct if_match *match = &wish->if_match;

    if_match_parse(request, &wish->if_match);
    if (!match->given || match->any)
        return;
    wish->change.if_count = match->count > 0 ? match->count : 1;
    memcpy(wish->change.if_versions, match->versions, sizeof(match->versions));
}

/*
 * Asked before the change, for those few who say it: versions only grow, so
 * what the object was not then it will not be.
 */
static int check_if_none_match(struct request *request, const struct wish *wish)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct if_match match;
    int64_t version;
    int r;

    if_none_match_parse(request, &match);
    if (!match.given)
        return 0;
    r = wish_current(request, wish, &body, &version);
    if (r == -ERR_NOT_FOUND) {
        diag_clear(&request->diag);
        return 0;
    }
    if (r == 0 && if_match_names(&match, version))
        return REQUEST_FAIL(request, ERR_PRECONDITION_FAILED,
                            "If-None-Match names what the object is now");
    return r;
}

/* A restoration changes nothing that its client could have misread. */
static bool needs_if_match(const struct request *request)
{
    const struct settings *settings = service_of(request)->settings;

    return request->method != METHOD_POST &&
           settings_bool(settings, SETTING_REQUIRE_IF_MATCH);
}

int wish_parse(struct request *request, struct wish *wish)
{
    int r;

    wish->change = (struct change){ .if_count = 0 };
    r = request_uuid(request, "id", &wish->id);
    if (r < 0)
        return r;
    r = preferences_parse(request, PREFER_RETURN, &wish->preferences);
    if (r < 0)
        return r;
    take_if_match(request, wish);
    if (!wish->if_match.given && needs_if_match(request))
        return REQUEST_FAIL(request, ERR_PRECONDITION_REQUIRED,
                            "send If-Match with the object's ETag");
    return check_if_none_match(request, wish);
}

int wish_new(struct request *request, const struct shape *shape,
             struct preferences *ret_preferences, struct values **ret_values)
{
    struct text given;
    int r;

    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    r = preferences_parse(request, PREFER_RETURN, ret_preferences);
    if (r < 0)
        return r;
    r = request_body(request, CONTENT_JSON, &given);
    if (r < 0)
        return r;
    return shape_read(shape, given, SHAPE_CREATE, &request->arena,
                      &request->diag, ret_values);
}
