/* SPDX-License-Identifier: MIT */
#include "import/importer.h"

#include "base/check.h"
#include "base/memory.h"
#include "import/lines.h"

#include <stdio.h>

enum {
    IMPORTER_MAGIC = 0x494d504f,
    RECORD_BYTES = 96 << 20, /* a valid line of the longest kind takes less */
    FAULTS_TOLD_MAX = 3,     /* of one line, in words */
};

struct importer {
    unsigned magic;
    const struct import_kind *kind;
    struct lines lines;
    struct staging staging;
    struct arena arena; /* of one record */
};

static size_t line_limit(const struct import_kind *kind)
{
    return kind->line_bytes ? kind->line_bytes : IMPORT_LINE_BYTES;
}

struct importer *importer_new(const struct import_kind *kind,
                              struct connection *connection,
                              const struct import_watcher *watcher)
{
    struct importer *importer = NEW(struct importer);

    importer->magic = IMPORTER_MAGIC;
    importer->kind = kind;
    lines_init(&importer->lines, line_limit(kind));
    staging_init(&importer->staging, kind->staging, connection, watcher);
    arena_init(&importer->arena, RECORD_BYTES);
    return importer;
}

void importer_free(struct importer **importer)
{
    if (!*importer)
        return;
    OBJ_CHECK(*importer, IMPORTER_MAGIC);
    lines_fini(&(*importer)->lines);
    staging_fini(&(*importer)->staging);
    arena_fini(&(*importer)->arena);
    memory_free(importer);
}

const struct import_counts *importer_counts(const struct importer *importer)
{
    OBJ_CHECK(importer, IMPORTER_MAGIC);
    return &importer->staging.counts;
}

int importer_begin(struct importer *importer, struct diag *diag)
{
    OBJ_CHECK(importer, IMPORTER_MAGIC);
    return staging_begin(&importer->staging, diag);
}

/* --- bad lines ------------------------------------------------------------ */

static void refuse_line(struct importer *importer, uint64_t line,
                        const char *code, const char *detail)
{
    staging_refuse(&importer->staging,
                   &(struct import_fault){ line, code, detail });
}

static void add_violation(struct buffer *detail, const struct violation *v)
{
    buffer_add_string(detail, detail->len ? "; " : "");
    buffer_add_string(detail, v->pointer);
    buffer_add_string(detail, v->pointer[0] ? ": " : "the line ");
    buffer_add_string(detail, v->detail);
}

/* The first faults in words; the code is the first one's. */
static void refuse_invalid(struct importer *importer, uint64_t line,
                           const struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer detail = { 0 };
    unsigned told = 0;

    buffer_init(&detail, 4096);
    list_each (&diag->violations, struct violation, v, link) {
        if (told == FAULTS_TOLD_MAX)
            break;
        add_violation(&detail, v);
        told++;
    }
    if (diag->violation_count > told)
        buffer_add_format(&detail, "; and %u more",
                          diag->violation_count - told);
    buffer_add_byte(&detail, '\0');
    refuse_line(importer, line,
                list_first(&diag->violations, struct violation, link)->code,
                buffer_overflown(&detail) ? diag->detail : detail.at);
}

/* Every record is line 1 of itself; the line's own number stands beside it. */
static const char *without_line(const char *detail)
{
    const char *first = "line 1, ";

    return text_starts_with(text_of(detail), first) ? detail + strlen(first)
                                                    : detail;
}

static void refuse_record(struct importer *importer, uint64_t line,
                          const struct diag *diag)
{
    if (list_is_empty(&diag->violations))
        refuse_line(importer, line, error_info(diag->code)->code,
                    without_line(diag->detail));
    else
        refuse_invalid(importer, line, diag);
}

/* --- lines ---------------------------------------------------------------- */

static bool is_blank(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (!strchr(" \t\r", t.at[i]) || t.at[i] == '\0')
            return false;
    return true;
}

static void refuse_long_line(struct importer *importer, uint64_t line)
{
    char detail[64];

    snprintf(detail, sizeof(detail), "the line is longer than %zu MiB",
             line_limit(importer->kind) >> 20);
    refuse_line(importer, line, "too_long", detail);
}

/* 0 when it was staged. */
static int read_line(struct importer *importer, const struct line *line)
{
    struct diag diag;
    struct record record = { .text = line->text,
                             .line = line->number,
                             .arena = &importer->arena,
                             .diag = &diag };
    int r;

    arena_reset(&importer->arena);
    diag_init(&diag, &importer->arena);
    r = importer->kind->read(&record, importer->staging.rows);
    if (r < 0)
        refuse_record(importer, line->number, &diag);
    return r;
}

static YIELDS int take_line(struct importer *importer, const struct line *line,
                            struct diag *diag)
{
    if (line->too_long) {
        refuse_long_line(importer, line->number);
        return 0;
    }
    if (is_blank(line->text) || read_line(importer, line) < 0)
        return 0;
    return staging_added(&importer->staging, line->number, diag);
}

int importer_feed(struct importer *importer, struct text run, struct diag *diag)
{
    struct line line;
    int r = 0;

    OBJ_CHECK(importer, IMPORTER_MAGIC);
    lines_feed(&importer->lines, run);
    while (r == 0 && lines_next(&importer->lines, &line))
        r = take_line(importer, &line, diag);
    return r;
}

int importer_finish(struct importer *importer, struct diag *diag)
{
    struct line line;
    int r = 0;

    OBJ_CHECK(importer, IMPORTER_MAGIC);
    if (lines_last(&importer->lines, &line))
        r = take_line(importer, &line, diag);
    return r < 0 ? r : staging_merge(&importer->staging, diag);
}
