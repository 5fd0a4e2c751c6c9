/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "routes/answer.h"
#include "store/effective.h"

/*
 * The caller's own user is theirs to see, whatever rights they have: who asks
 * for it is known already. So this asks with rights of its own.
 */
static struct store store_for_oneself(const struct request *request)
{
    struct actor actor = actor_of(request);

    actor.rights = TEXT("users:read:own authz:check");
    return store_as(service_of(request)->store, &actor);
}

static int add_user(struct request *request, struct store *store,
                    struct uuid id, struct buffer *body)
{
    const struct parameter embed = { TEXT("embed"), TEXT("roles") };
    const struct parameters parameters = { 1, &embed };
    struct view view;
    int64_t version;
    int r = view_parse(&users, &parameters, &request->diag, &view);

    return r < 0 ? r
                 : store_get(store, &view, id, request->until, body, &version,
                             &request->diag);
}

/* GET /v1/me: the user with roles, and what they may beside them. */
int me(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_for_oneself(request);
    struct uuid id;
    int r;

    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    CHECK(uuid_parse(request->caller->user_id, &id));
    buffer_init(&body, OBJECT_BYTES_MAX);
    r = add_user(request, &store, id, &body);
    if (r < 0)
        return r;
    body.len--; /* the object goes on */
    buffer_add_string(&body, ",\"effective_permissions\":");
    r = effective_permissions(&store, id, request->until, &body,
                              &request->diag);
    if (r < 0)
        return r;
    buffer_add_byte(&body, '}');
    return reply_take(reply, CONTENT_JSON, &body);
}
