/* SPDX-License-Identifier: MIT */
/*
 * Does the schema fit this program? Asked once, before it serves, where all
 * migrations are applied: a column may have been changed by hand, or taken away
 * by a newer program. Where some are pending /readyz says so, and a migration
 * mends it while we run; nor does a database that cannot be reached yet keep
 * the process from starting.
 */
#include "app/serving.h"
#include "database/migration.h"
#include "database/session.h"
#include "store/queries.h"
#include "telemetry/log.h"

enum { ASK_MS = 5000 };

static YIELDS int look(struct connection *connection, void *arg,
                       struct diag *diag)
{
    struct deadline until = deadline_after(clock_monotonic_ns(), ASK_MS);
    unsigned pending;
    int r = migrations_pending(connection, arg, until, &pending, diag);

    return r < 0 || pending > 0 ? r : queries_fit(connection, until, diag);
}

int start_schema(struct serving *serving, struct diag *diag)
{
    const char *url =
        settings_text(serving->assembly.settings, SETTING_DATABASE_URL);
    int r = database_session(serving->assembly.driver, text_of(url), look,
                             serving->migrations, diag);

    if (r == -ERR_PRECONDITION_FAILED)
        return r;
    if (r < 0)
        log_line(LOG_WARN, "schema", "it was not looked at: %s", diag->detail);
    diag_clear(diag);
    return 0;
}
