/* SPDX-License-Identifier: MIT */
#include "app/role_rights.h"

#include <stdio.h>

int role_rights_ask(struct connection *connection, struct deadline until,
                    struct role_rights *ret, struct diag *diag)
{
    static const struct statement question = {
        .name = "role_rights",
        .sql = "SELECT rolname, rolsuper, rolbypassrls, EXISTS (SELECT"
               " FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN"
               " ('r', 'p') AND relname = 'users')"
               " FROM pg_roles WHERE rolname = current_user",
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r =
        connection_query(connection, &question, NULL, 0, until, &rows, diag);

    if (r < 0)
        return r;
    if (rows_count(rows) != 1)
        return FAIL(diag, ERR_QUERY_FAILED, "the role is gone");
    *ret = (struct role_rights){
        .is_superuser = text_is(rows_get(rows, 0, 1), "t"),
        .bypasses = text_is(rows_get(rows, 0, 2), "t"),
        .owns = text_is(rows_get(rows, 0, 3), "t"),
    };
    snprintf(ret->name, sizeof(ret->name), "%.*s",
             TEXT_ARG(rows_get(rows, 0, 0)));
    return 0;
}
