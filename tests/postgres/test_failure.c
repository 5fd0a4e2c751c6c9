/* SPDX-License-Identifier: MIT */
#include "support/database.h"

#include "base/error.h"

TestSuite(failure, .timeout = 60);

/* What the server itself says, by raising the state. */
struct expected {
    char state[6];
    int code;
};

static const struct expected table[] = {
    { "23505", ERR_DUPLICATE },
    { "23503", ERR_REFERENCED },
    { "23514", ERR_VALIDATION },
    { "23502", ERR_VALIDATION },
    { "22001", ERR_VALIDATION },
    { "22P02", ERR_VALIDATION },
    { "23P01", ERR_DUPLICATE },
    { "40001", ERR_SERIALIZATION },
    { "40P01", ERR_DEADLOCK },
    { "55P03", ERR_LOCK_TIMEOUT },
    { "57014", ERR_DEADLINE },
    { "57P01", ERR_LINK_LOST },
    { "57P02", ERR_LINK_LOST },
    { "57P03", ERR_CONNECT_FAILED },
    { "53300", ERR_TOO_MANY_CONNECTIONS },
    { "53100", ERR_STORAGE_FULL },
    { "53200", ERR_STORAGE_FULL },
    { "25006", ERR_READ_ONLY },
    { "42501", ERR_FORBIDDEN },
    { "0A000", ERR_QUERY_FAILED },
    { "26000", ERR_PLAN_CHANGED },
    { "08006", ERR_LINK_LOST },
    { "XX001", ERR_UNAVAILABLE },
    { "58030", ERR_UNAVAILABLE },
    { "42601", ERR_QUERY_FAILED },
    { "P0001", ERR_QUERY_FAILED },
    { "54000", ERR_VALIDATION },
    { "40003", ERR_OUTCOME_UNKNOWN },
};

static void raise_all(void *arg)
{
    CLEANUP(connection_close)
    struct connection *connection = test_open(test_url("DATABASE_URL"));

    (void)arg;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CLEANUP(memory_free)
        char *script = memory_format(
            "DO $$BEGIN RAISE EXCEPTION 'why' USING ERRCODE = '%s', "
            "DETAIL = 'secret', CONSTRAINT = 'rule'; END$$",
            table[i].state);
        struct diag diag;

        diag_init(&diag, NULL);
        cr_expect_eq(connection_script(connection, text_of(script),
                                       after_ms(30000), &diag),
                     -table[i].code, "%s", table[i].state);
        cr_expect_str_eq(diag.sqlstate, table[i].state);
        cr_expect_str_eq(diag.constraint, "rule");
        cr_expect_str_eq(diag.cause, "why");
        cr_expect_null(strstr(diag.detail, "why"));
        cr_expect(connection_is_clean(connection));
    }
}

Test(failure, means_what_the_table_says)
{
    fiber_run_alone("test", raise_all, NULL);
}

static int run(struct connection *connection, const char *text,
               struct diag *diag)
{
    diag_init(diag, NULL);
    return connection_script(connection, text_of(text), after_ms(30000), diag);
}

static struct place place;

static void break_references(void *arg)
{
    CLEANUP(connection_close)
    struct connection *connection = test_open(place.service_url);
    struct diag diag;

    (void)arg;
    cr_expect_eq(run(connection, "DELETE FROM a", &diag), -ERR_REFERENCED);
    cr_expect_str_eq(diag.constraint, "b_a");
    cr_expect_eq(run(connection, "INSERT INTO b VALUES (2)", &diag),
                 -ERR_VALIDATION);
    cr_expect_str_eq(diag.constraint, "b_a");
    cr_expect_eq(run(connection, "INSERT INTO b VALUES (NULL)", &diag),
                 -ERR_VALIDATION);
    cr_expect_str_eq(diag.constraint, "a_id", "the column");
}

Test(failure, tells_a_missing_reference_from_one_that_still_stands)
{
    place = place_make(
        "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1);"
        "CREATE TABLE b (a_id int NOT NULL CONSTRAINT b_a REFERENCES a);"
        "INSERT INTO b VALUES (1)");
    fiber_run_alone("test", break_references, NULL);
    place_drop(&place);
}
