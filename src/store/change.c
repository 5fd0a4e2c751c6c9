/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/transaction.h"
#include "store/constraint.h"
#include "store/sql.h"
#include "store/write.h"

#include <inttypes.h>
#include <stdio.h>

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
    char id[UUID_TEXT_BYTES], version[24];
    struct text params[WRITE_PARAMS_MAX];
    unsigned count;
    struct rows *rows;
    struct commit commit;
};

static void changing_end(struct changing *c)
{
    rows_unref(&c->rows);
}

static void changing_init(struct changing *c, struct uuid id)
{
    uuid_format(id, c->id);
    c->params[WRITE_ID] = text_of(c->id);
    c->params[WRITE_SECOND] = TEXT_NULL;
    c->count = WRITE_MEMBERS;
    if (c->change->if_version == 0)
        return;
    snprintf(c->version, sizeof(c->version), "%" PRId64, c->change->if_version);
    c->params[WRITE_SECOND] = text_of(c->version);
}

/* --- why nothing was changed -------------------------------------------------
 */

static int fail_not_found(const struct changing *c)
{
    return FAIL(c->diag, ERR_NOT_FOUND, "no %s%s has this id",
                c->of_deleted ? "deleted " : "",
                c->entry->resource->shape->singular);
}

static int tell_why(const struct changing *c, const struct rows *rows)
{
    const char *singular = c->entry->resource->shape->singular;
    struct text version;

    if (rows_count(rows) == 0)
        return fail_not_found(c);
    if (!c->of_any && text_is(rows_get(rows, 0, 1), "t") != c->of_deleted)
        return fail_not_found(c);
    version = rows_get(rows, 0, 0);
    if (c->change->if_version != 0 && !text_is(version, c->version))
        return FAIL(c->diag, ERR_PRECONDITION_FAILED,
                    "the %s is of version %.*s by now", singular,
                    TEXT_ARG(version));
    if (c->keeps && text_is(rows_get(rows, 0, 2), "t"))
        return FAIL(c->diag, ERR_SYSTEM, "a system %s cannot be deleted",
                    singular);
    return fail_not_found(c);
}

/*
 * Asked afterwards, where it costs nobody who succeeds: what happened between
 * the two is as if it had happened before both.
 */
static int find_why(struct changing *c)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = pool_read(c->store->pool, &c->entry->fixed[FIXED_STATE],
                      &c->params[WRITE_ID], 1, c->until, &rows, c->diag);

    return r < 0 ? r : tell_why(c, rows);
}

/* --- changing ------------------------------------------------------------- */

/* Ends as r says; a row that came back is one that was changed. */
static int finish(struct changing *c, int r, struct stored *ret_stored)
{
    if (r == -ERR_VALIDATION && c->keeps && c->diag &&
        text_ends_with(text_of(c->diag->constraint), "_kept")) {
        diag_clear(c->diag);
        return find_why(c);
    }
    if (r < 0)
        return constraint_tell(c->entry->resource, r, c->diag);
    if (rows_count(c->rows) == 0)
        return find_why(c);
    ret_stored->log_position = c->commit.log_position;
    write_row_noted(c->rows, ret_stored);
    return 0;
}

static int run(struct changing *c, const struct statement *statement,
               struct stored *ret_stored)
{
    int r = transaction_once(c->store->pool, NULL, statement, c->params,
                             c->count, c->until, &c->rows, &c->commit, c->diag);

    return finish(c, r, ret_stored);
}

static int run_and_add(struct changing *c, const struct statement *statement,
                       struct buffer *buffer, struct stored *ret_stored)
{
    int r = run(c, statement, ret_stored);

    if (r < 0)
        return r;
    return write_row(c->entry, c->rows, buffer, ret_stored, c->diag);
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

    c.count +=
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
        c.params[c.count++] = values->items[i].text;
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

/* --- for good ------------------------------------------------------------- */

static int lock_and_purge(struct transaction *transaction, void *arg)
{
    struct changing *c = arg;
    const struct statement *fixed = c->entry->fixed;
    CLEANUP(call_abandon)
    struct call *lock = transaction_submit(transaction, &fixed[FIXED_LOCK_ID],
                                           &c->params[WRITE_ID], 1);
    CLEANUP(call_abandon)
    struct call *purge = transaction_submit(transaction, &fixed[FIXED_PURGE],
                                            c->params, c->count);
    int r = transaction_wait(transaction, &lock, NULL);

    if (r < 0)
        return r;
    rows_unref(&c->rows);
    return transaction_wait(transaction, &purge, &c->rows);
}

int store_purge(struct store *store, const struct resource *resource,
                struct uuid id, const struct change *change,
                struct deadline until, struct stored *ret_stored,
                struct diag *diag)
{
    CHANGING(c);
    int r;

    c.of_any = c.keeps = true;
    r = transaction_run(store->pool, NULL, lock_and_purge, &c, until, &c.commit,
                        diag);
    return finish(&c, r, ret_stored);
}
