/* SPDX-License-Identifier: MIT */
#include "admin/remembered.h"

#include "admin/tell.h"
#include "database/session.h"
#include "runtime/fiber.h"
#include "store/cache_switch.h"
#include "store/resource.h"

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

/* As if it had been written past the service: store/outside.h. */
static const struct statement sql_forget = {
    .name = "outside_forget",
    .collection = "outside_writes",
    .sql = "WITH noted AS (INSERT INTO outside_writes (resource, object)"
           " SELECT $1, $2::uuid FROM cache_mode WHERE mode <> 'off'"
           " RETURNING id) SELECT id, pg_notify('portcullis_outside', '')"
           " FROM noted",
};

static int find_object(const char *name, const struct resource **ret_resource,
                       struct text *ret_id, struct diag *diag)
{
    struct text id = text_of(name), resource;
    struct uuid uuid;

    *ret_resource =
        text_cut(&id, '/', &resource) ? resource_find(resource) : NULL;
    *ret_id = id;
    if (!*ret_resource || text_is_null(id) || !uuid_parse(id, &uuid))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "%s is no resource, nor one and an id (bills/018f…)", name);
    return 0;
}

static int forget(struct connection *connection, const char *name,
                  struct diag *diag)
{
    const struct resource *resource;
    struct text params[2];
    int r = find_object(name, &resource, &params[1], diag);

    if (r < 0)
        return r;
    params[0] = text_of(resource->table);
    return connection_query(connection, &sql_forget, params, 2, DEADLINE_NEVER,
                            NULL, diag);
}

/* Whoever believed them to be on, or has not heard of the note, has no lease
 * then. */
static int flush(struct connection *connection, void *arg, struct diag *diag)
{
    const struct remembered_options *options = arg;
    const char *what = options->object;
    int r = !what || resource_find(text_of(what))
                ? caches_switch_off(connection, diag)
                : forget(connection, what, diag);

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
