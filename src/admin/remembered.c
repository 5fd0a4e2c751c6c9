/* SPDX-License-Identifier: MIT */
#include "admin/remembered.h"

#include "admin/tell.h"
#include "database/session.h"
#include "runtime/fiber.h"
#include "store/cache_switch.h"

#include <stdio.h>

static const struct statement sql_status = {
    .name = "cache_mode_status",
    .collection = "cache_mode",
    .sql = "SELECT mode, date_trunc('second', changed_at), generation"
           " FROM cache_mode",
};

static void print_document(const struct rows *rows)
{
    TELL(
        { .name = "mode", .value = rows_get(rows, 0, 0) },
        { .name = "since", .value = rows_get(rows, 0, 1) },
        { .name = "generation", .value = rows_get(rows, 0, 2), .ready = true });
}

static int show(struct connection *connection, void *arg, struct diag *diag)
{
    const struct remembered_options *options = arg;
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(connection, &sql_status, NULL, 0, DEADLINE_NEVER,
                             &rows, diag);

    if (r < 0 || rows_count(rows) != 1)
        return r;
    if (options->json)
        print_document(rows);
    else
        printf("%.*s since %.*s, generation %.*s\n",
               TEXT_ARG(rows_get(rows, 0, 0)), TEXT_ARG(rows_get(rows, 0, 1)),
               TEXT_ARG(rows_get(rows, 0, 2)));
    return 0;
}

/* Whoever believed them to be on has heard of it then. */
static int flush(struct connection *connection, void *arg, struct diag *diag)
{
    const struct remembered_options *options = arg;
    int r = caches_switch_off(connection, diag);

    if (r == 0)
        r = fiber_sleep(
            deadline_after(loop_now_ns(loop_current()), RIGHTS_SETTLE_MS));
    return r == 0 && options->json ? show(connection, arg, diag) : r;
}

static int run(const struct remembered_options *options, session_fn *fn)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(options->driver, text_of(options->url), fn,
                         (void *)options, &diag);
    if (r < 0)
        say("%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause);
    return r < 0 ? (int)exit_of_error(r) : EXIT_OK;
}

int remembered_status(const struct remembered_options *options)
{
    return run(options, show);
}

int remembered_flush(const struct remembered_options *options)
{
    return run(options, flush);
}
