/* SPDX-License-Identifier: MIT */
/* A database of the test's own with the schema that ships, and its seeds. */
#pragma once

#include "support/fresh_database.h"

UNUSED static void house_migrate(const struct fresh_database *fresh)
{
    fresh_database_migrate(fresh, fresh_migrations_up);
    fresh_database_migrate(fresh, fresh_seed);
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

/* What is old and not sealed would be remarked upon. */
UNUSED static void house_fill(const struct fresh_database *fresh)
{
    house_migrate(fresh);
    house_run(fresh->service_url, "SELECT audit_seal()");
}

static const struct model_database house_model UNUSED = { "model_house",
                                                          house_fill };
