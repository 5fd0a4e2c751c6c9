/* SPDX-License-Identifier: MIT */
#include "routes/checks.h"

static int check_draining(struct service *service, struct deadline until,
                          struct diag *diag)
{
    (void)until;
    if (atomic_load(&service->process->draining))
        return FAIL(diag, ERR_DRAINING, "shutting down");
    return 0;
}

/* Without a primary there are still reads, where somebody wants those. */
static bool is_good_enough(const struct service *service)
{
    return settings_bool(service->settings, SETTING_DEGRADED_READS) &&
           nodes_have_replica(service->nodes);
}

static int check_postgres(struct service *service, struct deadline until,
                          struct diag *diag)
{
    static const struct statement ping = { .name = "ping", .sql = "SELECT 1" };
    int r = 0;

    if (!nodes_have_primary(service->nodes))
        r = FAIL(diag, ERR_UNAVAILABLE, "no node is the primary");
    if (r == 0)
        r = pool_read(nodes_primary(service->nodes), NULL, &ping, NULL, 0,
                      until, NULL, diag);
    if (r == 0 || !is_good_enough(service))
        return r;
    diag_clear(diag);
    return 0;
}

static int check_migrations(struct service *service, struct deadline until,
                            struct diag *diag)
{
    CLEANUP(pool_put) struct connection *connection = NULL;
    unsigned pending;
    int r;

    r = pool_get(nodes_primary(service->nodes), until, &connection, diag);
    if (service->is_migrated &&
        (r == -ERR_OVERLOADED || (r < 0 && is_good_enough(service))))
        return 0; /* busy is not unready, and what was migrated still is */
    if (r < 0)
        return r;
    r = migrations_pending(connection, service->process->migrations, until,
                           &pending, diag);
    if (r < 0)
        return r;
    if (pending > 0)
        return FAIL(diag, ERR_UNAVAILABLE, "%u migrations are missing",
                    pending);
    service->is_migrated = true;
    return 0;
}

const struct check checks[] = {
    [READINESS_DRAINING] = { "draining", check_draining },
    [READINESS_POSTGRES] = { "postgres", check_postgres },
    [READINESS_MIGRATIONS] = { "migrations", check_migrations },
    { NULL, NULL },
};

int checks_run(struct service *service, struct deadline until,
               struct diag *diag)
{
    int r = 0;

    for (const struct check *check = checks; check->name && r == 0; check++)
        r = check->run(service, until, diag);
    return r;
}
