/* SPDX-License-Identifier: MIT */
#include "store/key_holder.h"

#include "base/check.h"
#include "base/id.h"
#include "base/memory.h"
#include "store/scope.h"
#include "store/sql_fixed.h"

#include <stdio.h>

enum {
    HOLDER_MAGIC = 0x6b65796f,
    HASH_TEXT_BYTES = 2 + 2 * MAC_BYTES + 1,
    SCOPES_MAX = 200, /* of one key: the table's own limit */
};

/* --- life ----------------------------------------------------------------- */

struct key_holder *key_holder_ref(struct key_holder *holder)
{
    OBJ_CHECK(holder, HOLDER_MAGIC);
    holder->refs++;
    return holder;
}

void key_holder_unref(struct key_holder **holder_at)
{
    struct key_holder *holder = *holder_at;

    *holder_at = NULL;
    if (!holder)
        return;
    OBJ_CHECK(holder, HOLDER_MAGIC);
    if (--holder->refs > 0)
        return;
    permission_set_unref(&holder->narrowed);
    holder->magic = 0;
    memory_free(&holder);
}

/* --- asking --------------------------------------------------------------- */

enum { GENERATION, KEY_ID, USER_ID, SCOPES, LEFT_US };

const struct statement sql_key_holder = {
    .name = "api_key_holder",
    .collection = "api_keys",
    .sql = "SELECT c.rights, k.id, k.user_id, array_to_string(k.scopes, ' '),"
           " floor(extract(epoch FROM k.expires_at - clock_timestamp())"
           " * 1000000)::bigint"
           " FROM cache_control AS c LEFT JOIN api_keys AS k"
           " ON k.secret_hash = $1::bytea AND k.deleted_at IS NULL"
           " AND (k.expires_at IS NULL OR k.expires_at > now())",
};

/* By the time that was left when we had asked already: rather too early. */
static uint64_t read_end(struct text left_us, uint64_t now_ns)
{
    int64_t us;

    if (text_is_null(left_us))
        return UINT64_MAX;
    if (!text_to_int64(left_us, &us) || us <= 0)
        return now_ns;
    return (uint64_t)us < UINT64_MAX / 2 / NS_PER_US
               ? now_ns + (uint64_t)us * NS_PER_US
               : UINT64_MAX;
}

static struct key_holder *read_holder(const struct rows *rows)
{
    struct text scopes = rows_get(rows, 0, SCOPES);
    struct key_holder *holder = memory_new(sizeof(*holder) + scopes.len + 1);

    holder->magic = HOLDER_MAGIC;
    holder->refs = 1;
    holder->is_scoped = !text_is_null(scopes);
    holder->scopes = text_from(holder->text, scopes.len);
    if (scopes.len > 0)
        memcpy(holder->text, scopes.at, scopes.len);
    snprintf(holder->key_id, UUID_TEXT_BYTES, "%.*s",
             TEXT_ARG(rows_get(rows, 0, KEY_ID)));
    snprintf(holder->user_id, UUID_TEXT_BYTES, "%.*s",
             TEXT_ARG(rows_get(rows, 0, USER_ID)));
    return holder;
}

static int read_answer(const struct rows *rows, struct freshness *freshness,
                       uint64_t asked, uint64_t now_ns,
                       struct key_holder **ret_holder, struct diag *diag)
{
    struct key_holder *holder;
    uint64_t generation;

    if (rows_count(rows) == 0 ||
        !generation_read(rows_get(rows, 0, GENERATION), &generation))
        return FAIL(diag, ERR_INTERNAL, "the table cache_control has no row");
    if (text_is_null(rows_get(rows, 0, KEY_ID)))
        return FAIL(diag, ERR_NOT_FOUND, "there is no such API key");
    holder = read_holder(rows);
    holder->until_ns = read_end(rows_get(rows, 0, LEFT_US), now_ns);
    holder->stamp = freshness_note(freshness, asked, generation);
    *ret_holder = holder;
    return 0;
}

int key_holder_load(const struct store *store, struct freshness *freshness,
                    const struct mac *hash, struct deadline until,
                    struct key_holder **ret_holder, struct diag *diag)
{
    static const struct actor reader = { .rights = TEXT("api-keys:read") };
    struct store asking = store_as(store, &reader);
    char text[HASH_TEXT_BYTES] = "\\x";
    const struct text param = text_from(text, HASH_TEXT_BYTES - 1);
    uint64_t asked = freshness_newest(freshness);
    uint64_t now_ns = freshness->now_ns();
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r;

    *ret_holder = NULL;
    hex_format(hash->bytes, MAC_BYTES, text + 2);
    r = scope_read(&asking, &sql_key_holder, &param, 1, until, &rows, diag);
    return r < 0
               ? r
               : read_answer(rows, freshness, asked, now_ns, ret_holder, diag);
}

/* --- what it may ---------------------------------------------------------- */

static struct permission_set *narrow(const struct key_holder *holder,
                                     struct permission_set *owner)
{
    struct text keys[SCOPES_MAX], rest = holder->scopes;
    size_t count = 0;

    while (rest.len > 0 && count < SCOPES_MAX &&
           text_cut(&rest, ' ', &keys[count]))
        count++;
    return permission_set_narrow(owner, keys, count);
}

struct permission_set *key_holder_may(struct key_holder *holder,
                                      struct permission_set *owner)
{
    OBJ_CHECK(holder, HOLDER_MAGIC);
    if (!holder->is_scoped)
        return permission_set_ref(owner);
    /* a narrowed set refers to its whole, so that this address is no other's */
    if (!holder->narrowed || holder->whole != owner) {
        permission_set_unref(&holder->narrowed);
        holder->narrowed = narrow(holder, owner);
        holder->whole = owner;
    }
    return permission_set_ref(holder->narrowed);
}
