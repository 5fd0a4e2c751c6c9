/* SPDX-License-Identifier: MIT */
#include "store/authz.h"

#include "auth/permission.h"
#include "base/check.h"
#include "store/effective.h"
#include "store/scope.h"
#include "store/sql_effective.h"
#include "json/encode.h"

#include <stdio.h>

/* --- which permissions ---------------------------------------------------- */

/* A part with a `*` or a `:` in it would ask for something else. */
static bool is_name(struct text t)
{
    return t.len > 0 && t.len < ASKED_KEY_BYTES / 2 - 2 &&
           text_find(t, '*') < 0 && text_find(t, ':') < 0;
}

/* "bills" is meant by itself, "people" by "person", "api-keys" by "api-key". */
static bool is_meant(const struct shape *shape, struct text type)
{
    struct text name = text_of(shape->name);

    return text_equal(type, name) || text_is(type, shape->singular) ||
           text_equal(type, text_from(name.at, name.len - 1));
}

static const struct resource *find_type(struct text type)
{
    for (unsigned i = 0; i < RESOURCE_COUNT; i++)
        if (is_meant(resource_table[i]->shape, type))
            return resource_table[i];
    return NULL;
}

static void add_key(struct asked_keys *asked, const char *suffix,
                    struct text type, struct text action)
{
    struct permission_pattern pattern;
    char *bytes = asked->bytes[asked->count];
    struct text key;

    snprintf(bytes, ASKED_KEY_BYTES, "%.*s%s:%.*s", TEXT_ARG(type), suffix,
             TEXT_ARG(action));
    key = text_of(bytes);
    if (permission_parse(key, &pattern))
        asked->keys[asked->count++] = key;
}

void asked_keys_init(struct asked_keys *asked, struct text type,
                     struct text action)
{
    asked->count = 0;
    asked->resource = find_type(type);
    if (!is_name(type) || !is_name(action))
        return;
    add_key(asked, "", type, action);
    if (!asked->resource)
        add_key(asked, "s", type, action);
    else if (!text_is(type, asked->resource->shape->name))
        add_key(asked, "", text_of(asked->resource->shape->name), action);
}

/* --- whose ---------------------------------------------------------------- */

static struct text owner_of(const struct row *row, const struct entry *entry,
                            const char *owner)
{
    for (unsigned i = 0; i < entry->all.count; i++)
        if (strcmp(entry->all.fields[i]->name, owner) == 0)
            return row_get(row, i);
    return TEXT_NULL;
}

int authz_owner(struct store *store, const struct resource *resource,
                struct uuid id, struct deadline until,
                char ret_owner[UUID_TEXT_BYTES], struct diag *diag)
{
    CLEANUP(row_end) struct row row = { 0 };
    struct entry *entry = store_entry(store, resource);
    struct text owner;
    int r;

    if (!resource->owner)
        return FAIL(diag, ERR_NOT_FOUND, "nobody owns %s",
                    resource->shape->name);
    r = scope_get(store, entry, id, until, &row, diag);
    if (r < 0)
        return r;
    owner = owner_of(&row, entry, resource->owner);
    if (text_is_null(owner))
        return FAIL(diag, ERR_NOT_FOUND, "nobody owns it");
    snprintf(ret_owner, UUID_TEXT_BYTES, "%.*s", TEXT_ARG(owner));
    return 0;
}

/* --- why ------------------------------------------------------------------ */

static bool bears_on(struct text key, bool denies,
                     const struct asked_keys *asked)
{
    struct permission_pattern pattern, wanted;

    if (!permission_parse(key, &pattern))
        return denies;
    for (unsigned i = 0; i < asked->count; i++) {
        CHECK(permission_parse(asked->keys[i], &wanted));
        if (permission_covers(&pattern, &wanted) ||
            (denies && permission_meets(&pattern, &wanted)))
            return true;
    }
    return false;
}

static void add_rights(const struct rows *rows, const struct asked_keys *asked,
                       struct buffer *buffer)
{
    bool first = true;

    buffer_add_byte(buffer, '[');
    for (unsigned i = 0; i < rows_count(rows); i++) {
        struct text key = rows_get(rows, i, EFFECTIVE_KEY);
        bool denies = text_is(rows_get(rows, i, EFFECTIVE_EFFECT), "deny");

        if (text_is_null(key) || !bears_on(key, denies, asked))
            continue;
        if (!first)
            buffer_add_byte(buffer, ',');
        first = false;
        effective_add(rows, i, buffer);
    }
    buffer_add_byte(buffer, ']');
}

int authz_reason(struct store *store, struct uuid user,
                 const struct asked_keys *asked, struct deadline until,
                 struct buffer *buffer, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    char id[UUID_TEXT_BYTES], enough[16];
    struct text params[2];
    int r;

    uuid_format(user, id);
    snprintf(enough, sizeof(enough), "%d", EFFECTIVE_CHAINS_MAX);
    params[0] = text_of(id);
    params[1] = text_of(enough);
    r = scope_read_alone(store, &sql_effective, params, ARRAY_LEN(params),
                         until, &rows, diag);
    if (r < 0)
        return r;
    add_rights(rows, asked, buffer);
    return store_written(buffer, diag);
}
