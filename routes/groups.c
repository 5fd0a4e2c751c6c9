/* SPDX-License-Identifier: MIT */
/* Counts by kind: facets and analytics of the resource the row is about. */
#include "routes/answer.h"
#include "store/grouping.h"

enum { GROUPS_BYTES_MAX = 64 * 1024 * 1024 };

static int groups(struct request *request, struct reply *reply,
                  const struct grouping_form *form)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct listing_options options = { .may_see_deleted =
                                           caller_may_on(request, "restore") };
    struct store store = store_of(request);
    struct grouping *grouping;
    int r;

    r = grouping_parse(resource_of(request), form, &request->parameters,
                       &options, &request->arena, &request->diag, &grouping);
    if (r < 0)
        return r;
    buffer_init(&body, GROUPS_BYTES_MAX);
    r = grouping_read(&store, grouping, request->until, &body, &request->diag);
    return r < 0 ? r : reply_take(reply, CONTENT_JSON, &body);
}

/* GET /v1/{resource}/facets?by=… */
int object_facets(struct request *request, struct reply *reply)
{
    return groups(request, reply, &grouping_facets);
}

/* GET /v1/analytics/{resource}?group_by=… */
int object_analytics(struct request *request, struct reply *reply)
{
    return groups(request, reply, &grouping_analytics);
}
