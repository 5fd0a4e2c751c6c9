/* SPDX-License-Identifier: MIT */
#include "admin/remembered.h"

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

static int show(struct connection *connection, void *arg UNUSED,
                struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(connection, &sql_status, NULL, 0, DEADLINE_NEVER,
                             &rows, diag);

    if (r == 0 && rows_count(rows) == 1)
        printf("%.*s since %.*s, generation %.*s\n",
               TEXT_ARG(rows_get(rows, 0, 0)), TEXT_ARG(rows_get(rows, 0, 1)),
               TEXT_ARG(rows_get(rows, 0, 2)));
    return r;
}

/* Whoever believed them to be on has heard of it then. */
static int flush(struct connection *connection, void *arg UNUSED,
                 struct diag *diag)
{
    int r = caches_switch_off(connection, diag);

    return r < 0 ? r
                 : fiber_sleep(deadline_after(loop_now_ns(loop_current()),
                                              RIGHTS_SETTLE_MS));
}

static int run(const struct remembered_options *options, session_fn *fn)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(options->driver, text_of(options->url), fn, NULL,
                         &diag);
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
