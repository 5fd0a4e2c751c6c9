/* SPDX-License-Identifier: MIT */
#include "database/migration_report.h"

#include "base/check.h"
#include "base/memory.h"
#include "database/rows.h"

static bool is_of(const struct migration_record *record,
                  const struct migration *migration)
{
    return record->number == migration->number &&
           text_equal(record->domain, migration->domain);
}

static const struct migration_record *find_record(
    const struct migration_report *report, const struct migration *migration)
{
    for (unsigned i = 0; i < report->record_count; i++)
        if (is_of(&report->records[i], migration))
            return &report->records[i];
    return NULL;
}

static bool has_file(const struct migration_set *set,
                     const struct migration_record *record)
{
    for (unsigned i = 0; i < set->count; i++)
        if (is_of(record, &set->migrations[i]))
            return true;
    return false;
}

static enum migration_state state_of(const struct migration *migration,
                                     const struct migration_record *record)
{
    if (!record)
        return MIGRATION_PENDING;
    return text_is(record->sha256, migration->up->sha256) ? MIGRATION_APPLIED
                                                          : MIGRATION_CHANGED;
}

void migration_report_make(struct migration_report *report,
                           const struct migration_set *set,
                           struct migration_record *records, unsigned count)
{
    struct migration_line *line;

    *report =
        (struct migration_report){ .records = records, .record_count = count };
    line = report->lines =
        memory_new_array(set->count + count + 1, sizeof(*report->lines));
    for (unsigned i = 0; i < set->count; i++, line++) {
        line->migration = &set->migrations[i];
        line->record = find_record(report, line->migration);
        line->state = state_of(line->migration, line->record);
        report->pending += line->state == MIGRATION_PENDING;
    }
    for (unsigned i = 0; i < count; i++)
        if (!has_file(set, &records[i]))
            *line++ =
                (struct migration_line){ MIGRATION_MISSING, NULL, &records[i] };
    report->count = (unsigned)(line - report->lines);
}

void migration_report_fini(struct migration_report *report)
{
    memory_free(&report->lines);
    memory_free(&report->records);
    rows_unref(&report->rows);
    *report = (struct migration_report){ 0 };
}

const struct migration_line *migration_report_line(
    const struct migration_report *report,
    const struct migration_record *record)
{
    const struct migration_line *line = report->lines;

    while (line->record != record) {
        line++;
        CHECK(line < report->lines + report->count);
    }
    return line;
}

const char *migration_state_name(enum migration_state state)
{
    static const char *const names[MIGRATION_STATES] = {
        [MIGRATION_APPLIED] = "applied",
        [MIGRATION_PENDING] = "pending",
        [MIGRATION_CHANGED] = "changed",
        [MIGRATION_MISSING] = "missing",
    };

    CHECK(state < MIGRATION_STATES);
    return names[state];
}

/* --- refusals --------------------------------------------------------------
 */

/* A line of the same domain that is applied in spite of a pending one. */
static const struct migration_line *applied_after(
    const struct migration_report *report, const struct migration_line *pending)
{
    const struct migration_line *end = report->lines + report->count;

    for (const struct migration_line *line = pending + 1; line < end; line++)
        if (line->state == MIGRATION_APPLIED &&
            text_equal(line->migration->domain, pending->migration->domain))
            return line;
    return NULL;
}

static int refuse_missing(const struct migration_line *line, struct diag *diag)
{
    const struct migration_record *record = line->record;

    return FAIL(diag, ERR_PRECONDITION_FAILED,
                "%.*s/%04u-%.*s (checksum %.*s) is applied, but this program "
                "has no file for it: is it older than the database?",
                TEXT_ARG(record->domain), record->number,
                TEXT_ARG(record->name), TEXT_ARG(record->sha256));
}

static int refuse_changed(const struct migration_line *line, struct diag *diag)
{
    return FAIL(diag, ERR_PRECONDITION_FAILED,
                "%.*s was changed after it was applied: its checksum was %.*s "
                "and is %s now; put the change into a new migration",
                TEXT_ARG(line->migration->label),
                TEXT_ARG(line->record->sha256), line->migration->up->sha256);
}

static int check_pending(const struct migration_report *report,
                         const struct migration_line *line, struct diag *diag)
{
    const struct migration_line *later = applied_after(report, line);

    if (!later)
        return 0;
    return FAIL(diag, ERR_PRECONDITION_FAILED,
                "%.*s (checksum %s) is pending, but %.*s (checksum %s) is "
                "applied already: give it a number behind that",
                TEXT_ARG(line->migration->label), line->migration->up->sha256,
                TEXT_ARG(later->migration->label),
                later->migration->up->sha256);
}

int migration_report_check(const struct migration_report *report,
                           struct diag *diag)
{
    int r = 0;

    for (unsigned i = 0; i < report->count && r == 0; i++) {
        const struct migration_line *line = &report->lines[i];

        if (line->state == MIGRATION_MISSING)
            r = refuse_missing(line, diag);
        if (line->state == MIGRATION_CHANGED)
            r = refuse_changed(line, diag);
        if (line->state == MIGRATION_PENDING)
            r = check_pending(report, line, diag);
    }
    return r;
}
