/* SPDX-License-Identifier: MIT */
#include "routes/permissions.h"

#include "auth/permission.h"

#include <string.h>

int permissions_check(const struct route *routes, size_t count,
                      struct diag *diag)
{
    enum permission found;

    for (size_t i = 0; i < count; i++) {
        const struct route *route = &routes[i];

        if (route->permission && strcmp(route->permission, SIGNED_IN) != 0 &&
            !permission_find(text_of(route->permission), &found))
            return FAIL(diag, ERR_INTERNAL,
                        "the route %s (%s) asks for the permission \"%s\", "
                        "which src/auth/permissions.def does not have",
                        route->id, route->path, route->permission);
    }
    return 0;
}
