/* SPDX-License-Identifier: MIT */
/* What `portcullis audit` says of a log that was tampered with, and of one that
 * was not. Those who tamper own the tables. */
#include "admin/audit.h"

#include "admin/exit.h"
#include "house_suite.h"
#include "json/document.h"

/* --- the log ----------------------------------------------------------------
 */

/* Ordinary work, and a sealer who comes by. */
static void work(const char *what)
{
    house_run(fresh.service_url, what);
}

static void seal(void)
{
    work("SELECT audit_seal()");
}

/* As the owner, past all triggers and policies. */
static void tamper(const char *what)
{
    CLEANUP(memory_free)
    char *script = memory_format(
        "ALTER TABLE audit DISABLE TRIGGER ALL,"
        " NO FORCE ROW LEVEL SECURITY;"
        "ALTER TABLE audit_seals DISABLE TRIGGER ALL,"
        " NO FORCE ROW LEVEL SECURITY; %s;"
        "ALTER TABLE audit ENABLE TRIGGER ALL, FORCE ROW LEVEL SECURITY;"
        "ALTER TABLE audit_seals ENABLE TRIGGER ALL, FORCE ROW LEVEL SECURITY",
        what);

    house_run(fresh.owner_url, script);
}

#define PEOPLE(first, last)                                              \
    "INSERT INTO people (bioguide, full_name)"                           \
    " SELECT 'P' || n, 'Somebody' FROM generate_series(" first ", " last \
    ") AS n"

static void fill(const struct fresh_database *made)
{
    fresh = *made;
    fresh_database_migrate(&fresh, fresh_migrations_up);
    work(PEOPLE("1", "3"));
    seal();
    work("UPDATE people SET party = 'Q' WHERE bioguide = 'P2'");
    seal();
    work("DELETE FROM people WHERE bioguide = 'P1'");
    seal();
}

static void set_up(void)
{
    static const struct model_database model = { "model_audited", fill };

    house_begin_like(&model);
}

TestSuite(audit, .init = set_up, .fini = house_end, .timeout = 600);

/* --- the command ------------------------------------------------------------
 */

static int verify(struct audit_options options)
{
    options.driver = &postgres_driver;
    if (!options.url)
        options.url = fresh.owner_url;
    captured_begin(&captured);
    return audit_verify(&options);
}

static char *words(void)
{
    char *said = disk_read(captured.out, 1 << 20, NULL);

    cr_assert_not_null(said);
    return said;
}

/* Lines: 5 rows, the findings, and what else is to be said. */
static void expect(int status, const char *sum)
{
    CLEANUP(memory_free) char *said = NULL;
    int got = verify((struct audit_options){ 0 });

    said = words();
    cr_expect_eq(got, status, "%d: %s", got, said);
    cr_expect_not_null(strstr(said, sum), "%s", said);
}

Test(audit, that_is_sound_is_said_to_be)
{
    expect(EXIT_OK, "5 rows in 3 seals\nhead 3:");
}

Test(audit, may_be_verified_by_the_service_too)
{
    cr_expect_eq(verify((struct audit_options){ .url = fresh.service_url }),
                 EXIT_OK);
    expect_said(captured.out, "5 rows in 3 seals\n");
}

Test(audit, without_anything_in_it_is_sound)
{
    tamper("TRUNCATE audit, audit_seals");
    expect(EXIT_OK, "0 rows in 0 seals\nhead 0:");
}

/* --- rows -------------------------------------------------------------------
 */

Test(audit, shows_each_kind_of_edit)
{
    static const char *const edits[] = {
        "actor_id = '018f0000-0000-7000-8000-000000000001'",
        "action = 'restore'",
        "resource_type = 'bills'",
        "resource_id = NULL",
        "request_id = 'mine'",
        "route = NULL",
        "before = '{}'",
        "after = jsonb_set(after, '{party}', '\"R\"')",
        "xact = '3'",
    };
    CLEANUP(memory_free) char *kept = NULL;

    tamper("CREATE TABLE kept AS SELECT * FROM audit");
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        CLEANUP(memory_free)
        char *edit = memory_format(
            "UPDATE audit SET %s WHERE action = 'update'", edits[i]);

        tamper(edit);
        expect(EXIT_TAMPERED, "5 rows in 3 seals, 1 edited\n");
        expect_said(captured.out, "edited     seal 2  20");
        tamper("DELETE FROM audit; INSERT INTO audit SELECT * FROM kept");
        expect(EXIT_OK, "5 rows in 3 seals\n");
    }
}

Test(audit, shows_a_row_that_was_removed)
{
    tamper("DELETE FROM audit WHERE action = 'update'");
    expect(EXIT_TAMPERED, "4 rows in 3 seals, 1 removed\n");
    expect_said(captured.out, "removed    seal 2  20");
}

/* Another time or id is another row. */
Test(audit, shows_a_row_that_was_moved)
{
    tamper("UPDATE audit SET at = at - interval '1 microsecond'"
           " WHERE action = 'update'");
    expect(EXIT_TAMPERED, ", 1 removed, 1 inserted\n");
}

/* As if it had been there all the time: no sealer takes it. */
Test(audit, shows_a_row_that_was_put_into_an_old_transaction)
{
    tamper("INSERT INTO audit (action, resource_type, xact)"
           " SELECT 'create', 'users', min(xact) FROM audit");
    seal();
    expect(EXIT_TAMPERED, "5 rows in 3 seals, 1 inserted\n");
    expect_said(captured.out, "users create\n");
}

Test(audit, shows_a_row_that_was_written_later_than_it_says)
{
    tamper("INSERT INTO audit (at, action, resource_type) SELECT"
           " min(at) - interval '1 minute', 'create', 'users' FROM audit");
    seal();
    expect(EXIT_TAMPERED, "6 rows in 4 seals, 1 backdated\n");
}

static void ask_for(struct connection *connection, const char *what)
{
    cr_assert_eq(
        connection_script(connection, text_of(what), after_ms(5000), NULL), 0,
        "%s", what);
}

/* It began before the seal that is behind what it writes. */
static void write_slowly(void *arg)
{
    CLEANUP(connection_close)
    struct connection *slow = test_open(fresh.owner_url);
    CLEANUP(connection_close)
    struct connection *quick = test_open(fresh.owner_url);

    (void)arg;
    ask_for(slow, "BEGIN; SELECT set_config('app.rights', '*:*', true);"
                  "SELECT pg_current_xact_id()");
    ask_for(quick, "SELECT set_config('app.rights', '*:*', false)");
    ask_for(quick, PEOPLE("10", "10"));
    ask_for(quick, "SELECT audit_seal()");
    ask_for(slow, "INSERT INTO audit (at, action, resource_type) VALUES"
                  " (now() - interval '1 hour', 'create', 'users'); COMMIT;");
}

Test(audit, takes_no_offence_at_a_long_transaction)
{
    tamper("TRUNCATE audit, audit_seals");
    fiber_run_alone("writer", write_slowly, NULL);
    seal();
    expect(EXIT_OK, "2 rows in 2 seals\n");
}

Test(audit, lets_a_row_be_young_but_not_old_without_a_seal)
{
    work(PEOPLE("20", "20"));
    expect(EXIT_OK, "5 rows in 3 seals, 1 about to be sealed\n");
    tamper("UPDATE audit SET at = now() - interval '1 minute'"
           " WHERE at = (SELECT max(at) FROM audit)");
    expect(EXIT_TAMPERED, "5 rows in 3 seals, 1 unsealed\n");
}

/* --- the chain --------------------------------------------------------------
 */

Test(audit, shows_a_seal_that_was_edited)
{
    tamper("UPDATE audit_seals SET sealed_at = sealed_at + interval '1 s'"
           " WHERE number = 2");
    expect(EXIT_TAMPERED, "5 rows in 3 seals, 1 broken\n");
    expect_said(captured.out, "broken     seal 2  its hash");
}

/* Who edits a row and its digest has to edit all that follows. */
Test(audit, shows_a_digest_that_was_made_to_fit)
{
    tamper("UPDATE audit SET action = 'restore' WHERE action = 'update';"
           "UPDATE audit_seals SET digests[1] = audit_digest(audit)"
           "  FROM audit WHERE number = 2 AND audit.id = ids[1]");
    expect(EXIT_TAMPERED, "5 rows in 3 seals, 1 broken\n");
    expect_said(captured.out, "broken     seal 2  its hash");
}

Test(audit, shows_a_seal_that_was_removed)
{
    tamper("DELETE FROM audit_seals WHERE number = 2");
    expect(EXIT_TAMPERED, ", 1 inserted, 2 broken\n");
    expect_said(captured.out, "broken     seal 3  seals before it are missing");
}

static char *head(void)
{
    CLEANUP(memory_free) char *said = NULL;
    char *at, *kept;

    cr_assert_eq(verify((struct audit_options){ 0 }), EXIT_OK);
    said = words();
    at = strstr(said, "head ");
    cr_assert_not_null(at);
    kept = memory_copy(at + 5, strcspn(at + 5, "\n"));
    return kept;
}

/* Nothing in the database tells; the head that was logged does. */
Test(audit, whose_end_was_cut_off_is_known_by_its_head)
{
    CLEANUP(memory_free) char *logged = head();

    tamper("DELETE FROM audit WHERE id IN (SELECT unnest(ids)"
           " FROM audit_seals WHERE number = 3);"
           "DELETE FROM audit_seals WHERE number = 3");
    expect(EXIT_OK, "4 rows in 2 seals\n");
    cr_expect_eq(verify((struct audit_options){ .head = logged }),
                 EXIT_TAMPERED);
    expect_said(captured.out, "broken     seal 3  it is not there");
}

Test(audit, that_was_made_anew_is_known_by_its_head)
{
    CLEANUP(memory_free) char *logged = head();

    tamper("UPDATE audit SET request_id = 'mine' WHERE action = 'update';"
           "TRUNCATE audit_seals");
    seal(), seal(), seal();
    tamper("INSERT INTO audit_seals SELECT number + n, sealed_at, system,"
           " snapshot, ats, ids, digests, hash FROM audit_seals,"
           " generate_series(1, 2) AS n");
    cr_expect_eq(verify((struct audit_options){ .head = logged }),
                 EXIT_TAMPERED);
    expect_said(captured.out, "seal 3  it is not the head that was logged");
}

Test(audit, of_a_month_thrown_away_is_sound)
{
    tamper("DO $$ BEGIN EXECUTE 'DROP TABLE audit_'"
           " || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'); END $$");
    expect(EXIT_OK,
           "0 rows in 3 seals, 5 thrown away with their month\nhead 3:");
}

/* --- what is said -----------------------------------------------------------
 */

Test(audit, is_told_of_as_json)
{
    CLEANUP(document_free) struct document *document = NULL;
    CLEANUP(memory_free) char *said = NULL;
    const struct node *root, *finding;
    struct diag diag;

    tamper("DELETE FROM audit WHERE action = 'update'");
    cr_expect_eq(verify((struct audit_options){ .json = true }), EXIT_TAMPERED);
    said = words();
    diag_init(&diag, NULL);
    cr_assert_eq(document_parse(text_of(said), &diag, &document), 0, "%s",
                 said);
    root = document_root(document);
    cr_expect_not(node_boolean(node_member(root, "sound")));
    cr_expect_eq(node_integer(node_member(root, "rows")), 4);
    cr_expect_eq(node_integer(node_member(root, "seals")), 3);
    cr_expect_eq(node_integer(node_member(root, "removed")), 1);
    finding = node_item(node_member(root, "findings"), 0);
    cr_expect(text_is(node_text(node_member(finding, "kind")), "removed"));
    cr_expect_eq(node_integer(node_member(finding, "seal")), 2);
}

Test(audit, lists_the_first_hundred_and_counts_the_rest)
{
    CLEANUP(memory_free) char *said = NULL;

    work(PEOPLE("100", "299"));
    seal();
    tamper("UPDATE audit SET request_id = 'mine' WHERE at >"
           " (SELECT max(sealed_at) FROM audit_seals WHERE number = 3)");
    cr_expect_eq(verify((struct audit_options){ 0 }), EXIT_TAMPERED);
    said = words();
    cr_expect_not_null(strstr(said, "\n… and 100 more\n205 rows in 4 seals,"
                                    " 200 edited\n"),
                       "%s", said);
}

Test(audit, wants_a_head_as_it_was_logged)
{
    static const char *const heads[] = { "", "3", "3:", "3:abc", "0:", "x:y" };

    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        cr_expect_eq(verify((struct audit_options){ .head = heads[i] }),
                     EXIT_USAGE, "%s", heads[i]);
    expect_said(captured.scratch.words, "NUMBER:HASH");
}

Test(audit, that_cannot_be_reached_is_not_judged)
{
    cr_expect_eq(verify((struct audit_options){
                     .url = "postgresql://nobody@127.0.0.1:1/none" }),
                 EXIT_UNREACHABLE);
    cr_expect_eq(verify((struct audit_options){ .url = "mysql://x/y" }),
                 EXIT_CONFIG);
}

/* --- months -----------------------------------------------------------------
 */

static int partitions(const char *url, unsigned months)
{
    const struct audit_options options = { .driver = &postgres_driver,
                                           .url = url,
                                           .months = months };
    int status;

    captured_begin(&captured);
    status = audit_partitions(&options);
    cr_assert_eq(fflush(stdout), 0);
    return status;
}

Test(audit, gets_its_next_months)
{
    cr_expect_eq(partitions(fresh.owner_url, 14), EXIT_OK);
    expect_said(captured.out, "2 made\n");
    cr_expect_eq(partitions(fresh.owner_url, 14), EXIT_OK);
    expect_said(captured.out, "0 made\n");
}

Test(audit, gets_its_months_from_the_owner_only)
{
    cr_expect_eq(partitions(fresh.service_url, 14), EXIT_FAILED);
    expect_said(captured.scratch.words, "connect as the database's owner");
}
