/* SPDX-License-Identifier: MIT */
/* An import by one who may create bills, and change their own only. */
#include "import/import_objects.h"

#include "house.h"

#define ME "00000000-0000-7000-8000-000000000001"

static struct place place;

static void begin(void)
{
    place = house_make();
    place_script(&place,
                 "INSERT INTO users (id, email, display_name)"
                 " VALUES ('" ME "', 'me@x', 'me');"
                 "INSERT INTO bills (session, type, number, chamber, title,"
                 " introduced_on, created_by) VALUES"
                 " ('1', 'hr', 1, 'house', 'mine', '2026-01-01', '" ME "'),"
                 " ('1', 'hr', 2, 'house', 'other', '2026-01-01', NULL),"
                 " ('1', 'hr', 3, 'house', 'same', '2026-01-01', NULL)");
}

static void end(void)
{
    place_drop(&place);
}

TestSuite(import_rights, .init = begin, .fini = end, .timeout = 600);

static void on_fault(void *arg, const struct import_fault *fault)
{
    struct import_fault *only = arg;

    cr_expect_eq(only->line, 0, "a second one: line %d, %s", (int)fault->line,
                 fault->code);
    cr_expect_str_eq(fault->code, "forbidden");
    only->line = fault->line;
}

#define LINE(number, title)                                    \
    "{\"session\":\"1\",\"type\":\"hr\",\"number\":" #number   \
    ",\"chamber\":\"house\",\"introduced_on\":\"2026-01-01\"," \
    "\"title\":\"" title "\"}\n"

static void import_fiber(void *arg)
{
    CLEANUP(connection_close)
    struct connection *connection = test_open(place.service_url);
    CLEANUP(importer_free) struct importer *importer = NULL;
    struct import_watcher watcher = { .arg = arg, .fault = on_fault };
    const struct import_counts *counts;
    struct diag diag;

    diag_init(&diag, NULL);
    memory_free(&(char *){ ask(connection, "BEGIN") });
    memory_free(&(char *){
        ask(connection, "SELECT set_config('app.user_id', '" ME "', true),"
                        " set_config('app.rights', 'bills:read bills:create"
                        " bills:update:own', true)") });
    importer = importer_new(&import_bill_objects, connection, &watcher);
    cr_assert_eq(importer_begin(importer, &diag), 0, "%s", diag.cause);
    cr_assert_eq(importer_feed(importer,
                               TEXT(LINE(1, "new") LINE(2, "new")
                                        LINE(3, "same") LINE(4, "new")),
                               &diag),
                 0, "%s", diag.cause);
    cr_assert_eq(importer_finish(importer, &diag), 0, "%s", diag.cause);
    counts = importer_counts(importer);
    cr_expect_eq(counts->created, 1);
    cr_expect_eq(counts->updated, 1);
    cr_expect_eq(counts->unchanged, 1);
    cr_expect_eq(counts->failed, 1);
    memory_free(&(char *){ ask(connection, "COMMIT") });
}

Test(import_rights, a_bill_of_another_is_told_of_and_stays_as_it_is)
{
    struct import_fault fault = { 0 };
    CLEANUP(memory_free) char *titles = NULL;
    CLEANUP(memory_free) char *owner = NULL;

    fiber_run_alone("import", import_fiber, &fault);
    cr_expect_eq(fault.line, 2);
    titles = house_ask(&place, "SELECT string_agg(title, ',' ORDER BY number)"
                               " FROM bills");
    cr_expect_str_eq(titles, "new,other,same,new");
    owner = house_ask(&place, "SELECT created_by FROM bills WHERE number = 4");
    cr_expect_str_eq(owner, ME);
}
