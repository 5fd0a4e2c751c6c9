/* SPDX-License-Identifier: MIT */
#include "admin/import.h"

#include "base/fault.h"
#include "captured.h"
#include "house.h"
#include "import/importer.h"
#include "packed.h"

static struct place place;
static struct captured captured;
static struct buffer file;

static void begin(void)
{
    captured_init(&captured);
    buffer_init(&file, 64 << 20);
    place = house_make();
}

static void end(void)
{
    fault_disarm_all();
    place_drop(&place);
    buffer_fini(&file);
    captured_fini(&captured);
}

TestSuite(import, .init = begin, .fini = end, .timeout = 600);

/* --- files ---------------------------------------------------------------- */

static void add_person(const char *bioguide)
{
    buffer_add_format(&file,
                      "{\"bioguide\":\"%s\",\"name\":\"Name of %s\","
                      "\"district\":-1,\"state\":\"ND\"}\n",
                      bioguide, bioguide);
}

static void add_bill(int number, const char *more)
{
    buffer_add_format(&file,
                      "{\"congress\":119,\"type\":\"hr\",\"number\":%d,"
                      "\"chamber\":\"house\",\"title\":\"Bill %d\","
                      "\"introduced_on\":\"2025-01-03\"%s}\n",
                      number, number, more);
}

static long number_of(const char *sql)
{
    CLEANUP(memory_free) char *answer = house_ask(&place, sql);

    return answer ? strtol(answer, NULL, 10) : -1;
}

static int import_with(const char *what, const char *path, const char *report,
                       bool json)
{
    captured_begin(&captured);
    return import_main(&(struct import_options){ .driver = &postgres_driver,
                                                 .url = place.service_url,
                                                 .what = what,
                                                 .file = path,
                                                 .report = report,
                                                 .json = json });
}

static char *path_of(const char *name)
{
    return memory_format("%s/%s", captured.scratch.path, name);
}

/* Imports what stands in `file`, which is empty afterwards. */
static int import(const char *what)
{
    CLEANUP(memory_free) char *path = path_of("input");
    CLEANUP(memory_free) char *report = path_of("report");
    struct refusal why = { 0 };

    cr_assert_eq(disk_replace(path, 0600, buffer_text(&file), &why), 0, "%s",
                 why.line);
    buffer_clear(&file);
    return import_with(what, path, report, false);
}

static void expect_out(const char *what)
{
    expect_said(captured.out, what);
}

static void expect_words(const char *what)
{
    expect_said(captured.scratch.words, what);
}

static void expect_report(const char *what)
{
    CLEANUP(memory_free) char *report = path_of("report");

    expect_said(report, what);
}

static void import_people_ab(void)
{
    add_person("A1");
    add_person("B2");
    cr_assert_eq(import("people"), EXIT_OK);
}

/* --- good files ----------------------------------------------------------- */

static const char whole[] =
    ",\"sponsor_bioguide\":\"A1\",\"cosponsor_bioguides\":[\"B2\",\"A1\","
    "\"B2\"],\"subjects\":[\"one, "
    "two\",\"NULL\"],\"summary\":\"a\\nb\\\\c\\t\","
    "\"status\":\"enacted\",\"actions\":[{\"date\":\"2025-01-04\",\"time\":"
    "\"18:13:32\",\"text\":\"first\"},{\"date\":\"2025-01-05\"}]";

Test(import, takes_people_and_bills_with_all_that_belongs_to_them)
{
    import_people_ab();
    expect_out("people: 2 received, 2 created, 0 updated, 0 unchanged, 0 "
               "failed\n");
    add_bill(1, whole);
    cr_assert_eq(import("bills"), EXIT_OK);
    house_expect(&place,
                 "SELECT count(*) FROM people WHERE district IS NULL "
                 "AND NOT current AND state = 'ND'",
                 "2");
    house_expect(
        &place,
        "SELECT concat_ws('|', session, type, number, b.chamber, title,"
        " summary, status, subjects, introduced_on, full_name)"
        " FROM bills b JOIN people p ON p.id = b.sponsor_id",
        "119|hr|1|house|Bill 1|a\nb\\c\t|enacted|{\"one, two\","
        "\"NULL\"}|2025-01-03|Name of A1");
    house_expect(&place,
                 "SELECT string_agg(concat_ws('|', seq, acted_on, acted_at,"
                 " text), ';' ORDER BY seq) FROM bill_actions",
                 "1|2025-01-04|18:13:32|first;2|2025-01-05|");
    house_expect(&place, "SELECT count(*) FROM bill_cosponsors", "2");
}

/* Everything that a row is, down to the transaction that wrote it. */
static const char everything[] =
    "SELECT md5(string_agg(t, '/' ORDER BY t)) FROM ("
    " SELECT concat(xmin, xmax, ctid, b) AS t FROM bills b UNION ALL"
    " SELECT concat(xmin, xmax, ctid, p) FROM people p UNION ALL"
    " SELECT concat(xmin, xmax, ctid, a) FROM bill_actions a UNION ALL"
    " SELECT concat(xmin, xmax, ctid, c) FROM bill_cosponsors c) all_rows";

static void add_some_bills(void)
{
    add_bill(1, whole);
    for (int i = 2; i < 50; i++)
        add_bill(i, i % 3 ? ",\"sponsor_bioguide\":\"B2\"" : "");
}

Test(import, run_twice_changes_no_row)
{
    CLEANUP(memory_free) char *before = NULL;

    import_people_ab();
    add_some_bills();
    cr_assert_eq(import("bills"), EXIT_OK);
    expect_out("bills: 49 received, 49 created, 0 updated, 0 unchanged");
    before = house_ask(&place, everything);
    add_some_bills();
    cr_assert_eq(import("bills"), EXIT_OK);
    expect_out("bills: 49 received, 0 created, 0 updated, 49 unchanged");
    import_people_ab();
    expect_out("people: 2 received, 0 created, 0 updated, 2 unchanged");
    house_expect(&place, everything, before);
}

Test(import, updates_what_differs_and_nothing_else)
{
    CLEANUP(memory_free) char *version = NULL;

    add_bill(1, ",\"summary\":\"old\",\"policy_area\":\"Health\"");
    add_bill(2, "");
    cr_assert_eq(import("bills"), EXIT_OK);
    version = house_ask(&place, "SELECT max(version) FROM bills");
    add_bill(1, ",\"summary\":\"new\"");
    add_bill(2, "");
    cr_assert_eq(import("bills"), EXIT_OK);
    expect_out("bills: 2 received, 0 created, 1 updated, 1 unchanged");
    house_expect(&place, "SELECT summary FROM bills WHERE number = 1", "new");
    house_expect(&place, "SELECT count(*) FROM bills WHERE policy_area IS NULL",
                 "2");
    house_expect(&place, "SELECT max(version) FROM bills WHERE number = 2",
                 version);
}

Test(import, gives_a_bill_with_another_history_a_new_version)
{
    CLEANUP(memory_free) char *kept = NULL;
    long first, second;
    static const char cosponsors[] = "SELECT string_agg(concat(c.xmin, c.ctid),"
                                     " '/') FROM bill_cosponsors c";

    import_people_ab();
    add_bill(1, ",\"cosponsor_bioguides\":[\"A1\"],\"actions\":"
                "[{\"date\":\"2025-01-04\",\"text\":\"a\"},"
                "{\"date\":\"2025-01-05\",\"text\":\"b\"}]");
    cr_assert_eq(import("bills"), EXIT_OK);
    first = number_of("SELECT version FROM bills");
    kept = house_ask(&place, cosponsors);
    add_bill(1, ",\"cosponsor_bioguides\":[\"A1\"],\"actions\":"
                "[{\"date\":\"2025-01-04\",\"text\":\"changed\"}]");
    cr_assert_eq(import("bills"), EXIT_OK);
    expect_out("1 updated");
    house_expect(&place, "SELECT string_agg(text, ',') FROM bill_actions",
                 "changed");
    house_expect(&place, cosponsors, kept);
    second = number_of("SELECT version FROM bills");
    cr_expect_gt(second, first);
    add_bill(1, ",\"cosponsor_bioguides\":[\"B2\"],\"actions\":"
                "[{\"date\":\"2025-01-04\",\"text\":\"changed\"}]");
    cr_assert_eq(import("bills"), EXIT_OK);
    expect_out("1 updated");
    house_expect(&place,
                 "SELECT bioguide FROM bill_cosponsors c"
                 " JOIN people p ON p.id = c.person_id",
                 "B2");
    cr_expect_gt(number_of("SELECT version FROM bills"), second);
}

Test(import, leaves_a_deleted_bill_alone_and_makes_a_new_one)
{
    add_bill(1, "");
    cr_assert_eq(import("bills"), EXIT_OK);
    place_script(&place, "UPDATE bills SET deleted_at = now()");
    add_bill(1, "");
    cr_assert_eq(import("bills"), EXIT_OK);
    expect_out("1 created");
    house_expect(&place,
                 "SELECT count(deleted_at) || ' of ' || count(*)"
                 " FROM bills",
                 "1 of 2");
}

Test(import, takes_the_last_of_two_lines_for_one_record)
{
    add_bill(1, ",\"summary\":\"first\"");
    add_bill(2, "");
    add_bill(1, ",\"summary\":\"second\"");
    add_bill(1, ",\"sponsor_bioguide\":\"nobody\"");
    cr_expect_eq(import("bills"), EXIT_BAD_INPUT);
    expect_out("bills: 4 received, 2 created, 0 updated, 0 unchanged, 1 "
               "superseded, 1 failed");
    house_expect(&place, "SELECT summary FROM bills WHERE number = 1",
                 "second");
    add_person("A1");
    add_person("A1");
    cr_expect_eq(import("people"), EXIT_OK);
    expect_out("2 received, 1 created, 0 updated, 0 unchanged, 1 superseded");
}

Test(import, unpacks_gzip_and_ends_without_a_line_end)
{
    CLEANUP(buffer_fini) struct buffer plain = { .limit = 1 << 20 };

    add_bill(1, "");
    add_bill(2, "");
    buffer_add(&plain, file.at, file.len - 1);
    buffer_clear(&file);
    pack(&file, buffer_text(&plain));
    cr_expect_eq(import("bills"), EXIT_OK);
    expect_out("2 received, 2 created");
}

Test(import, prints_the_summary_as_json)
{
    cr_expect_eq(import_with("bills", "/dev/null", NULL, true), EXIT_OK);
    expect_out("{\"command\":\"import bills\",\"status\":0,\"outcome\":"
               "\"done\",\"took_ms\":");
    expect_out(",\"received\":0,\"created\":0,\"updated\":0,"
               "\"unchanged\":0,\"superseded\":0,\"failed\":0}\n");
}

/* --- killed --------------------------------------------------------------- */

static int import_killed(const char *path, int step)
{
    pid_t pid = fork();

    cr_assert_geq(pid, 0);
    if (pid > 0)
        return wait_status(pid);
    fault_arm(FAULT_STEP_KILLED, (unsigned)step, 1);
    _exit(import_with("bills", path, NULL, false));
}

/* caches off, read, merge; from the commit on all of it is there */
Test(import, killed_at_the_end_of_any_step_took_all_or_nothing_and_is_run_again)
{
    enum { COMMIT = 3, STEPS = 5 };
    CLEANUP(memory_free) char *path = path_of("killed");
    struct refusal why = { 0 };

    import_people_ab();
    for (int i = 1; i <= 100; i++)
        add_bill(i, whole);
    cr_assert_eq(disk_replace(path, 0600, buffer_text(&file), &why), 0);
    for (int step = 0; step < STEPS; step++) {
        place_script(&place, "DELETE FROM bills");
        cr_expect_eq(import_killed(path, step), 128 + SIGKILL, "%d", step);
        cr_expect_eq(number_of("SELECT count(*) FROM bills"),
                     step < COMMIT ? 0 : 100, "%d", step);
        cr_expect_eq(import_with("bills", path, NULL, false), EXIT_OK);
        expect_out(step < COMMIT ? "100 received, 100 created"
                                 : "100 received, 0 created, 0 updated, 100 "
                                   "unchanged");
        cr_expect_eq(number_of("SELECT count(*) FROM bill_actions"), 200);
    }
}

/* More lines than one slice of the merge and one batch of the COPY. */
Test(import, takes_files_of_many_slices)
{
    for (int i = 1; i <= 21000; i++)
        buffer_add_format(&file, "{\"bioguide\":\"P%d\",\"name\":\"%d\"}\n", i,
                          i);
    cr_expect_eq(import("people"), EXIT_OK);
    expect_out("21000 received, 21000 created");
    house_expect(&place, "SELECT count(DISTINCT bioguide) FROM people",
                 "21000");
}

/* --- bad lines ------------------------------------------------------------ */

static void add_bad_lines(void)
{
    static char filler[1 << 20];

    add_bill(1, "");                                  /* line 1 */
    buffer_add_string(&file, "{\"congress\":119\n");  /* 2 */
    buffer_add_text(&file, TEXT("{\"a\":\"\0\"}\n")); /* 3 */
    add_bill(4, ",\"summary\":\"\\u0000\"");
    add_bill(5, ",\"summary\":\"\xff\"");
    add_bill(6, ",\"subjects\":[1]");
    add_bill(7, ",\"mood\":\"good\"");
    buffer_add_string(&file, "\n[1]\n"); /* 8 is blank, 9 */
    memset(filler, 'x', sizeof(filler));
    for (int i = 0; i < 20; i++) /* 10 */
        buffer_add(&file, filler, sizeof(filler));
    buffer_add_string(&file, "\n");
    add_bill(11, ",\"sponsor_bioguide\":\"Q'9\"");
    add_bill(12, ",\"cosponsor_bioguides\":[\"A1\",\"X1\",\"X2\",\"X3\","
                 "\"X4\"]");
    buffer_add_string(&file, "{\"congress\":119,\"type\":\"zz\",\"number\":1,"
                             "\"chamber\":\"house\",\"title\":\"T\","
                             "\"introduced_on\":\"2025-01-03\"}\n");
    buffer_add_string(&file, "{\"a\":1,\"b\":1,\"c\":1,\"d\":1}\n");
    add_bill(15, "");
}

Test(import, tells_each_bad_line_and_keeps_the_good_ones)
{
    import_people_ab();
    add_bad_lines();
    cr_assert_eq(import("bills"), EXIT_BAD_INPUT);
    expect_out("bills: 14 received, 2 created, 0 updated, 0 unchanged, 12 "
               "failed");
    house_expect(&place,
                 "SELECT string_agg(number::text, ',' ORDER BY number)"
                 " FROM bills",
                 "1,15");
    expect_words("12 of 14 lines were refused, for the reasons above; all "
                 "others were taken");
    expect_report("{\"line\":2,\"code\":\"malformed_json\",\"detail\":\"column "
                  "16: ");
    expect_report("{\"line\":3,\"code\":\"malformed_json\",\"detail\":\"column "
                  "7: ");
    expect_report("{\"line\":4,\"code\":\"nul\",\"detail\":\"/summary: ");
    expect_report("{\"line\":5,\"code\":\"malformed_json\"");
    expect_report("{\"line\":6,\"code\":\"wrong_type\",\"detail\":"
                  "\"/subjects/0: must be text\"}");
    expect_report("{\"line\":7,\"code\":\"unknown_field\",\"detail\":\"/mood: "
                  "is no member of bills\"}");
    expect_report("{\"line\":9,\"code\":\"wrong_type\",\"detail\":\"the line "
                  "must be an object\"}");
    expect_report("{\"line\":10,\"code\":\"too_long\",\"detail\":\"the line is "
                  "longer than 16 MiB\"}");
    expect_report("{\"line\":11,\"code\":\"unknown_reference\",\"detail\":"
                  "\"/sponsor_bioguide: there is no person 'Q''9'\"}");
    expect_report("{\"line\":12,\"code\":\"unknown_reference\",\"detail\":"
                  "\"/cosponsor_bioguides/1: there is no person 'X1'; ");
    expect_report("'X3'; and 1 more\"}");
    expect_report("{\"line\":13,\"code\":\"not_allowed\",\"detail\":\"/type: "
                  "there are no bills of the type 'zz'\"}");
    expect_report("{\"line\":14,\"code\":\"unknown_field\",\"detail\":\"/a: is "
                  "no member of bills; ");
    expect_report("; and 7 more\"}");
}

Test(import, shows_the_first_bad_lines_and_counts_the_others)
{
    CLEANUP(memory_free) char *path = path_of("many");
    struct refusal why = { 0 };

    for (int i = 0; i < 25; i++)
        buffer_add_string(&file, "{}\n");
    cr_assert_eq(disk_replace(path, 0600, buffer_text(&file), &why), 0);
    cr_expect_eq(import_with("people", path, NULL, false), EXIT_BAD_INPUT);
    expect_words("portcullis: line 20: required: /bioguide: must be given; "
                 "/name: must be given\n");
    cr_expect_not(file_says(captured.scratch.words, "line 21:"));
    expect_words("5 more lines were refused: --report FILE lists them all");
}

/* --- nothing half-written ------------------------------------------------- */

static void expect_nothing(void)
{
    house_expect(&place, "SELECT count(*) FROM people", "0");
}

/* Long enough to be sent in several batches. */
static void add_long_people(void)
{
    for (int i = 1; i <= 40000; i++)
        buffer_add_format(&file, "{\"bioguide\":\"P%d\",\"name\":\"%0100d\"}\n",
                          i, i);
}

Test(import, keeps_nothing_of_gzip_that_was_cut_off)
{
    CLEANUP(buffer_fini) struct buffer plain = { .limit = 64 << 20 };

    add_long_people();
    buffer_add_text(&plain, buffer_text(&file));
    buffer_clear(&file);
    pack(&file, buffer_text(&plain));
    file.len -= 5;
    cr_expect_eq(import("people"), EXIT_BAD_INPUT);
    expect_words("ends early");
    expect_words("nothing of it was kept");
    expect_nothing();
}

Test(import, keeps_nothing_when_a_copy_fails_half_way)
{
    add_long_people();
    fault_arm(FAULT_COPY_SEND, 3, 1);
    cr_expect_eq(import("people"), EXIT_UNREACHABLE);
    cr_expect_eq(fault_count(FAULT_COPY_SEND), 1);
    expect_nothing();
}

static void ignore_fault(void *arg, const struct import_fault *fault)
{
    (void)arg;
    (void)fault;
}

static void give_up_fiber(void *arg)
{
    CLEANUP(connection_close)
    struct connection *connection = test_open(place.service_url);
    CLEANUP(importer_free) struct importer *importer = NULL;
    struct import_watcher watcher = { .fault = ignore_fault };
    struct diag diag;

    (void)arg;
    diag_init(&diag, NULL);
    importer = importer_new(&import_people, connection, &watcher);
    memory_free(&(char *){ ask(connection, "BEGIN") });
    memory_free(&(char *){ ask(connection,
                               "SELECT set_config('app.rights', 'people:read"
                               " people:create people:update', true)") });
    cr_assert_eq(importer_begin(importer, &diag), 0);
    add_person("A1");
    cr_assert_eq(importer_feed(importer, buffer_text(&file), &diag), 0);
    cr_assert_eq(importer_finish(importer, &diag), 0);
    cr_expect_eq(importer_counts(importer)->created, 1);
    memory_free(&(char *){ ask(connection, "ROLLBACK") });
}

Test(import, leaves_it_to_its_caller_what_is_kept)
{
    fiber_run_alone("give up", give_up_fiber, NULL);
    expect_nothing();
}

/* --- what is refused before anything is read ------------------------------ */

Test(import, tells_what_it_wants)
{
    cr_expect_eq(import_with("cats", "-", NULL, false), EXIT_USAGE);
    cr_expect_eq(import_with(NULL, NULL, NULL, false), EXIT_USAGE);
    cr_expect_eq(import_with("bills", "/nowhere", NULL, false), EXIT_CONFIG);
    cr_expect_eq(import_with("bills", "/dev/null", "/nowhere/report", false),
                 EXIT_CONFIG);
    expect_words("portcullis: cannot write /nowhere/report: No such file or "
                 "directory\n");
}

Test(import, says_what_to_do_where_there_is_no_schema)
{
    place_script(&place, "DROP TABLE user_roles, bill_cosponsors, bill_actions,"
                         " bills, people");
    add_person("A1");
    cr_expect_eq(import("people"), EXIT_FAILED);
    expect_words("run `portcullis migrate up`");
}

Test(import, says_that_the_database_cannot_be_reached)
{
    snprintf(place.service_url, sizeof(place.service_url),
             "postgresql://nobody@127.0.0.1:1/none");
    cr_expect_eq(import_with("bills", "/dev/null", NULL, false),
                 EXIT_UNREACHABLE);
}
