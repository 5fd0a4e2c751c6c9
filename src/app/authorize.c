/* SPDX-License-Identifier: MIT */
#include "app/authorize.h"

#include "app/identity.h"
#include "base/check.h"
#include "routes/caller.h"
#include "routes/consistency.h"
#include "routes/service.h"

static int refuse(struct request *request)
{
    const char *permission = request->match.route->permission;

    if (!caller_is_signed_in(request->caller))
        return REQUEST_FAIL(request, ERR_UNAUTHENTICATED,
                            "this asks for Authorization: Bearer and a token");
    return REQUEST_FAIL(request, ERR_FORBIDDEN,
                        "this asks for the permission %s", permission);
}

static int permit(struct request *request)
{
    const char *key = request->match.route->permission;
    enum permission permission;

    if (!key)
        return 0;
    if (strcmp(key, SIGNED_IN) == 0)
        return caller_is_signed_in(request->caller) ? 0 : refuse(request);
    CHECK(permission_find(text_of(key), &permission)); /* seen at the start */
    return may_touch(caller_may(request, permission), true) ? 0
                                                            : refuse(request);
}

static bool is_public(const struct request *request)
{
    const char *permission = request->match.route->permission;

    return permission &&
           text_is(permission_key(PERMISSION_OPS_METRICS), permission) &&
           settings_bool(service_of(request)->settings, SETTING_PUBLIC_METRICS);
}

/* Probes, documents and the like are the same for all: nobody is asked. */
static bool asks_who(const struct route *route)
{
    struct text path = text_of(route->path);

    return route->permission || text_starts_with(path, "/v1/") ||
           text_starts_with(path, "/access/");
}

int authorize(struct request *request)
{
    int r;

    if (!asks_who(request->match.route) || is_public(request))
        return 0;
    r = request->caller ? 0 : consistency_read(request);
    if (r == 0 && !request->caller)
        r = identify(request);
    return r < 0 ? r : permit(request);
}
