/* SPDX-License-Identifier: MIT */
#include "app/authorize.h"

#include "auth/mac.h"
#include "routes/service.h"

/* What the role `anonymous` has, and metrics. */
static bool is_open(const char *permission)
{
    static const char *const open[] = { "bills:read", "people:read",
                                        "ops:metrics" };

    if (!permission)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(open); i++)
        if (strcmp(permission, open[i]) == 0)
            return true;
    return false;
}

/* The credentials of "Bearer …", the scheme in any case; or TEXT_NULL. */
static struct text bearer_token(struct text credentials)
{
    static const char scheme[] = "bearer ";
    const size_t len = sizeof(scheme) - 1;

    if (credentials.len <= len ||
        !text_equal_nocase(text_from(credentials.at, len),
                           text_from(scheme, len)))
        return TEXT_NULL;
    return text_trim(text_skip(credentials, len));
}

int authorize(struct request *request)
{
    const struct settings *settings = service_of(request)->process->settings;
    struct text want = text_of(settings_text(settings, SETTING_ADMIN_TOKEN));
    struct text given = request_header(request, "Authorization");
    struct text token = bearer_token(given);

    if (is_open(request->match.route->permission) && text_is_null(given))
        return 0;
    request->is_admin =
        want.len > 0 && !text_is_null(token) && mac_equal(token, want);
    if (request->is_admin)
        return 0;
    if (!text_is_null(given))
        return REQUEST_FAIL(request, ERR_UNAUTHENTICATED,
                            "the bearer token is not valid");
    if (want.len == 0)
        return REQUEST_FAIL(request, ERR_FORBIDDEN,
                            "writing is off: the setting admin_token is empty");
    return REQUEST_FAIL(request, ERR_UNAUTHENTICATED,
                        "this asks for Authorization: Bearer and a token");
}
