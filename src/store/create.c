/* SPDX-License-Identifier: MIT */
#include "database/transaction.h"
#include "store/constraint.h"
#include "store/write.h"

static unsigned take_params(const struct resource *resource,
                            const struct values *values,
                            const struct actor *actor, const char *id,
                            struct text *ret_params)
{
    ret_params[WRITE_ID] = text_of(id);
    ret_params[WRITE_SECOND] = actor->user_id;
    return WRITE_MEMBERS + write_all_values(resource->shape, values,
                                            ret_params + WRITE_MEMBERS);
}

int store_create(struct store *store, const struct resource *resource,
                 const struct values *values, const struct actor *actor,
                 struct deadline until, struct buffer *buffer,
                 struct stored *ret_stored, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct entry *entry = store_entry(store, resource);
    struct text params[WRITE_PARAMS_MAX];
    char id[UUID_TEXT_BYTES];
    struct commit commit;
    unsigned count;
    int r;

    uuid_format(uuid_v7(), id);
    count = take_params(resource, values, actor, id, params);
    r = transaction_once(store->pool, NULL, &entry->fixed[FIXED_CREATE], params,
                         count, until, &rows, &commit, diag);
    if (r < 0)
        return constraint_tell(resource, r, diag);
    ret_stored->log_position = commit.log_position;
    return write_row(entry, rows, buffer, ret_stored, diag);
}

/* --- with an id of the client's choice ---------------------------------------
 */

struct creation {
    struct entry *entry;
    struct text params[WRITE_PARAMS_MAX];
    unsigned count;
    struct rows *rows;
};

/* The lock goes first: the version is drawn when the row is inserted. */
static int lock_and_insert(struct transaction *transaction, void *arg)
{
    struct creation *creation = arg;
    const struct statement *fixed = creation->entry->fixed;
    CLEANUP(call_abandon)
    struct call *lock = transaction_submit(transaction, &fixed[FIXED_LOCK_ID],
                                           &creation->params[WRITE_ID], 1);
    CLEANUP(call_abandon)
    struct call *insert = transaction_submit(transaction, &fixed[FIXED_CREATE],
                                             creation->params, creation->count);
    int r = transaction_wait(transaction, &lock, NULL);

    if (r < 0)
        return r;
    rows_unref(&creation->rows);
    return transaction_wait(transaction, &insert, &creation->rows);
}

static void creation_end(struct creation *creation)
{
    rows_unref(&creation->rows);
}

static bool is_id_taken(const struct resource *resource,
                        const struct diag *diag)
{
    struct text name = text_of(diag ? diag->constraint : "");

    return text_starts_with(name, resource->table) &&
           text_is(text_skip(name, strlen(resource->table)), "_pkey");
}

int store_create_as(struct store *store, const struct resource *resource,
                    struct uuid id, const struct values *values,
                    const struct actor *actor, struct deadline until,
                    struct buffer *buffer, struct stored *ret_stored,
                    struct diag *diag)
{
    CLEANUP(creation_end)
    struct creation creation = { .entry = store_entry(store, resource) };
    char id_text[UUID_TEXT_BYTES];
    struct commit commit;
    int r;

    uuid_format(id, id_text);
    creation.count =
        take_params(resource, values, actor, id_text, creation.params);
    r = transaction_run(store->pool, NULL, lock_and_insert, &creation, until,
                        &commit, diag);
    if (r == -ERR_DUPLICATE && is_id_taken(resource, diag)) {
        diag_clear(diag);
        return FAIL(diag, ERR_PRECONDITION_FAILED, "the id is taken");
    }
    if (r < 0)
        return constraint_tell(resource, r, diag);
    ret_stored->log_position = commit.log_position;
    return write_row(creation.entry, creation.rows, buffer, ret_stored, diag);
}
