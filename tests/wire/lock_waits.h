/* SPDX-License-Identifier: MIT */
/* What waits for a lock in the service's database. */
#pragma once

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* Its sessions that wait; `more` narrows it: "" or " AND relation = …". */
static inline long count_lock_waits(const char *more)
{
    char command[256], line[32] = "";
    FILE *out;

    snprintf(command, sizeof(command),
             "psql -qAtX \"$OWNER_DATABASE_URL\" -c \"SELECT count(*) FROM "
             "pg_locks WHERE NOT granted%s\"",
             more);
    out = popen(command, "r");
    cr_assert_not_null(out);
    cr_assert_not_null(fgets(line, sizeof(line), out));
    cr_expect_eq(pclose(out), 0);
    return strtol(line, NULL, 10);
}
