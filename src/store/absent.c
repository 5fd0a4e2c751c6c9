/* SPDX-License-Identifier: MIT */
#include "store/absent.h"

#include "store/scope.h"

int absent_tell(struct store *store, const struct resource *resource,
                struct text id, struct deadline until, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    const struct entry *entry = store_entry(store, resource);
    int r = scope_read(store, &entry->fixed[FIXED_STATE], &id, 1, until, &rows,
                       diag);

    if (r < 0)
        return r;
    if (rows_count(rows) == 1 && text_is(rows_get(rows, 0, 1), "f"))
        return store_forbidden(resource, diag);
    return FAIL(diag, ERR_NOT_FOUND, "no %s has this id",
                resource->shape->singular);
}
