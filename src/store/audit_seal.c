/* SPDX-License-Identifier: MIT */
#include "store/audit.h"

#include "store/scope.h"
#include "store/sql_fixed.h"

#include <stdio.h>

const struct statement sql_audit_seal = {
    .name = "audit_seal",
    .collection = "audit_seals",
    .sql = "SELECT sealed, (extract(epoch FROM lag) * 1000)::bigint, head,"
           " encode(head_hash, 'hex') FROM audit_seal()",
};

static uint64_t number_of(struct text t)
{
    int64_t number = 0;

    return !text_is_null(t) && text_to_int64(t, &number) && number > 0
               ? (uint64_t)number
               : 0;
}

int audit_seal(struct store *store, struct deadline until,
               struct audit_sealed *ret_sealed, struct diag *diag)
{
    struct writing writing = { .statement = &sql_audit_seal };
    int r = scope_write(store, &writing, until, diag);

    *ret_sealed = (struct audit_sealed){ .looked = false };
    if (r == 0 && !text_is_null(rows_get(writing.rows, 0, 0))) {
        ret_sealed->looked = true;
        ret_sealed->rows = number_of(rows_get(writing.rows, 0, 0));
        ret_sealed->oldest_ms = number_of(rows_get(writing.rows, 0, 1));
        ret_sealed->head = number_of(rows_get(writing.rows, 0, 2));
        snprintf(ret_sealed->hash, sizeof(ret_sealed->hash), "%s",
                 rows_get(writing.rows, 0, 3).at);
    }
    rows_unref(&writing.rows);
    return r;
}

/* --- months -----------------------------------------------------------------
 */

const struct statement sql_audit_months = {
    .name = "audit_months_ahead",
    .collection = "audit",
    .sql =
        "SELECT count(to_regclass('audit_' || to_char("
        " now() AT TIME ZONE 'UTC' + make_interval(months => n), 'YYYY_MM')))"
        " FROM generate_series(1, 12) AS n",
};

int audit_months_ahead(struct store *store, struct deadline until,
                       unsigned *ret_months, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r =
        scope_read_alone(store, &sql_audit_months, NULL, 0, until, &rows, diag);

    if (r == 0)
        *ret_months = (unsigned)number_of(rows_get(rows, 0, 0));
    return r;
}
