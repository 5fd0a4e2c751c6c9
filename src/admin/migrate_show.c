/* SPDX-License-Identifier: MIT */
#include "admin/migrate_show.h"

#include "json/encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- status ----------------------------------------------------------------
 */

struct key {
    struct text domain, name;
    unsigned number;
};

static struct key key_of(const struct migration_line *line)
{
    const struct migration *migration = line->migration;
    const struct migration_record *record = line->record;

    if (migration)
        return (struct key){ migration->domain, migration->name,
                             migration->number };
    return (struct key){ record->domain, record->name, record->number };
}

enum { LABEL_WIDTH = 32, NUMBER_WIDTH = 4 };

static void show_row(const struct migration_line *line, struct buffer *out)
{
    const struct migration_record *record = line->record;
    struct key key = key_of(line);
    int width = LABEL_WIDTH - (int)key.domain.len - NUMBER_WIDTH - 2;

    buffer_add_format(out, "%-8s %.*s/%04u-%-*.*s",
                      migration_state_name(line->state), TEXT_ARG(key.domain),
                      key.number, width > 0 ? width : 0, TEXT_ARG(key.name));
    if (record)
        buffer_add_format(out, " %.*s %8" PRIu64 " ms  %.*s",
                          TEXT_ARG(record->applied_at), record->took_ms,
                          TEXT_ARG(record->applied_by));
    while (out->len > 0 && out->at[out->len - 1] == ' ')
        out->len--;
    buffer_add_byte(out, '\n');
}

void migrate_show_table(const struct migration_report *report,
                        struct buffer *out)
{
    for (unsigned i = 0; i < report->count; i++)
        show_row(&report->lines[i], out);
    buffer_add_format(out, "%u applied, %u pending\n", report->record_count,
                      report->pending);
}

static void add_member(struct buffer *out, const char *name, struct text value)
{
    buffer_add_format(out, ",\"%s\":", name);
    encode_text(out, value);
}

static void show_object(const struct migration_line *line, struct buffer *out)
{
    static const struct migration_record none = { 0 };
    const struct migration_record *record = line->record ? line->record : &none;
    struct key key = key_of(line);
    struct text sum =
        line->migration ? text_of(line->migration->up->sha256) : TEXT_NULL;

    buffer_add_format(out, "{\"state\":\"%s\",\"number\":%u",
                      migration_state_name(line->state), key.number);
    add_member(out, "domain", key.domain);
    add_member(out, "name", key.name);
    add_member(out, "sha256", sum);
    add_member(out, "applied_sha256", record->sha256);
    add_member(out, "applied_at", record->applied_at);
    add_member(out, "applied_by", record->applied_by);
    buffer_add_string(out, ",\"duration_ms\":");
    if (line->record)
        buffer_add_int(out, (int64_t)record->took_ms);
    else
        buffer_add_string(out, "null");
    buffer_add_byte(out, '}');
}

void migrate_show_json(const struct migration_report *report,
                       struct buffer *out)
{
    buffer_add_format(out, "{\"applied\":%u,\"pending\":%u,\"migrations\":[",
                      report->record_count, report->pending);
    for (unsigned i = 0; i < report->count; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        show_object(&report->lines[i], out);
    }
    buffer_add_string(out, "]}\n");
}

/* --- progress --------------------------------------------------------------
 */

void migrate_show_step(const struct migration_step *step, void *arg)
{
    struct migrate_progress *progress = arg;

    switch (step->event) {
    case MIGRATION_WAITING:
        say("another program is migrating this database: waiting for it");
        break;
    case MIGRATION_STARTED:
        report_step(progress->report, "%s", step->file);
        break;
    case MIGRATION_RETRIED:
        say("%s: a lock could not be had in time, trying again", step->file);
        break;
    case MIGRATION_DONE:
        report_done(progress->report, "%s", progress->done);
        progress->count++;
        break;
    }
}

void migrate_show_plan(const struct migration_line *const *plan, unsigned count)
{
    fprintf(stderr, "This undoes, in this order:\n");
    for (unsigned i = 0; i < count; i++)
        fprintf(stderr, "  %.*s\n", TEXT_ARG(plan[i]->migration->label));
}
