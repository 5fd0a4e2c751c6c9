/* SPDX-License-Identifier: MIT */
#include "store/effective.h"

#include "store/cell.h"
#include "store/scope.h"
#include "store/sql_effective.h"
#include "json/encode.h"

#include <stdio.h>

void effective_add(const struct rows *rows, unsigned row, struct buffer *buffer)
{
    buffer_add_string(buffer, "{\"permission\":");
    encode_plain(buffer, rows_get(rows, row, EFFECTIVE_KEY));
    buffer_add_string(buffer, ",\"effect\":");
    encode_plain(buffer, rows_get(rows, row, EFFECTIVE_EFFECT));
    buffer_add_string(buffer, ",\"via\":");
    encode_ready(buffer, rows_get(rows, row, EFFECTIVE_VIA));
    buffer_add_byte(buffer, '}');
}

static void add_rights(const struct rows *rows, struct buffer *buffer)
{
    buffer_add_byte(buffer, '[');
    for (unsigned i = 0; i < rows_count(rows); i++) {
        if (text_is_null(rows_get(rows, i, EFFECTIVE_KEY)))
            break;
        if (i > 0)
            buffer_add_byte(buffer, ',');
        effective_add(rows, i, buffer);
    }
    buffer_add_byte(buffer, ']');
}

static int check_chains(const struct rows *rows, struct diag *diag)
{
    int64_t chains;
    int r = cell_number(rows_get(rows, 0, EFFECTIVE_CHAINS), &chains, diag);

    if (r < 0)
        return r;
    if (chains > EFFECTIVE_CHAINS_MAX)
        return FAIL(diag, ERR_TOO_LARGE,
                    "more than %d chains of roles lead to this user's rights",
                    EFFECTIVE_CHAINS_MAX);
    return 0;
}

int effective_permissions(struct store *store, struct uuid user,
                          struct deadline until, struct buffer *buffer,
                          struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    char id[UUID_TEXT_BYTES], enough[16];
    struct text params[2];
    int r;

    uuid_format(user, id);
    snprintf(enough, sizeof(enough), "%d", EFFECTIVE_CHAINS_MAX + 1);
    params[0] = text_of(id);
    params[1] = text_of(enough);
    r = scope_read_alone(store, &sql_effective, params, ARRAY_LEN(params),
                         until, &rows, diag);
    if (r < 0)
        return r;
    if (rows_count(rows) == 0)
        return FAIL(diag, ERR_NOT_FOUND, "no user has this id");
    r = check_chains(rows, diag);
    if (r < 0)
        return r;
    add_rights(rows, buffer);
    return store_written(buffer, diag);
}
