/* SPDX-License-Identifier: MIT */
#include "store/key_holder.h"

#include "base/id.h"
#include "store/scope.h"

#include <string.h>

enum { HASH_TEXT_BYTES = 2 + 2 * MAC_BYTES + 1 };

static const struct statement find = {
    .name = "api_key_holder",
    .collection = "api_keys",
    .sql = "SELECT id, user_id, array_to_string(scopes, ' ') FROM api_keys"
           " WHERE secret_hash = $1::bytea AND deleted_at IS NULL"
           " AND (expires_at IS NULL OR expires_at > now())",
};

void key_holder_end(struct key_holder *holder)
{
    rows_unref(&holder->rows);
}

int key_holder_find(const struct store *store, const struct mac *hash,
                    struct deadline until, struct key_holder *ret_holder,
                    struct diag *diag)
{
    const struct actor reader = { .rights = TEXT("api-keys:read") };
    struct store asking = store_as(store, &reader);
    char text[HASH_TEXT_BYTES] = "\\x";
    const struct text param = text_from(text, HASH_TEXT_BYTES - 1);
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r;

    hex_format(hash->bytes, MAC_BYTES, text + 2);
    r = scope_read(&asking, &find, &param, 1, until, &rows, diag);
    if (r < 0)
        return r;
    if (rows_count(rows) == 0)
        return FAIL(diag, ERR_NOT_FOUND, "there is no such API key");
    *ret_holder = (struct key_holder){
        .rows = rows,
        .key_id = rows_get(rows, 0, 0),
        .user_id = rows_get(rows, 0, 1),
        .scopes = rows_get(rows, 0, 2),
    };
    rows = NULL;
    return 0;
}
