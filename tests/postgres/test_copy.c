/* SPDX-License-Identifier: MIT */
#include "on_connection.h"

#include "base/error.h"
#include "base/fault.h"

OWN_DATABASE(copy, "CREATE TABLE lines (n int, line text)");

#define ON_CONNECTION(name) ON_CONNECTION_OF(copy, name)

static int start_in(struct connection *connection)
{
    return copy_in_start(connection, TEXT("COPY lines FROM STDIN"),
                         after_ms(30000), NULL);
}

ON_CONNECTION(takes_rows_in_pieces_of_any_size)
{
    uint64_t rows = 0;

    cr_assert_eq(start_in(connection), 0);
    cr_assert_eq(copy_in_data(connection, TEXT("1\ton"), after_ms(30000), NULL),
                 0);
    cr_assert_eq(copy_in_data(connection, TEXT("e\n2\ttwo\n3\t\\N\n"),
                              after_ms(30000), NULL),
                 0);
    cr_assert_eq(copy_in_end(connection, NULL, after_ms(30000), &rows, NULL),
                 0);
    cr_expect_eq(rows, 3);
    cr_expect(connection_is_clean(connection));
    cr_expect_eq(ask_number(connection, "SELECT count(line) FROM lines"), 2);
}

ON_CONNECTION(waits_while_the_database_does_not_keep_up)
{
    enum { PIECES = 64, PIECE = 256 * 1024 };
    CLEANUP(memory_free) char *piece = memory_new(PIECE);
    uint64_t rows = 0;

    for (int i = 0; i < PIECE; i += 64) {
        memset(piece + i, 'x', 64);
        memcpy(piece + i, "1\t", 2);
        piece[i + 63] = '\n';
    }
    cr_assert_eq(start_in(connection), 0);
    for (int i = 0; i < PIECES; i++)
        cr_assert_eq(copy_in_data(connection, text_from(piece, PIECE),
                                  after_ms(30000), NULL),
                     0);
    cr_assert_eq(copy_in_end(connection, NULL, after_ms(30000), &rows, NULL),
                 0);
    cr_expect_eq(rows, PIECES * (PIECE / 64));
    cr_expect_gt(fiber_waited_ns(fiber_self()), 0);
}

ON_CONNECTION(drops_all_rows_when_it_is_given_up)
{
    cr_assert_eq(start_in(connection), 0);
    cr_assert_eq(
        copy_in_data(connection, TEXT("1\tone\n"), after_ms(30000), NULL), 0);
    cr_assert_eq(
        copy_in_end(connection, "a line was bad", after_ms(30000), NULL, NULL),
        0);
    cr_expect(connection_is_clean(connection));
    cr_expect_eq(ask_number(connection, "SELECT count(*) FROM lines"), 0);
}

ON_CONNECTION(tells_at_the_end_what_was_wrong_with_a_row)
{
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(start_in(connection), 0);
    cr_assert_eq(
        copy_in_data(connection, TEXT("one\tsecret\n"), after_ms(30000), NULL),
        0);
    cr_expect_eq(copy_in_end(connection, NULL, after_ms(30000), NULL, &diag),
                 -ERR_VALIDATION);
    cr_expect_str_eq(diag.sqlstate, "22P02");
    cr_expect(connection_is_clean(connection));
    cr_expect_eq(ask_number(connection, "SELECT count(*) FROM lines"), 0);
}

ON_CONNECTION(refuses_to_start_and_stays_usable)
{
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(copy_in_start(connection, TEXT("COPY nowhere FROM STDIN"),
                               after_ms(30000), &diag),
                 -ERR_QUERY_FAILED);
    cr_expect_str_eq(diag.sqlstate, "42P01");
    cr_expect_eq(
        copy_out_start(connection, TEXT("SELECT 1"), after_ms(30000), NULL),
        -ERR_QUERY_FAILED);
    cr_expect_eq(ask_number(connection, "SELECT 1"), 1);
}

ON_CONNECTION(cuts_the_link_when_sending_fails_half_way)
{
    CLEANUP(connection_close)
    struct connection *other = test_open(place.service_url);

    cr_assert_eq(start_in(connection), 0);
    fault_arm(FAULT_COPY_SEND, 1, 1);
    cr_expect_eq(
        copy_in_data(connection, TEXT("1\tone\n"), after_ms(30000), NULL), 0);
    cr_expect_eq(
        copy_in_data(connection, TEXT("2\ttwo\n"), after_ms(30000), NULL),
        -ERR_LINK_LOST);
    cr_expect_eq(fault_count(FAULT_COPY_SEND), 1);
    cr_expect_eq(copy_in_end(connection, NULL, after_ms(30000), NULL, NULL),
                 -ERR_LINK_LOST);
    cr_expect(connection_is_dead(connection));
    cr_expect_eq(ask_number(other, "SELECT count(*) FROM lines"), 0);
}

ON_CONNECTION(waits_for_what_was_asked_before)
{
    struct statement slow = sql("SELECT pg_sleep(0.5)");
    struct call *given_up = connection_submit(connection, &slow, NULL, 0, 0);

    cr_assert_eq(call_wait(&given_up, after_ms(2), NULL, NULL), -ERR_DEADLINE);
    cr_assert_eq(start_in(connection), 0);
    cr_assert_eq(copy_in_end(connection, NULL, after_ms(30000), NULL, NULL), 0);
}

/* --- out ----------------------------------------------------------------- */

ON_CONNECTION(gives_one_row_at_a_time)
{
    struct text row;
    int count = 0;

    cr_assert_eq(copy_out_start(connection,
                                TEXT("COPY (SELECT i, repeat('x', i % 7) FROM "
                                     "generate_series(1, 5000) i) TO STDOUT"),
                                after_ms(30000), NULL),
                 0);
    for (;;) {
        cr_assert_eq(copy_out_next(connection, after_ms(30000), &row, NULL), 0);
        if (text_is_null(row))
            break;
        count++;
        cr_assert_eq(strtol(row.at, NULL, 10), count);
        cr_assert(text_ends_with(row, "\n"));
    }
    cr_expect_eq(count, 5000);
    cr_expect(connection_is_clean(connection));
    cr_expect_eq(ask_number(connection, "SELECT 3"), 3);
}

static long resident_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size, resident;

    cr_assert_eq(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

ON_CONNECTION(reads_nothing_while_nobody_asks)
{
    CLEANUP(connection_close)
    struct connection *watcher = test_open(place.service_url);
    struct text row;
    long before;

    cr_assert_eq(copy_out_start(connection,
                                TEXT("COPY (SELECT repeat('x', 1000) FROM "
                                     "generate_series(1, 100000)) TO STDOUT"),
                                after_ms(30000), NULL),
                 0);
    cr_assert_eq(copy_out_next(connection, after_ms(30000), &row, NULL), 0);
    before = resident_pages();
    while (ask_number(watcher,
                      "SELECT count(*) FROM pg_stat_activity WHERE wait_event "
                      "= 'ClientWrite' AND application_name = "
                      "'portcullis test'") == 0)
        cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    cr_expect_lt(resident_pages() - before, 2000, "100 MB were not taken in");
}

ON_CONNECTION(ends_with_the_error_of_a_later_row)
{
    struct text row;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    cr_assert_eq(copy_out_start(connection,
                                TEXT("COPY (SELECT 1 / (3 - i) FROM "
                                     "generate_series(1, 5) i) TO STDOUT"),
                                after_ms(30000), NULL),
                 0);
    do
        r = copy_out_next(connection, after_ms(30000), &row, &diag);
    while (r == 0 && !text_is_null(row));
    cr_expect_eq(r, -ERR_VALIDATION);
    cr_expect_str_eq(diag.sqlstate, "22012");
    cr_expect_eq(ask_number(connection, "SELECT 1"), 1);
}

ON_CONNECTION(cuts_the_link_when_a_row_does_not_come_in_time)
{
    struct text row;

    cr_assert_eq(copy_out_start(connection,
                                TEXT("COPY (SELECT CASE WHEN i < 3 THEN "
                                     "repeat('x', 20000) ELSE "
                                     "pg_sleep(30)::text END FROM "
                                     "generate_series(1, 3) i) TO STDOUT"),
                                after_ms(30000), NULL),
                 0);
    cr_assert_eq(copy_out_next(connection, after_ms(30000), &row, NULL), 0);
    cr_expect_eq(copy_out_next(connection, after_ms(10), &row, NULL),
                 -ERR_DEADLINE);
    cr_expect(connection_is_dead(connection));
    cr_expect_eq(copy_out_next(connection, after_ms(10), &row, NULL),
                 -ERR_LINK_LOST);
}

/* --- scripts ------------------------------------------------------------- */

ON_CONNECTION(runs_a_script_of_several_statements_as_one_transaction)
{
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(connection_script(connection,
                                   TEXT("INSERT INTO lines VALUES (1, 'a');"
                                        "SELECT 1; SELECT 1/0"),
                                   after_ms(30000), &diag),
                 -ERR_VALIDATION);
    cr_expect_eq(ask_number(connection, "SELECT count(*) FROM lines"), 0);
    cr_expect_eq(connection_script(connection,
                                   TEXT("INSERT INTO lines VALUES (1, 'a');"
                                        "INSERT INTO lines VALUES (2, 'b')"),
                                   after_ms(30000), &diag),
                 0);
    cr_expect_eq(ask_number(connection, "SELECT count(*) FROM lines"), 2);
    cr_expect_eq(connection_script(connection, TEXT("COPY lines TO STDOUT"),
                                   after_ms(30000), NULL),
                 -ERR_QUERY_FAILED);
    cr_expect(connection_is_dead(connection), "a COPY has no place in it");
}

ON_CONNECTION(stops_a_script_by_cutting_the_link)
{
    struct connection *other = test_open(place.service_url);
    CLEANUP(memory_free) char *question = NULL;
    char key[SESSION_KEY_BYTES];

    postgres_driver.session_key(other, key);
    question = memory_format(
        "SELECT count(*) FROM pg_stat_activity WHERE pid = %s", key);
    cr_expect_eq(connection_script(other, TEXT("SELECT pg_sleep(30)"),
                                   after_ms(20), NULL),
                 -ERR_DEADLINE);
    cr_expect(connection_is_dead(other));
    connection_close(&other);
    while (ask_number(connection, question) > 0) /* the server notices */
        cr_assert_eq(fiber_sleep(after_ms(5)), 0);
}
