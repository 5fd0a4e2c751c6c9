/* SPDX-License-Identifier: MIT */
/* POST /v1/bills/import: bills as lines, as many as come, all at once. */
#include "http/stream.h"
#include "import/import_objects.h"
#include "routes/answer.h"
#include "routes/bulk.h"
#include "json/encode.h"

#include <stdio.h>
#include <stdlib.h>

enum { FAULTS_MAX = 100, ANSWER_BYTES_MAX = 4 * 1024 * 1024 };

struct importing {
    struct request *request;
    bool strict;
    struct import_counts counts;
    size_t fault_count; /* of those that are told */
    struct import_fault faults[FAULTS_MAX];
};

/* --- bad lines ------------------------------------------------------------ */

static void on_fault(void *arg, const struct import_fault *fault)
{
    struct importing *importing = arg;
    struct arena *arena = &importing->request->arena;
    struct import_fault copy = {
        .line = fault->line,
        .code = arena_copy(arena, text_of(fault->code)),
        .detail = arena_copy(arena, text_of(fault->detail)),
    };

    if (importing->fault_count < FAULTS_MAX && copy.code && copy.detail)
        importing->faults[importing->fault_count++] = copy;
}

/* What only the database can tell comes after all the rest. */
static int by_line(const void *a, const void *b)
{
    const struct import_fault *one = a, *other = b;

    return (one->line > other->line) - (one->line < other->line);
}

static int refuse_all(struct importing *importing)
{
    struct diag *diag = &importing->request->diag;

    for (size_t i = 0; i < importing->fault_count; i++) {
        const struct import_fault *fault = &importing->faults[i];
        char line[32];

        snprintf(line, sizeof(line), "line %llu",
                 (unsigned long long)fault->line);
        diag_violation(diag, line, fault->code, "%s", fault->detail);
    }
    return FAIL(diag, ERR_VALIDATION,
                "%llu of %llu lines are invalid; nothing was kept",
                (unsigned long long)importing->counts.failed,
                (unsigned long long)importing->counts.received);
}

/* --- the work ------------------------------------------------------------- */

static YIELDS int feed_all(struct importing *importing,
                           struct importer *importer)
{
    struct diag *diag = &importing->request->diag;
    struct text run;
    int r;

    do {
        r = request_read(importing->request, &run);
        if (r == 0)
            r = importer_feed(importer, run, diag);
    } while (r == 0 && run.len > 0);
    return r;
}

static YIELDS int import_all(struct transaction *transaction, void *arg)
{
    struct importing *importing = arg;
    struct diag *diag = &importing->request->diag;
    const struct import_watcher watcher = { .arg = importing,
                                            .fault = on_fault };
    CLEANUP(importer_free)
    struct importer *importer = importer_new(
        &import_bill_objects, transaction_connection(transaction), &watcher);
    int r = transaction_stands(transaction);

    if (r == 0)
        r = importer_begin(importer, diag);
    if (r == 0)
        r = feed_all(importing, importer);
    if (r == 0)
        r = importer_finish(importer, diag);
    if (r < 0)
        return r;
    importing->counts = *importer_counts(importer);
    qsort(importing->faults, importing->fault_count,
          sizeof(importing->faults[0]), by_line);
    return importing->strict && importing->counts.failed > 0
               ? refuse_all(importing)
               : 0;
}

static YIELDS int run(struct importing *importing)
{
    struct request *request = importing->request;
    struct store store = store_of(request);

    return store_bulk(&store, import_all, importing, request->until,
                      &request->diag);
}

/* --- the answer ----------------------------------------------------------- */

static void add_faults(struct buffer *body, const struct importing *importing)
{
    for (size_t i = 0; i < importing->fault_count; i++) {
        const struct import_fault *fault = &importing->faults[i];

        buffer_add_format(body, "%s{\"line\":%llu,\"code\":", i ? "," : "",
                          (unsigned long long)fault->line);
        encode_text(body, text_of(fault->code));
        buffer_add_string(body, ",\"detail\":");
        encode_text(body, text_of(fault->detail));
        buffer_add_byte(body, '}');
    }
}

/* Lines that a later one of the same bill overruled have changed nothing. */
static int answer(const struct importing *importing, struct reply *reply)
{
    const struct import_counts *counts = &importing->counts;
    CLEANUP(buffer_fini) struct buffer body = { 0 };

    buffer_init(&body, ANSWER_BYTES_MAX);
    buffer_add_format(
        &body,
        "{\"received\":%llu,\"created\":%llu,\"updated\":%llu,"
        "\"unchanged\":%llu,\"failed\":%llu,\"errors\":[",
        (unsigned long long)counts->received,
        (unsigned long long)counts->created,
        (unsigned long long)counts->updated,
        (unsigned long long)(counts->unchanged + counts->superseded),
        (unsigned long long)counts->failed);
    add_faults(&body, importing);
    buffer_add_string(&body, "]}");
    return reply_take(reply, CONTENT_JSON, &body);
}

/* POST /v1/bills/import */
int bill_import(struct request *request, struct reply *reply)
{
    CLEANUP(bulk_leave) struct service *service = NULL;
    struct importing importing = { .request = request };
    struct preferences preferences;
    struct text nothing;
    int r;

    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    r = preferences_parse(request, 0, &preferences);
    if (r < 0)
        return r;
    r = request_body(request, CONTENT_NDJSON, &nothing);
    if (r == 0)
        r = bulk_enter(request, &service);
    if (r < 0)
        return r;
    importing.strict = preferences.strict;
    r = run(&importing);
    if (r < 0)
        return r;
    if (preferences.strict)
        reply_header(reply, "Preference-Applied", "handling=strict");
    return answer(&importing, reply);
}
