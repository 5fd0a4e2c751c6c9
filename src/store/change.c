/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "store/cell.h"
#include "store/constraint.h"
#include "store/scope.h"
#include "store/sql.h"
#include "store/write.h"

#include <inttypes.h>
#include <stdio.h>

/* "{17,18}", each of at most 20 bytes. */
enum { VERSIONS_BYTES = IF_VERSIONS_MAX * 21 + 2 };

/* A change on its way. */
struct changing {
    struct store *store;
    struct entry *entry;
    const struct change *change;
    struct deadline until;
    struct diag *diag;
    bool of_deleted; /* it is for a deleted object, not for a living one */
    bool of_any;     /* it is for both */
    bool keeps;      /* what is kept is not touched by it */
    char id[UUID_TEXT_BYTES], versions[VERSIONS_BYTES];
    struct text params[WRITE_PARAMS_MAX];
    struct writing writing;
};

static void changing_end(struct changing *c)
{
    rows_unref(&c->writing.rows);
}

/* The versions it is for, as an array's text; TEXT_NULL: any. */
static struct text versions_text(const struct change *change,
                                 char at[static VERSIONS_BYTES])
{
    size_t len = 0;

    CHECK(change->if_count <= IF_VERSIONS_MAX);
    if (change->if_count == 0)
        return TEXT_NULL;
    for (unsigned i = 0; i < change->if_count; i++)
        len += (size_t)snprintf(at + len, VERSIONS_BYTES - len, "%c%" PRId64,
                                i ? ',' : '{', change->if_versions[i]);
    at[len++] = '}';
    return text_from(at, len);
}

static void changing_init(struct changing *c, struct uuid id)
{
    uuid_format(id, c->id);
    c->params[WRITE_ID] = text_of(c->id);
    c->params[WRITE_SECOND] = versions_text(c->change, c->versions);
    c->writing.params = c->params;
    c->writing.entry = c->entry;
    c->writing.touches = c->entry->resource;
    c->writing.version_column = 1;
    c->writing.count = WRITE_MEMBERS;
}

/* --- why nothing was changed --------------------------------------------- */

static int fail_not_found(const struct changing *c)
{
    return FAIL(c->diag, ERR_NOT_FOUND, "no %s%s has this id",
                c->of_deleted ? "deleted " : "",
                c->entry->resource->shape->singular);
}

static int fail_kept(const struct changing *c)
{
    return FAIL(c->diag, ERR_SYSTEM, "a system %s cannot be deleted",
                c->entry->resource->shape->singular);
}

static bool is_for(const struct change *change, int64_t number)
{
    for (unsigned i = 0; i < change->if_count; i++)
        if (change->if_versions[i] == number)
            return true;
    return change->if_count == 0;
}

static int tell_why(const struct changing *c, const struct rows *rows)
{
    int64_t version;
    int r;

    if (rows_count(rows) == 0)
        return fail_not_found(c);
    if (!c->of_any && text_is(rows_get(rows, 0, 1), "t") != c->of_deleted)
        return fail_not_found(c);
    r = cell_number(rows_get(rows, 0, 0), &version, c->diag);
    if (r < 0)
        return r;
    if (!is_for(c->change, version))
        return FAIL(c->diag, ERR_PRECONDITION_FAILED,
                    "the %s is of version %" PRId64 " by now",
                    c->entry->resource->shape->singular, version);
    if (c->keeps && text_is(rows_get(rows, 0, 2), "t"))
        return fail_kept(c);
    return 0;
}

/*
 * Asked afterwards, where it costs nobody who succeeds: what happened between
 * the two is as if it had happened before both. 0: there is no reason in the
 * object as it is now.
 */
static int find_why(struct changing *c)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = scope_read(c->store, &c->entry->fixed[FIXED_STATE],
                       &c->params[WRITE_ID], 1, c->until, &rows, c->diag);

    return r < 0 ? r : tell_why(c, rows);
}

/* --- changing ------------------------------------------------------------ */

/* Only a row that was found can break the rule that it is to be kept. */
static bool broke_kept(const struct changing *c, int r)
{
    return r == -ERR_VALIDATION && c->keeps && c->diag &&
           text_ends_with(text_of(c->diag->constraint), "_kept");
}

static int run_once(struct changing *c, bool *ret_changed)
{
    int r;

    rows_unref(&c->writing.rows);
    r = scope_write(c->store, &c->writing, c->until, c->diag);
    if (broke_kept(c, r)) {
        diag_clear(c->diag);
        return fail_kept(c);
    }
    if (r < 0)
        return constraint_tell(c->entry->resource, r, c->diag);
    *ret_changed = rows_count(c->writing.rows) > 0;
    return *ret_changed ? 0 : find_why(c);
}

/*
 * A row that came back is one that was changed. Where none did for no reason
 * there is, the object was another one a moment ago, or the policies let us see
 * it and not change it: once more tells.
 */
static int run(struct changing *c, const struct statement *statement,
               struct stored *ret_stored)
{
    bool changed = false;
    int r = 0;

    c->writing.statement = statement;
    for (int attempt = 0; attempt < 2 && r == 0 && !changed; attempt++)
        r = run_once(c, &changed);
    if (r < 0)
        return r;
    if (!changed)
        return store_forbidden(c->entry->resource, c->diag);
    return write_row_noted(c->writing.rows, ret_stored, c->diag);
}

static int run_and_add(struct changing *c, const struct statement *statement,
                       struct buffer *buffer, struct stored *ret_stored)
{
    int r;

    c->writing.whole = true;
    r = run(c, statement, ret_stored);

    if (r < 0)
        return r;
    return write_row(c->entry, c->writing.rows, buffer, ret_stored, c->diag);
}

/* Of the parameters that all changes have, by their names. */
#define CHANGING(c)                                              \
    CLEANUP(changing_end)                                        \
    struct changing c = { .store = store,                        \
                          .entry = store_entry(store, resource), \
                          .change = change,                      \
                          .until = until,                        \
                          .diag = diag };                        \
    changing_init(&c, id)

int store_replace(struct store *store, const struct resource *resource,
                  struct uuid id, const struct values *values,
                  const struct change *change, struct deadline until,
                  struct buffer *buffer, struct stored *ret_stored,
                  struct diag *diag)
{
    CHANGING(c);

    c.writing.count +=
        write_all_values(resource->shape, values, c.params + WRITE_MEMBERS);
    return run_and_add(&c, &c.entry->fixed[FIXED_REPLACE], buffer, ret_stored);
}

int store_merge(struct store *store, const struct resource *resource,
                struct uuid id, const struct values *values,
                const struct change *change, struct deadline until,
                struct buffer *buffer, struct stored *ret_stored,
                struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    struct statement statement = { .collection = resource->table };
    CHANGING(c);

    for (size_t i = 0; i < values->count; i++)
        c.params[c.writing.count++] = values->items[i].text;
    buffer_init(&sql, SQL_BYTES_MAX);
    sql_merge(&sql, resource, values);
    buffer_add_byte(&sql, '\0');
    CHECK(!buffer_overflown(&sql));
    statement.name = c.entry->names->merge;
    statement.sql = sql.at;
    return run_and_add(&c, &statement, buffer, ret_stored);
}

int store_delete(struct store *store, const struct resource *resource,
                 struct uuid id, const struct change *change,
                 struct deadline until, struct stored *ret_stored,
                 struct diag *diag)
{
    CHANGING(c);

    c.keeps = true;
    return run(&c, &c.entry->fixed[FIXED_DELETE], ret_stored);
}

int store_restore(struct store *store, const struct resource *resource,
                  struct uuid id, const struct change *change,
                  struct deadline until, struct buffer *buffer,
                  struct stored *ret_stored, struct diag *diag)
{
    CHANGING(c);

    c.of_deleted = true;
    return run_and_add(&c, &c.entry->fixed[FIXED_RESTORE], buffer, ret_stored);
}

int store_purge(struct store *store, const struct resource *resource,
                struct uuid id, const struct change *change,
                struct deadline until, struct stored *ret_stored,
                struct diag *diag)
{
    CHANGING(c);

    c.of_any = c.keeps = true;
    c.writing.lock = &c.entry->fixed[FIXED_LOCK_ID];
    return run(&c, &c.entry->fixed[FIXED_PURGE], ret_stored);
}
