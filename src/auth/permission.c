/* SPDX-License-Identifier: MIT */
#include "auth/permission.h"

#include "base/check.h"

/* --- the catalogue -------------------------------------------------------- */

static const struct row {
    struct text key;
    const char *what;
} rows[PERMISSION_COUNT] = {
#define PERMISSION(id, key, what) { { key, sizeof(key) - 1 }, what },
#include "auth/permissions.def"
#undef PERMISSION
};

struct text permission_key(enum permission permission)
{
    CHECK(permission < PERMISSION_COUNT);
    return rows[permission].key;
}

const char *permission_what(enum permission permission)
{
    CHECK(permission < PERMISSION_COUNT);
    return rows[permission].what;
}

bool permission_find(struct text key, enum permission *ret_permission)
{
    for (unsigned i = 0; i < PERMISSION_COUNT; i++)
        if (text_equal(rows[i].key, key)) {
            *ret_permission = (enum permission)i;
            return true;
        }
    return false;
}

/* --- keys ----------------------------------------------------------------- */

static bool is_star(struct text part)
{
    return part.len == 1 && part.at[0] == '*';
}

static bool is_part_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static bool is_part(struct text part)
{
    for (size_t i = 0; i < part.len; i++)
        if (!is_part_byte(part.at[i]))
            return is_star(part);
    return part.len > 0;
}

bool permission_parse(struct text key, struct permission_pattern *ret_pattern)
{
    struct text rest = key, scope;

    if (text_is_null(key) || !text_cut(&rest, ':', &ret_pattern->resource) ||
        !text_cut(&rest, ':', &ret_pattern->action))
        return false;
    ret_pattern->own = text_cut(&rest, ':', &scope);
    if (ret_pattern->own && (!text_is(scope, "own") || rest.at != NULL))
        return false;
    return is_part(ret_pattern->resource) && is_part(ret_pattern->action);
}

static bool part_covers(struct text pattern, struct text asked)
{
    return is_star(pattern) || text_equal(pattern, asked);
}

bool permission_covers(const struct permission_pattern *pattern,
                       const struct permission_pattern *asked)
{
    return part_covers(pattern->resource, asked->resource) &&
           part_covers(pattern->action, asked->action);
}

static bool parts_meet(struct text a, struct text b)
{
    return part_covers(a, b) || is_star(b);
}

bool permission_meets(const struct permission_pattern *a,
                      const struct permission_pattern *b)
{
    return parts_meet(a->resource, b->resource) &&
           parts_meet(a->action, b->action);
}
