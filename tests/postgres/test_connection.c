/* SPDX-License-Identifier: MIT */
#include "on_connection.h"
#include "support/proxied.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

OWN_DATABASE(connection, "CREATE TABLE items (id int PRIMARY KEY, name text);"
                         "INSERT INTO items SELECT i, 'item ' || i "
                         "FROM generate_series(1, 1000) i");

#define ON_CONNECTION(name) ON_CONNECTION_OF(connection, name)

static const struct statement item_by_id = {
    .name = "item_by_id",
    .sql = "SELECT name FROM items WHERE id = $1",
};

static void expect_item(struct rows *rows, int id)
{
    char name[32];

    snprintf(name, sizeof(name), "item %d", id);
    cr_assert_eq(rows_count(rows), 1);
    cr_assert(text_is(rows_get(rows, 0, 0), name), "not %s", name);
}

ON_CONNECTION(answers_with_text_null_and_an_affected_count)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct statement query = sql("SELECT $1::text, $2::text, ''::text AS c, 7");
    struct text params[] = { text_from("ab-", 2), TEXT_NULL };

    cr_assert_eq(connection_query(connection, &query, params, 2,
                                  after_ms(30000), &rows, NULL),
                 0);
    cr_expect(text_is(rows_get(rows, 0, 0), "ab"), "a length is respected");
    cr_expect(text_is_null(rows_get(rows, 0, 1)));
    cr_expect_not(text_is_null(rows_get(rows, 0, 2)), "empty is not NULL");
    cr_expect_str_eq(rows_column_name(rows, 2), "c");
    cr_expect(text_is(rows_get(rows, 0, 3), "7"));
    cr_expect_eq(rows_columns(rows), 4);
    cr_expect_str_eq(rows_tag(rows), "SELECT 1");
    cr_expect_eq(rows_affected(rows), 1);
}

ON_CONNECTION(sets_the_session_as_our_reading_needs_it)
{
    CLEANUP(memory_free) char *zone = ask(connection, "SHOW timezone");
    CLEANUP(memory_free) char *style = ask(connection, "SHOW datestyle");
    CLEANUP(memory_free) char *code = ask(connection, "SHOW client_encoding");
    CLEANUP(memory_free) char *who = ask(connection, "SHOW application_name");

    cr_expect_str_eq(zone, "UTC");
    cr_expect_str_eq(style, "ISO, MDY");
    cr_expect_str_eq(code, "UTF8");
    cr_expect_str_eq(who, "portcullis test");
}

enum { MANY = 600 };

ON_CONNECTION(answers_many_queries_of_one_turn_in_order)
{
    struct call *calls[MANY];

    for (int i = 0; i < MANY; i++) {
        char id[12];
        struct text param =
            text_from(id, (size_t)snprintf(id, sizeof(id), "%d", i + 1));

        calls[i] = connection_submit(connection, &item_by_id, &param, 1, 0);
    }
    cr_expect_eq(connection_outstanding(connection), MANY);
    for (int i = 0; i < MANY; i++) {
        CLEANUP(rows_unref) struct rows *rows = NULL;

        cr_assert_eq(call_wait(&calls[i], after_ms(30000), &rows, NULL), 0);
        expect_item(rows, i + 1);
    }
    cr_expect(connection_is_clean(connection));
    cr_expect_eq(ask_number(connection,
                            "SELECT count(*) FROM pg_prepared_statements "
                            "WHERE name LIKE 'item\\_by\\_id\\_%'"),
                 1, "prepared once, by name");
}

static struct call *ask_item(struct connection *connection, const char *id,
                             unsigned flags)
{
    struct text param = text_of(id);

    return connection_submit(connection, &item_by_id, &param, 1, flags);
}

ON_CONNECTION(sends_reads_behind_a_failed_one_again)
{
    struct statement broken = sql("SELECT 1 / $1::int");
    struct text zero = TEXT("0");
    struct call *before = ask_item(connection, "1", CALL_AGAIN);
    struct call *failing =
        connection_submit(connection, &broken, &zero, 1, CALL_AGAIN);
    struct call *read = ask_item(connection, "2", CALL_AGAIN);
    struct call *other = ask_item(connection, "3", 0);
    struct call *last = ask_item(connection, "4", CALL_AGAIN);
    CLEANUP(rows_unref)
    struct rows *first = NULL, *second = NULL, *third = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(call_wait(&before, after_ms(30000), &first, NULL), 0);
    expect_item(first, 1);
    cr_assert_eq(call_wait(&failing, after_ms(30000), NULL, &diag),
                 -ERR_VALIDATION);
    cr_expect_str_eq(diag.sqlstate, "22012");
    cr_assert_eq(call_wait(&other, after_ms(30000), NULL, NULL), -ERR_ABORTED);
    cr_assert_eq(call_wait(&read, after_ms(30000), &second, NULL), 0);
    expect_item(second, 2);
    cr_assert_eq(call_wait(&last, after_ms(30000), &third, NULL), 0);
    expect_item(third, 4);
    cr_expect(connection_is_clean(connection));
}

ON_CONNECTION(gives_the_error_of_preparing_to_the_call_that_needs_it)
{
    struct statement wrong = sql("SELECT nothing FROM nowhere");
    struct call *call = connection_submit(connection, &wrong, NULL, 0, 0);
    struct call *behind = ask_item(connection, "2", CALL_AGAIN);
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(call_wait(&call, after_ms(30000), NULL, &diag),
                 -ERR_QUERY_FAILED);
    cr_expect_str_eq(diag.sqlstate, "42P01");
    cr_expect_eq(call_wait(&behind, after_ms(30000), &rows, NULL), 0);
    expect_item(rows, 2);
}

ON_CONNECTION(drops_the_answer_of_a_call_given_up)
{
    struct statement slow = sql("SELECT pg_sleep(0.5)");
    struct call *call = connection_submit(connection, &slow, NULL, 0, 0);

    cr_assert_eq(call_wait(&call, after_ms(5), NULL, NULL), -ERR_DEADLINE);
    cr_expect_null(call);
    cr_expect_not(connection_is_clean(connection), "its answer is to come");
    cr_expect_eq(ask_number(connection, "SELECT 42"), 42);
    cr_expect(connection_is_clean(connection));
}

ON_CONNECTION(never_sends_a_call_given_up_in_its_turn)
{
    struct statement insert = sql("INSERT INTO items VALUES (5000, 'x')");
    struct call *call = connection_submit(connection, &insert, NULL, 0, 0);

    call_abandon(&call);
    cr_expect_eq(
        ask_number(connection, "SELECT count(*) FROM items WHERE id = 5000"),
        0);
}

static void wait_for_call(void *arg)
{
    struct call **call = arg;
    int r = call_wait(call, after_ms(30000), NULL, NULL);

    cr_expect_eq(r, -ERR_CANCELLED);
}

ON_CONNECTION(lets_a_cancelled_waiter_go_at_once)
{
    struct statement slow = sql("SELECT pg_sleep(3)");
    struct call *call = connection_submit(connection, &slow, NULL, 0, 0);
    struct fiber *waiter = NULL;
    uint64_t since = clock_monotonic_ns();

    cr_assert_eq(fiber_start(connection_loop(connection), "waiter",
                             wait_for_call, &call, &waiter),
                 0);
    fiber_cancel(waiter);
    cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    cr_expect_null(call);
    cr_expect_lt(clock_monotonic_ns() - since, 2900 * NS_PER_MS);
    cr_expect_eq(ask_number(connection, "SELECT 1"), 1);
}

ON_CONNECTION(prepares_again_when_the_result_type_has_changed)
{
    static const struct statement all = {
        .name = "all_items",
        .sql = "SELECT * FROM items WHERE id = 1",
    };
    CLEANUP(rows_unref) struct rows *before = NULL, *after = NULL;
    CLEANUP(connection_close)
    struct connection *owner = test_open(place.owner_url);
    struct call *call;

    cr_assert_eq(connection_query(connection, &all, NULL, 0, after_ms(30000),
                                  &before, NULL),
                 0);
    cr_expect_eq(rows_columns(before), 2);
    cr_assert_eq(connection_script(owner,
                                   TEXT("ALTER TABLE items ADD extra text"),
                                   after_ms(30000), NULL),
                 0);
    call = connection_submit(connection, &all, NULL, 0, CALL_AGAIN);
    cr_assert_eq(call_wait(&call, after_ms(30000), &after, NULL), 0);
    cr_expect_eq(rows_columns(after), 3);
}

ON_CONNECTION(prepares_again_when_the_statement_is_gone)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct call *call = ask_item(connection, "1", CALL_AGAIN);

    cr_assert_eq(call_wait(&call, after_ms(30000), NULL, NULL), 0);
    cr_assert_eq(connection_script(connection, TEXT("DEALLOCATE ALL"),
                                   after_ms(30000), NULL),
                 0);
    call = ask_item(connection, "2", CALL_AGAIN);
    cr_assert_eq(call_wait(&call, after_ms(30000), &rows, NULL), 0);
    expect_item(rows, 2);
    call = ask_item(connection, "3", CALL_AGAIN);
    cr_assert_eq(call_wait(&call, after_ms(30000), NULL, NULL), 0);
}

ON_CONNECTION(keeps_at_most_256_statements_prepared_and_then_begins_anew)
{
    for (int i = 0; i < 256; i++) {
        CLEANUP(memory_free) char *text = memory_format("SELECT %d", i);

        cr_assert_eq(ask_number(connection, text), i);
    }
    cr_expect_eq(
        ask_number(connection, "SELECT count(*) FROM pg_prepared_statements"),
        1, "the question itself");
    cr_expect_eq(ask_number(connection, "SELECT 0"), 0);
    cr_expect_eq(
        ask_number(connection, "SELECT count(*) FROM pg_prepared_statements"),
        2);
}

/* All in one turn: those before, those behind, and some that fail. */
ON_CONNECTION(begins_anew_among_statements_that_fail)
{
    enum { STATEMENTS = 700 };
    char texts[STATEMENTS][32];
    struct statement statements[STATEMENTS];
    struct call *calls[STATEMENTS];

    for (int i = 0; i < STATEMENTS; i++) {
        bool fails = i % 100 == 55; /* 255, 555: beside where all are dropped */

        snprintf(texts[i], sizeof(texts[i]),
                 fails ? "SELECT %d / 0" : "SELECT %d", i);
        statements[i] = sql(texts[i]);
        calls[i] =
            connection_submit(connection, &statements[i], NULL, 0, CALL_AGAIN);
    }
    for (int i = 0; i < STATEMENTS; i++) {
        CLEANUP(rows_unref) struct rows *rows = NULL;
        int r = call_wait(&calls[i], after_ms(20000), &rows, NULL);

        cr_assert_eq(r == 0, i % 100 != 55, "%d: %d", i, r);
        if (r == 0)
            cr_expect_eq(strtol(rows_get(rows, 0, 0).at, NULL, 10), i);
    }
    cr_expect_leq(
        ask_number(connection, "SELECT count(*) FROM pg_prepared_statements"),
        STATEMENTS);
    cr_expect_eq(ask_number(connection, "SELECT 3"), 3);
    cr_expect(connection_is_clean(connection));
}

ON_CONNECTION(maps_the_errors_of_constraints)
{
    struct statement twice = sql("INSERT INTO items VALUES (1, 'x')");
    struct statement text = sql("SELECT $1::uuid");
    struct text secret = TEXT("secret");
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(connection_query(connection, &twice, NULL, 0, after_ms(30000),
                                  NULL, &diag),
                 -ERR_DUPLICATE);
    cr_expect_str_eq(diag.constraint, "items_pkey");
    cr_expect_str_eq(diag.sqlstate, "23505");
    cr_expect_null(strstr(diag.cause, "(1)"), "values stay out: %s",
                   diag.cause);
    diag_clear(&diag);
    cr_expect_eq(connection_query(connection, &text, &secret, 1,
                                  after_ms(30000), NULL, &diag),
                 -ERR_VALIDATION);
    cr_expect_null(strstr(diag.cause, "secret"), "%s", diag.cause);
    cr_expect_null(strstr(diag.detail, "secret"), "%s", diag.detail);
}

/* --- lost links ---------------------------------------------------------- */

ON_CONNECTION(tells_every_waiting_call_that_the_link_is_lost)
{
    CLEANUP(connection_close)
    struct connection *killer = test_open(place.service_url);
    struct statement slow = sql("SELECT pg_sleep(30)");
    struct call *first = connection_submit(connection, &slow, NULL, 0, 0);
    struct call *second = ask_item(connection, "1", CALL_AGAIN);
    struct call *third;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(ask_number(killer, "SELECT 1"), 1, "the slow one is sent");
    end_session(connection, killer);
    cr_expect_eq(call_wait(&first, after_ms(30000), NULL, &diag),
                 -ERR_LINK_LOST);
    cr_expect_str_eq(diag.sqlstate, "57P01", "the first error is kept");
    diag_clear(&diag);
    cr_expect_eq(call_wait(&second, after_ms(30000), NULL, &diag),
                 -ERR_LINK_LOST);
    cr_expect_str_eq(diag.sqlstate, "57P01");
    cr_expect(connection_is_dead(connection));
    third = ask_item(connection, "1", 0);
    cr_expect_eq(call_wait(&third, after_ms(30000), NULL, NULL), -ERR_LINK_LOST,
                 "a dead connection answers too");
}

static void note_loss(struct connection *connection)
{
    *(bool *)connection->owner = true;
}

ON_CONNECTION(notices_the_end_of_an_idle_link)
{
    CLEANUP(connection_close)
    struct connection *killer = test_open(place.service_url);
    bool lost = false;

    connection->lost = note_loss;
    connection->owner = &lost;
    end_session(connection, killer);
    while (!lost)
        cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    cr_expect(connection_is_dead(connection));
    cr_expect_str_eq(connection->loss.sqlstate, "57P01");
}

ON_CONNECTION(keeps_an_answered_call_beyond_the_connection)
{
    struct connection *other = test_open(place.service_url);
    struct call *answered = ask_item(other, "1", 0);
    struct call *open = ask_item(other, "2", 0);

    (void)connection;
    while (answered->state != CALL_ANSWERED)
        cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    connection_close(&other);
    cr_expect_eq(call_wait(&answered, after_ms(1), NULL, NULL), 0);
    call_abandon(&open);
}

/* --- connecting ---------------------------------------------------------- */

static int try_open(const char *url, unsigned timeout_ms, struct diag *diag)
{
    struct open_options options = { .application_name = "portcullis test",
                                    .connect_timeout_ms = timeout_ms };
    CLEANUP(target_free) struct target *target = test_target(url);
    CLEANUP(connection_close) struct connection *connection = NULL;

    diag_init(diag, NULL);
    return connection_open(&postgres_driver, fiber_loop(fiber_self()), target,
                           &options, after_ms(30000), &connection, diag);
}

/* A listener that nobody serves; returns its port. */
static int listen_mutely(int *ret_fd)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(at);

    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(*ret_fd, (struct sockaddr *)&at, sizeof(at)), 0);
    cr_assert_eq(listen(*ret_fd, 5), 0);
    cr_assert_eq(getsockname(*ret_fd, (struct sockaddr *)&at, &len), 0);
    return ntohs(at.sin_port);
}

/* Our descriptor of a connection to that port of this machine, or -1. */
static int find_socket(unsigned port)
{
    for (int fd = 3; fd < 1024; fd++) {
        struct sockaddr_in peer;
        socklen_t len = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
            peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
            return fd;
    }
    return -1;
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);

    cr_assert_eq(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static void expect_watched(const char *more, int user_timeout_ms)
{
    struct fault_proxy proxy = proxied_start(place.service_url);
    char url[1024], given[1100];
    int fd;

    proxied_url(&proxy, place.service_url, url);
    snprintf(given, sizeof(given), "%s%s", url, more);
    {
        CLEANUP(connection_close) struct connection *one = test_open(given);

        fd = find_socket(proxy.port);
        cr_assert_geq(fd, 0);
        cr_expect_eq(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
        cr_expect_eq(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 5);
        cr_expect_eq(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 2);
        cr_expect_eq(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
        cr_expect_eq(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT),
                     user_timeout_ms);
    }
    fault_proxy_stop(&proxy);
}

ON_CONNECTION(has_the_kernel_end_links_that_are_half_open)
{
    (void)connection;
    expect_watched("", 5000);
    expect_watched("&tcp_user_timeout=7000", 7000);
}

ON_CONNECTION(gives_up_connecting_to_a_mute_server)
{
    struct diag diag;
    char url[64];
    int fd;
    uint64_t since = clock_monotonic_ns();

    (void)connection;
    snprintf(url, sizeof(url), "postgres://u@localhost:%d/x",
             listen_mutely(&fd));
    cr_expect_eq(try_open(url, 100, &diag), -ERR_CONNECT_FAILED);
    cr_expect_lt(clock_monotonic_ns() - since, 29000 * NS_PER_MS);
    close(fd);
}

ON_CONNECTION(tells_why_it_could_not_connect)
{
    char url[64];
    struct diag diag;
    int fd, port = listen_mutely(&fd);

    (void)connection;
    close(fd);
    snprintf(url, sizeof(url), "postgres://u:pw@127.0.0.1:%d/x", port);
    cr_expect_eq(try_open(url, 1000, &diag), -ERR_CONNECT_FAILED);
    cr_expect_not_null(strstr(diag.cause, "refused"), "%s", diag.cause);
    cr_expect_eq(try_open("postgres://u@/x?host=/nonexistent", 1000, &diag),
                 -ERR_CONNECT_FAILED);
    cr_expect_eq(try_open("postgres://u@no.such.host.invalid/x", 1000, &diag),
                 -ERR_CONNECT_FAILED);
    cr_expect_eq(try_open("postgres://u@/x?bogus=1", 1000, &diag),
                 -ERR_CONNECT_FAILED);
}

ON_CONNECTION(reads_the_sqlstate_of_a_refused_session)
{
    char url[1200];
    struct diag diag;

    (void)connection;
    snprintf(url, sizeof(url), "%s&dbname=no_such_database", place.service_url);
    cr_expect_eq(try_open(url, 1000, &diag), -ERR_CONNECT_FAILED);
    cr_expect_str_eq(diag.sqlstate, "3D000", "%s", diag.cause);
}
