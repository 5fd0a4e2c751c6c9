/* SPDX-License-Identifier: MIT */
#include "store/outcome.h"

#include "base/check.h"
#include "store/cell.h"
#include "store/scope.h"
#include "store/sql_fixed.h"

#include <stdio.h>

#define TABLE "idempotency_keys"

enum {
    HASH_TEXT_BYTES = 2 + 2 * REQUEST_HASH_BYTES + 1, /* \x, digits, NUL */
    RETRY_AFTER_S = 1,
};

/* bytea as text */
struct hash_text {
    char at[HASH_TEXT_BYTES];
};

static struct hash_text hash_text_of(const struct outcome_key *key)
{
    struct hash_text text = { "\\x" };

    hex_format(key->request_hash, REQUEST_HASH_BYTES, text.at + 2);
    return text;
}

void outcome_end(struct outcome *outcome)
{
    rows_unref(&outcome->rows);
}

/* --- finding ------------------------------------------------------------- */

/* The caller is the seed, so that no two pairs of texts become one. */
const struct statement sql_outcome_take = {
    .name = "idempotency_take",
    .sql = "SELECT pg_try_advisory_xact_lock(hashtextextended($2::text,"
           " hashtextextended('" TABLE ":' || $1::text, 0)))",
};

/*
 * A statement of its own behind the lock: what the one who had it before us
 * has committed is seen only by what begins after that.
 */
const struct statement sql_outcome_find = {
    .name = "idempotency_find",
    .collection = TABLE,
    .sql =
        "SELECT status, etag, location, body, request_hash = $3::bytea"
        " FROM " TABLE " WHERE caller = $1 AND key = $2 AND expires_at > now()",
};

/* Where a row was found: it may be the outcome of this very request. */
static int take_row(struct rows *rows, struct outcome *outcome,
                    struct diag *diag)
{
    int64_t status;
    int r;

    if (!text_is(rows_get(rows, 0, 4), "t"))
        return FAIL(diag, ERR_IDEMPOTENCY_KEY_REUSED,
                    "this Idempotency-Key was sent with another request");
    r = cell_number(rows_get(rows, 0, 0), &status, diag);
    if (r < 0)
        return r;
    *outcome = (struct outcome){ .status = (int)status,
                                 .etag = rows_get(rows, 0, 1),
                                 .location = rows_get(rows, 0, 2),
                                 .body = rows_get(rows, 0, 3),
                                 .rows = rows_ref(rows) };
    return 0;
}

static int fail_in_progress(struct diag *diag)
{
    int r = FAIL(diag, ERR_IDEMPOTENCY_IN_PROGRESS,
                 "a request with this Idempotency-Key is being worked on");

    if (diag)
        diag->retry_after_s = RETRY_AFTER_S;
    return r;
}

static int ask_for_row(struct store *inside, const struct text params[3],
                       struct rows **ret_taken, struct rows **ret_found,
                       struct diag *diag)
{
    struct transaction *transaction = inside->transaction;
    CLEANUP(call_abandon) struct call *take = NULL, *find = NULL;
    int r;

    take = transaction_submit(transaction, &sql_outcome_take, params, 2);
    find = transaction_submit(transaction, &sql_outcome_find, params, 3);
    r = transaction_wait(transaction, &take, ret_taken);
    if (r == 0)
        r = transaction_wait(transaction, &find, ret_found);
    if (r < 0 && diag != transaction_diag(transaction))
        diag_move(diag, transaction_diag(transaction));
    return r;
}

int outcome_find(struct store *inside, const struct outcome_key *key,
                 struct outcome *ret_outcome, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *taken = NULL, *found = NULL;
    struct hash_text hash = hash_text_of(key);
    struct text params[] = { key->caller, key->key, text_of(hash.at) };
    int r;

    CHECK(inside->transaction);
    *ret_outcome = (struct outcome){ 0 };
    r = ask_for_row(inside, params, &taken, &found, diag);
    if (r < 0)
        return r;
    if (!text_is(rows_get(taken, 0, 0), "t"))
        return fail_in_progress(diag);
    return rows_count(found) == 0 ? 0 : take_row(found, ret_outcome, diag);
}

/* --- keeping ------------------------------------------------------------- */

/* One that is there has had its day and was not swept yet. */
const struct statement sql_outcome_keep = {
    .name = "idempotency_keep",
    .collection = TABLE,
    .sql = "INSERT INTO " TABLE
           " (caller, key, request_hash, status, etag, location, body)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7)"
           " ON CONFLICT (caller, key) DO UPDATE SET"
           " request_hash = excluded.request_hash, status = excluded.status,"
           " etag = excluded.etag, location = excluded.location,"
           " body = excluded.body, created_at = excluded.created_at,"
           " expires_at = excluded.expires_at",
};

int outcome_keep(struct store *inside, const struct outcome_key *key,
                 const struct outcome *outcome, struct diag *diag)
{
    struct hash_text hash = hash_text_of(key);
    char status[16];
    struct text params[] = { key->caller,  key->key,      text_of(hash.at),
                             TEXT_NULL,    outcome->etag, outcome->location,
                             outcome->body };
    struct writing writing = { .statement = &sql_outcome_keep,
                               .params = params,
                               .count = ARRAY_LEN(params) };
    int r;

    CHECK(inside->transaction);
    snprintf(status, sizeof(status), "%d", outcome->status);
    params[3] = text_of(status);
    r = scope_write(inside, &writing, DEADLINE_NEVER, diag);
    rows_unref(&writing.rows);
    return r;
}

/* --- sweeping ------------------------------------------------------------ */

/* A batch is short enough that nobody who waits for one of its rows notices. */
const struct statement sql_outcome_sweep = {
    .name = "idempotency_sweep",
    .collection = TABLE,
    .sql = "DELETE FROM " TABLE " WHERE ctid = ANY (ARRAY("
           "SELECT ctid FROM " TABLE " WHERE expires_at < now()"
           " AND (SELECT pg_try_advisory_xact_lock("
           "hashtextextended('" TABLE ":sweep', 0)))"
           " ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED))",
};

int outcome_sweep(struct store *store, struct deadline until,
                  unsigned *ret_removed, struct diag *diag)
{
    struct writing writing = { .statement = &sql_outcome_sweep };
    int r = scope_write(store, &writing, until, diag);

    *ret_removed = r == 0 ? (unsigned)rows_affected(writing.rows) : 0;
    rows_unref(&writing.rows);
    return r;
}
