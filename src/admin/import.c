/* SPDX-License-Identifier: MIT */
#include "admin/import.h"

#include "admin/bulk.h"
#include "admin/input.h"
#include "admin/progress.h"
#include "base/clock.h"
#include "base/memory.h"
#include "import/importer.h"
#include "json/encode.h"

#include <errno.h>
#include <stdio.h>

enum { FAULTS_SHOWN_MAX = 20, FAULT_LINE_BYTES = 16384, NAME_BYTES = 32 };

static const struct import_kind *const kinds[] = { &import_bills,
                                                   &import_people };

struct import {
    const struct import_options *options;
    const struct import_kind *kind;
    struct input *input;
    FILE *report; /* or NULL */
    struct importer *importer;
    struct report told;
    struct progress progress;
    char name[NAME_BYTES]; /* "import bills" */
    unsigned faults;
};

static const struct import_kind *find_kind(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_LEN(kinds); i++)
        if (text_is(text_of(name), kinds[i]->name))
            return kinds[i];
    return NULL;
}

/* --- bad lines ------------------------------------------------------------ */

static void report_fault(FILE *report, const struct import_fault *fault)
{
    CLEANUP(buffer_fini) struct buffer line = { 0 };

    buffer_init(&line, FAULT_LINE_BYTES);
    buffer_add_format(
        &line, "{\"line\":%llu,\"code\":", (unsigned long long)fault->line);
    encode_text(&line, text_of(fault->code));
    buffer_add_string(&line, ",\"detail\":");
    encode_text(&line, text_of(fault->detail));
    buffer_add_string(&line, "}\n");
    fwrite(line.at, 1, line.len, report);
}

static void on_fault(void *arg, const struct import_fault *fault)
{
    struct import *import = arg;

    if (import->report)
        report_fault(import->report, fault);
    if (++import->faults > FAULTS_SHOWN_MAX)
        return;
    progress_clear(&import->progress);
    say("line %llu: %s: %s", (unsigned long long)fault->line, fault->code,
        fault->detail);
}

static void on_merged(void *arg, uint64_t done, uint64_t all)
{
    struct import *import = arg;

    progress_merged(&import->progress, done, all);
}

/* --- the work ------------------------------------------------------------- */

static YIELDS int feed_all(struct import *import, struct refusal *why,
                           struct diag *diag)
{
    const struct import_counts *counts = importer_counts(import->importer);
    struct text run = TEXT_NULL;
    int r;

    do {
        r = input_read(import->input, &run, why);
        if (r < 0)
            return FAIL(diag, ERR_BAD_REQUEST, "refused");
        r = importer_feed(import->importer, run, diag);
        progress_read(&import->progress, input_done_bytes(import->input),
                      input_all_bytes(import->input), counts->received);
    } while (r == 0 && run.len > 0);
    return r;
}

static YIELDS int import_all(struct connection *connection, void *arg,
                             struct refusal *why, struct diag *diag)
{
    struct import *import = arg;
    struct import_watcher watcher = { import, on_fault, on_merged };
    int r;

    import->importer = importer_new(import->kind, connection, &watcher);
    report_step(&import->told, "read %s", import->kind->name);
    r = importer_begin(import->importer, diag);
    if (r == 0)
        r = feed_all(import, why, diag);
    progress_clear(&import->progress);
    if (r < 0)
        return r;
    report_step(&import->told, "merge %s", import->kind->name);
    r = importer_finish(import->importer, diag);
    progress_clear(&import->progress);
    return r;
}

/* --- the end -------------------------------------------------------------- */

static void tell_counts(struct import *import)
{
    const struct import_counts *counts = importer_counts(import->importer);
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    if (import->options->json) {
        bulk_add_members(&import->told, counts);
        return;
    }
    buffer_init(&out, 1024);
    bulk_add_counts(&out, counts);
    printf("%s: %.*s\n", import->kind->name, TEXT_ARG(buffer_text(&out)));
    fflush(stdout);
}

static int judge(const struct import *import, struct refusal *why)
{
    const struct import_counts *counts = importer_counts(import->importer);

    if (counts->failed == 0)
        return 0;
    if (counts->failed > FAULTS_SHOWN_MAX && !import->report)
        say("%llu more lines were refused: --report FILE lists them all",
            (unsigned long long)counts->failed - FAULTS_SHOWN_MAX);
    return refuse(why, EXIT_BAD_INPUT,
                  "%s: %llu of %llu lines were refused, for the reasons "
                  "above; all others were taken",
                  input_name(import->input), (unsigned long long)counts->failed,
                  (unsigned long long)counts->received);
}

static int run(struct import *import, struct refusal *why)
{
    const struct staging_kind *const staged[] = { import->kind->staging, NULL };
    int r;

    progress_begin(&import->progress, import->name);
    r = bulk_run(import->options->driver, import->options->url, import_all,
                 import, staged, &import->told, why);
    progress_clear(&import->progress);
    if (r < 0)
        return r;
    tell_counts(import);
    return judge(import, why);
}

static int open_report(struct import *import, struct refusal *why)
{
    const char *path = import->options->report;

    if (!path)
        return 0;
    import->report = fopen(path, "we");
    if (!import->report)
        return refuse(why, EXIT_CONFIG, "cannot write %s: %s", path,
                      strerror(errno));
    return 0;
}

/* A report that is not whole must not look as if it were. */
static int close_report(struct import *import, struct refusal *why)
{
    bool broken = import->report && ferror(import->report);

    if (import->report && (fclose(import->report) != 0 || broken))
        return refuse(why, EXIT_FAILED, "%s could not be written",
                      import->options->report);
    return 0;
}

static int start(struct import *import, struct refusal *why)
{
    const struct import_options *options = import->options;
    int r;

    import->kind = find_kind(options->what);
    if (!import->kind || !options->file)
        return refuse(why, EXIT_USAGE,
                      "say what to import and from where: portcullis import "
                      "bills|people FILE (- for stdin)");
    r = input_open(options->file, &import->input, why);
    if (r == 0)
        r = open_report(import, why);
    return r;
}

int import_main(const struct import_options *options)
{
    struct import import = { .options = options };
    struct refusal why = { 0 };
    int r;

    snprintf(import.name, sizeof(import.name), "import %s",
             options->what ? options->what : "");
    report_begin(&import.told, import.name, options->json);
    r = start(&import, &why);
    if (r == 0)
        r = run(&import, &why);
    if (close_report(&import, &why) < 0 && r == 0)
        r = -why.status;
    importer_free(&import.importer);
    input_close(&import.input);
    return report_end(&import.told, &why);
}
