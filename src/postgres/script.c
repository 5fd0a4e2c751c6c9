/* SPDX-License-Identifier: MIT */
#include "postgres/link.h"

int postgres__script(struct connection *connection, struct text sql,
                     struct deadline until, struct diag *diag)
{
    struct postgres *pg = postgres_of(connection);
    int r;

    r = postgres__drive_begin(pg, until, diag);
    if (r < 0)
        return r;
    r = postgres__drive_send(pg, sql, until, diag);
    if (r == 0)
        r = postgres__drive_to_end(pg, until, NULL, diag);
    postgres__drive_end(pg);
    return r;
}
