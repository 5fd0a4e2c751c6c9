/* SPDX-License-Identifier: MIT */
/* Whose reads share a connection see their own settings, and nobody else's. */
#include "on_connection.h"

#include "base/error.h"

OWN_DATABASE(scope, "SELECT 1");

#define ON_CONNECTION(name) ON_CONNECTION_OF(scope, name)

static const struct statement who_asks = {
    .name = "who_asks",
    .sql = "SELECT coalesce(current_setting('app.who', true), ''),"
           " coalesce(current_setting('app.for', true), '')",
};

static struct scope scope_of(const char *who)
{
    return (struct scope){ 1, { { "app.who", text_of(who) } } };
}

/* For NULL: in no scope. */
static struct call *ask_as(struct connection *connection, const char *who)
{
    struct scope scope = scope_of(who);

    return connection_submit_as(connection, who ? &scope : NULL, &who_asks,
                                NULL, 0, CALL_AGAIN);
}

static void expect_who(struct call **call, const char *who)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(call_wait(call, after_ms(30000), &rows, &diag), 0, "%s (%s)",
                 diag.detail, diag.cause);
    cr_expect(text_is(rows_get(rows, 0, 0), who), "%s: not %s",
              rows_get(rows, 0, 0).at, who);
}

static void expect_nobody(struct connection *connection)
{
    struct call *call = ask_as(connection, NULL);

    expect_who(&call, "");
}

/* How often settings were sent, as the server tells. */
static long settings_sent(struct connection *connection)
{
    return ask_number(connection,
                      "SELECT sum(generic_plans + custom_plans) FROM"
                      " pg_prepared_statements WHERE name LIKE 'settings%'");
}

ON_CONNECTION(each_call_of_a_turn_sees_its_own)
{
    static const char *const who[] = { "a", "a", "b",  NULL, "b",
                                       "a", "",  NULL, "a",  "a" };
    struct call *calls[ARRAY_LEN(who)];

    for (size_t i = 0; i < ARRAY_LEN(who); i++)
        calls[i] = ask_as(connection, who[i]);
    for (size_t i = 0; i < ARRAY_LEN(who); i++)
        expect_who(&calls[i], who[i] ? who[i] : "");
    expect_nobody(connection);
}

ON_CONNECTION(is_told_once_for_equal_neighbours)
{
    struct call *calls[20];

    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        calls[i] = ask_as(connection, i < 10 ? "a" : "b");
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        expect_who(&calls[i], i < 10 ? "a" : "b");
    cr_expect_eq(settings_sent(connection), 2);
}

ON_CONNECTION(takes_back_the_settings_another_does_not_have)
{
    struct scope both = {
        2, { { "app.who", TEXT("a") }, { "app.for", TEXT("b") } }
    };
    struct call *first =
        connection_submit_as(connection, &both, &who_asks, NULL, 0, CALL_AGAIN);
    struct call *second = ask_as(connection, "c");
    CLEANUP(rows_unref) struct rows *one = NULL, *other = NULL;

    cr_assert_eq(call_wait(&first, after_ms(30000), &one, NULL), 0);
    cr_expect(text_is(rows_get(one, 0, 1), "b"));
    cr_assert_eq(call_wait(&second, after_ms(30000), &other, NULL), 0);
    cr_expect(text_is(rows_get(other, 0, 0), "c"));
    cr_expect(text_is(rows_get(other, 0, 1), ""));
}

ON_CONNECTION(its_values_may_go_when_the_call_is_submitted)
{
    char who[] = "somebody";
    struct call *call = ask_as(connection, who);

    memset(who, 'x', sizeof(who) - 1);
    expect_who(&call, "somebody");
}

ON_CONNECTION(goes_with_a_read_that_is_sent_again)
{
    struct statement broken = sql("SELECT 1 / (random() * 0)::int");
    struct scope as_a = scope_of("a");
    struct call *failing =
        connection_submit_as(connection, &as_a, &broken, NULL, 0, CALL_AGAIN);
    struct call *same = ask_as(connection, "a");
    struct call *other = ask_as(connection, "b");
    struct call *none = ask_as(connection, NULL);

    cr_expect_eq(call_wait(&failing, after_ms(30000), NULL, NULL),
                 -ERR_VALIDATION);
    expect_who(&same, "a");
    expect_who(&other, "b");
    expect_who(&none, "");
    expect_nobody(connection);
}

ON_CONNECTION(that_cannot_be_set_fails_its_own_call_only)
{
    struct scope bad = { 1, { { "statement_timeout", TEXT("rubbish") } } };
    struct call *before = ask_as(connection, "a");
    struct call *failing =
        connection_submit_as(connection, &bad, &who_asks, NULL, 0, CALL_AGAIN);
    struct call *behind = ask_as(connection, "b");
    struct diag diag;

    diag_init(&diag, NULL);
    expect_who(&before, "a");
    cr_expect_lt(call_wait(&failing, after_ms(30000), NULL, &diag), 0);
    cr_expect_str_eq(diag.sqlstate, "22023");
    expect_who(&behind, "b");
    expect_nobody(connection);
}

ON_CONNECTION(is_set_anew_when_its_statement_is_gone)
{
    struct call *call = ask_as(connection, "a");

    expect_who(&call, "a");
    cr_assert_eq(connection_script(connection, TEXT("DEALLOCATE ALL"),
                                   after_ms(30000), NULL),
                 0);
    call = ask_as(connection, "b");
    expect_who(&call, "b");
    call = ask_as(connection, "c");
    expect_who(&call, "c");
}

ON_CONNECTION(is_over_when_a_call_is_given_up)
{
    struct statement slow = sql("SELECT pg_sleep(0.5)");
    struct scope scope = scope_of("a");
    struct call *call =
        connection_submit_as(connection, &scope, &slow, NULL, 0, CALL_AGAIN);
    struct call *unsent;

    cr_expect_eq(call_wait(&call, after_ms(5), NULL, NULL), -ERR_DEADLINE);
    unsent = ask_as(connection, "b");
    call_abandon(&unsent);
    expect_nobody(connection);
}

static void cancel(struct connection *victim, struct connection *by)
{
    char key[SESSION_KEY_BYTES];
    CLEANUP(memory_free) char *text = NULL;

    postgres_driver.session_key(victim, key);
    text = memory_format("SELECT pg_cancel_backend(pid)::int FROM"
                         " pg_stat_activity WHERE pid = %s"
                         " AND wait_event = 'PgSleep'",
                         key);
    UNTIL(ask_number(by, text) == 1);
}

ON_CONNECTION(is_over_when_a_call_is_cancelled)
{
    CLEANUP(connection_close)
    struct connection *other = test_open(place.service_url);
    struct statement slow = sql("SELECT pg_sleep(30)");
    struct scope scope = scope_of("a");
    struct call *call =
        connection_submit_as(connection, &scope, &slow, NULL, 0, 0);
    struct call *behind = ask_as(connection, "b");
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    cancel(connection, other);
    cr_expect_lt(call_wait(&call, after_ms(30000), NULL, &diag), 0);
    cr_expect_str_eq(diag.sqlstate, "57014");
    expect_who(&behind, "b");
    expect_nobody(connection);
}
