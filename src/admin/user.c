/* SPDX-License-Identifier: MIT */
#include "admin/user.h"

#include "admin/exit.h"
#include "admin/tell.h"
#include "base/clock.h"
#include "database/session.h"
#include "json/field.h"

#include <stdio.h>

enum { USER_MS = 10000 };

/* $1 email, $2 name, $3 external id, $4 role; no row: no such role. */
static const struct statement make_user = {
    .name = "user_make",
    .collection = "users",
    .sql = "WITH wanted AS ("
           "SELECT id FROM roles WHERE key = $4 AND deleted_at IS NULL), "
           "made AS (INSERT INTO users (email, display_name, external_id) "
           "SELECT $1, coalesce($2, $1), $3 "
           "WHERE $4::text IS NULL OR EXISTS (SELECT FROM wanted) "
           "ON CONFLICT (lower(email)) WHERE deleted_at IS NULL DO UPDATE SET "
           "external_id = coalesce(EXCLUDED.external_id, users.external_id) "
           "RETURNING id), "
           "granted AS (INSERT INTO user_roles (user_id, role_id) "
           "SELECT made.id, wanted.id FROM made, wanted "
           "ON CONFLICT (user_id, role_id) DO UPDATE SET expires_at = NULL) "
           "SELECT id FROM made",
};

static struct text text_or_null(const char *s)
{
    return s ? text_of(s) : TEXT_NULL;
}

static int make(struct connection *connection, void *arg, struct diag *diag)
{
    const struct user_options *options = arg;
    CLEANUP(rows_unref) struct rows *rows = NULL;
    const struct text params[] = {
        text_of(options->email),
        text_or_null(options->name),
        text_or_null(options->external_id),
        text_or_null(options->role),
    };
    int r = connection_query(connection, &make_user, params, ARRAY_LEN(params),
                             deadline_after(clock_monotonic_ns(), USER_MS),
                             &rows, diag);

    if (r < 0)
        return r;
    if (rows_count(rows) == 0)
        return FAIL(diag, ERR_INVALID_PARAMETER, "there is no role \"%s\"",
                    options->role);
    if (options->json)
        TELL({ .name = "id", .value = rows_get(rows, 0, 0) });
    else
        printf("%.*s\n", TEXT_ARG(rows_get(rows, 0, 0)));
    return 0;
}

int user_command(const struct user_options *options)
{
    struct diag diag;
    int r;

    if (!format_email.accepts(text_of(options->email))) {
        say("\"%s\" is no e-mail address", options->email);
        return EXIT_USAGE;
    }
    diag_init(&diag, NULL);
    r = database_session(options->driver, text_of(options->url), make,
                         (void *)options, &diag);
    if (r == 0)
        return EXIT_OK;
    say("%s", diag.detail);
    return (int)exit_of_error(r);
}
