/* SPDX-License-Identifier: MIT */
/* What a command of several steps tells, and what is asked before destruction.
 */
#include "admin/confirm.h"
#include "admin/report.h"
#include "captured.h"
#include "support/terminal.h"
#include "json/document.h"

static struct captured captured;

static void set_up(void)
{
    captured_init(&captured);
    captured_begin(&captured);
}

static void tear_down(void)
{
    captured_fini(&captured);
}

TestSuite(report, .init = set_up, .fini = tear_down);
TestSuite(confirm, .init = set_up, .fini = tear_down);

Test(report, tells_each_step_and_all_of_them_on_stderr)
{
    struct refusal why = { 0 };
    struct report report;

    report_begin(&report, "setup", false);
    report_step(&report, "role %s", "owner");
    report_done(&report, "created");
    report_step(&report, "grants");
    cr_expect_eq(report_end(&report, &why), EXIT_OK);
    expect_said(captured.scratch.words,
                "role owner                                   created  ");
    expect_said(captured.scratch.words,
                "grants                                       done  ");
    expect_said(captured.scratch.words,
                "portcullis: setup: 2 steps done in 0.");
    cr_expect_not(file_says(captured.scratch.words, "\033"),
                  "no colours and no bars but on a terminal");
    expect_said(captured.out, "");
}

Test(report, tells_how_far_a_long_step_is)
{
    struct refusal why = { 0 };
    struct report report;

    report_begin(&report, "backup", false);
    report_step(&report, "dump");
    progress_counted(report_progress(&report), "table", 1, 32);
    cr_expect_not(file_says(captured.scratch.words, "dump"), "not at once");
    report.progress.due_ns = 0; /* as if it had begun long ago */
    progress_counted(report_progress(&report), "table", 2, 32);
    expect_said(captured.scratch.words,
                "portcullis: dump: table 2 of 32, 0:00 so far\n");
    cr_expect_eq(report_end(&report, &why), EXIT_OK);
}

Test(report, makes_one_document_when_asked_also_of_a_failure)
{
    CLEANUP(document_free) struct document *document = NULL;
    CLEANUP(memory_free) char *said = NULL;
    struct refusal why = { 0 };
    struct report report;
    const struct node *root, *step;
    struct diag diag;

    report_begin(&report, "setup", true);
    report_step(&report, "one");
    report_done(&report, "was \"there\"");
    buffer_add_string(report_member(&report, "rows"), "12");
    report_step(&report, "two");
    (void)refuse(&why, EXIT_UNREACHABLE, "no way");
    cr_expect_eq(report_end(&report, &why), EXIT_UNREACHABLE);
    expect_said(captured.scratch.words, "portcullis: no way\n");

    said = disk_read(captured.out, 65536, NULL);
    diag_init(&diag, NULL);
    cr_assert_eq(document_parse(text_of(said), &diag, &document), 0, "%s",
                 said);
    root = document_root(document);
    cr_expect(text_is(node_text(node_member(root, "outcome")), "no way"));
    step = node_item(node_member(root, "steps"), 0);
    cr_expect(
        text_is(node_text(node_member(step, "outcome")), "was \"there\""));
    step = node_item(node_member(root, "steps"), 1);
    cr_expect(text_is(node_text(node_member(step, "outcome")), "failed"));
    cr_expect_not_null(node_member(root, "rows"));
}

/* --- asking --- */

Test(confirm, takes_the_databases_name_and_nothing_else)
{
    struct refusal why = { 0 };

    sit_down("bills\n");
    cr_expect_eq(confirm_database("bills", "This drops it.", false, &why), 0,
                 "%s", why.line);
    expect_said(captured.scratch.words,
                "This drops it. Type the database's name, bills, to go on: ");
    sit_down("yes\n");
    cr_expect_eq(confirm_database("bills", "This drops it.", false, &why),
                 -EXIT_FAILED);
    cr_expect_str_eq(why.line, "\"yes\" is not bills: nothing was changed");
}

Test(confirm, asks_nobody_where_nobody_sits)
{
    struct refusal why = { 0 };

    stand_up();
    cr_expect_eq(confirm_database("bills", "This drops it.", true, &why), 0);
    cr_expect_eq(confirm_database("bills", "This drops it.", false, &why),
                 -EXIT_USAGE);
    cr_expect_not_null(strstr(why.line, "say --yes if you mean the database"),
                       "%s", why.line);
}
