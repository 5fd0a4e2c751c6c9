/* SPDX-License-Identifier: MIT */
#include "admin/demo.h"

#include "admin/bulk.h"
#include "admin/demo_rows.h"
#include "admin/progress.h"
#include "base/check.h"
#include "base/clock.h"
#include "import/import_kind.h"

#include <stdio.h>

/* What is made, in an order in which everything that is referred to is there.
 */
static const struct part {
    const struct staging_kind *kind;
    demo_rows_fn *rows;
    size_t count; /* where the plan says how many */
} parts[] = {
    { &staged_people, demo_person, offsetof(struct demo_plan, people) },
    { &staged_users, demo_user, offsetof(struct demo_plan, users) },
    { &staged_bills, demo_bill, offsetof(struct demo_plan, bills) },
};

struct demo {
    const struct demo_options *options;
    struct demo_plan plan;
    struct report report;
    struct progress progress;
    struct import_counts counts[ARRAY_LEN(parts)];
    bool skipped; /* there were bills already */
};

static uint64_t planned(const struct demo *demo, const struct part *part)
{
    return *(const uint64_t *)((const char *)&demo->plan + part->count);
}

/* --- the work ------------------------------------------------------------- */

static void on_fault(void *arg UNUSED, const struct import_fault *fault)
{
    say("line %llu: %s: %s", (unsigned long long)fault->line, fault->code,
        fault->detail);
}

static void on_merged(void *arg, uint64_t done, uint64_t all)
{
    struct demo *demo = arg;

    progress_merged(&demo->progress, done, all);
}

static YIELDS int stage(struct demo *demo, const struct part *part,
                        struct staging *staging, struct diag *diag)
{
    uint64_t count = planned(demo, part);
    int r = staging_begin(staging, diag);

    for (uint64_t i = 0; r == 0 && i < count; i++) {
        part->rows(&demo->plan, i, staging->rows);
        r = staging_added(staging, i + 1, diag);
        progress_made(&demo->progress, i + 1, count);
    }
    return r < 0 ? r : staging_merge(staging, diag);
}

static YIELDS int make(struct demo *demo, size_t place,
                       struct connection *connection, struct diag *diag)
{
    const struct part *part = &parts[place];
    struct import_watcher watcher = { demo, on_fault, on_merged };
    char name[32];
    CLEANUP(staging_fini) struct staging staging;
    int r;

    report_step(&demo->report, "make %s", part->kind->name);
    staging_init(&staging, part->kind, connection, &watcher);
    snprintf(name, sizeof(name), "demo %s", part->kind->name);
    progress_begin(&demo->progress, name);
    r = stage(demo, part, &staging, diag);
    progress_clear(&demo->progress);
    demo->counts[place] = staging.counts;
    return r;
}

static YIELDS int look_for_bills(struct connection *connection, bool *ret_found,
                                 struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    static const struct statement any = {
        .name = "bills_any",
        .sql = "SELECT FROM bills WHERE deleted_at IS NULL LIMIT 1",
        .collection = "bills",
    };
    int r = connection_query(connection, &any, NULL, 0, DEADLINE_NEVER, &rows,
                             diag);

    *ret_found = r == 0 && rows_count(rows) > 0;
    return r;
}

static YIELDS int make_all(struct connection *connection, void *arg,
                           struct refusal *why UNUSED, struct diag *diag)
{
    struct demo *demo = arg;
    int r = 0;

    if (demo->options->if_empty)
        r = look_for_bills(connection, &demo->skipped, diag);
    for (size_t i = 0; r == 0 && !demo->skipped && i < ARRAY_LEN(parts); i++)
        r = make(demo, i, connection, diag);
    return r;
}

/* --- the end -------------------------------------------------------------- */

static void print_counts(const struct demo *demo)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, 4096);
    for (size_t i = 0; !demo->skipped && i < ARRAY_LEN(parts); i++) {
        buffer_add_format(&out, "%s: ", parts[i].kind->name);
        bulk_add_counts(&out, &demo->counts[i]);
        buffer_add_byte(&out, '\n');
    }
    if (demo->skipped)
        buffer_add_string(&out, "there are bills already: nothing was made\n");
    printf("%.*s", TEXT_ARG(buffer_text(&out)));
    fflush(stdout);
}

static void add_counts(struct demo *demo)
{
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        bulk_add_object(report_member(&demo->report, parts[i].kind->name),
                        &demo->counts[i]);
    buffer_add_string(report_member(&demo->report, "skipped"),
                      demo->skipped ? "true" : "false");
}

static int run(struct demo *demo, struct refusal *why)
{
    static const struct staging_kind *const kinds[] = { &staged_people,
                                                        &staged_users,
                                                        &staged_bills, NULL };
    const struct demo_plan *plan = &demo->plan;

    if (plan->bills > DEMO_COUNT_MAX || plan->people > DEMO_COUNT_MAX ||
        plan->users > DEMO_COUNT_MAX)
        return refuse(why, EXIT_USAGE, "demo makes at most %d of each kind",
                      DEMO_COUNT_MAX);
    return bulk_run(demo->options->driver, demo->options->url, make_all, demo,
                    kinds, &demo->report, why);
}

int demo_main(const struct demo_options *options)
{
    struct demo demo = {
        .options = options,
        .plan = { .seed = options->seed,
                  .bills = options->bills,
                  .people = options->people,
                  .users = options->users },
    };
    struct refusal why = { 0 };
    int r;

    report_begin(&demo.report, "demo", options->json);
    r = run(&demo, &why);
    if (r == 0 && options->json)
        add_counts(&demo);
    else if (r == 0)
        print_counts(&demo);
    return report_end(&demo.report, &why);
}
