/* SPDX-License-Identifier: MIT */
/* A database of the test's own with the schema that ships, and its seeds. */
#pragma once

#include "database/migration.h"
#include "support/fresh_database.h"

UNUSED static int house_tables(struct connection *connection, void *arg,
                               struct diag *diag)
{
    return migrations_up(connection, arg, NULL, NULL, diag);
}

UNUSED static int house_tables_and_seeds(struct connection *connection,
                                         void *arg, struct diag *diag)
{
    int r = house_tables(connection, arg, diag);

    return r < 0 ? r : migrations_seed(connection, arg, NULL, diag);
}

UNUSED static void house_build(const struct fresh_database *fresh,
                               session_fn *what)
{
    CLEANUP(migration_set_free) struct migration_set *set = NULL;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = migration_set_new(schema_files, &set, &diag);
    cr_assert_eq(r, 0, "%s", diag.detail);
    r = database_session(&postgres_driver, text_of(fresh->owner_url), what, set,
                         &diag);
    cr_assert_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
}

UNUSED static void house_migrate(const struct fresh_database *fresh)
{
    house_build(fresh, house_tables_and_seeds);
}

/* A script with every right, as the role of the URL. */
UNUSED static void house_run(const char *url, const char *what)
{
    CLEANUP(memory_free)
    char *script = memory_format(
        "SELECT set_config('app.rights', '*:*', false); %s", what);
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(&postgres_driver, text_of(url), run_script, script,
                         &diag);
    cr_assert_eq(r, 0, "%s: %s (%s)", what, diag.detail, diag.cause);
}
