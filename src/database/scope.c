/* SPDX-License-Identifier: MIT */
#include "database/scope.h"

#include "base/check.h"
#include "base/memory.h"

static unsigned count_of(const struct scope *scope)
{
    return scope ? scope->count : 0;
}

bool scope_same_names(const struct scope *a, const struct scope *b)
{
    bool same = count_of(a) == count_of(b);

    for (unsigned i = 0; same && i < count_of(a); i++)
        same = strcmp(a->settings[i].name, b->settings[i].name) == 0;
    return same;
}

bool scope_equal(const struct scope *a, const struct scope *b)
{
    bool equal = scope_same_names(a, b);

    for (unsigned i = 0; equal && i < count_of(a); i++)
        equal = text_equal(a->settings[i].value, b->settings[i].value);
    return equal;
}

static void need(struct kept_scope *kept, size_t bytes)
{
    if (bytes <= kept->capacity)
        return;
    kept->bytes = memory_resize(kept->bytes, bytes);
    kept->capacity = bytes;
}

static size_t bytes_of(const struct scope *scope)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < count_of(scope); i++)
        bytes += scope->settings[i].value.len + 1;
    return bytes;
}

void scope_keep(struct kept_scope *kept, const struct scope *scope)
{
    char *at;

    CHECK(count_of(scope) <= SCOPE_SETTINGS_MAX);
    need(kept, bytes_of(scope));
    at = kept->bytes;
    kept->scope.count = count_of(scope);
    for (unsigned i = 0; i < kept->scope.count; i++) {
        struct text value = scope->settings[i].value;

        if (value.len > 0)
            memcpy(at, value.at, value.len);
        at[value.len] = '\0';
        kept->scope.settings[i] =
            (struct transaction_setting){ scope->settings[i].name,
                                          text_from(at, value.len) };
        at += value.len + 1;
    }
}

void kept_scope_fini(struct kept_scope *kept)
{
    memory_free(&kept->bytes);
    *kept = (struct kept_scope){ .capacity = 0 };
}
