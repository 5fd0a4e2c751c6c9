/* SPDX-License-Identifier: MIT */
#include "support/database.h"

#include "base/error.h"

static int read_number(struct connection *connection, void *arg,
                       struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct statement query = sql("SELECT 40 + 2");
    int64_t *number = arg;
    int r = connection_query(connection, &query, NULL, 0, after_ms(30000),
                             &rows, diag);

    if (r == 0 && !text_to_int64(rows_get(rows, 0, 0), number))
        r = -ERR_INTERNAL;
    return r;
}

Test(session, runs_a_function_with_a_connection_of_its_own, .timeout = 60)
{
    struct diag diag;
    int64_t number = 0;

    diag_init(&diag, NULL);
    cr_expect_eq(database_session(&postgres_driver,
                                  text_of(test_url("DATABASE_URL")),
                                  read_number, &number, &diag),
                 0);
    cr_expect_eq(number, 42);
}

static int refuse(struct connection *connection, void *arg, struct diag *diag)
{
    (void)connection;
    (void)arg;
    return FAIL(diag, ERR_PRECONDITION_FAILED, "not today");
}

Test(session, hands_on_what_went_wrong, .timeout = 60)
{
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(database_session(&postgres_driver,
                                  text_of(test_url("DATABASE_URL")), refuse,
                                  NULL, &diag),
                 -ERR_PRECONDITION_FAILED);
    diag_clear(&diag);
    cr_expect_eq(database_session(&postgres_driver, TEXT("nonsense"), refuse,
                                  NULL, &diag),
                 -ERR_INVALID_PARAMETER);
    diag_clear(&diag);
    cr_expect_eq(database_session(&postgres_driver, TEXT("mysql://u@h/d"),
                                  refuse, NULL, &diag),
                 -ERR_INVALID_PARAMETER, "%s", diag.detail);
    diag_clear(&diag);
    cr_expect_eq(database_session(&postgres_driver,
                                  TEXT("postgres://u@/d?host=/nonexistent"),
                                  refuse, NULL, &diag),
                 -ERR_CONNECT_FAILED);
}
