/* SPDX-License-Identifier: MIT */
#include "database/migration_sql.h"

#include "database/driver.h"

/*
 * `position` is the order of application, which times cannot tell for sure.
 * The role may be made after the ledger, so the grant is looked at each time.
 */
#define MAKE_LEDGER                                                            \
    "DO $$ BEGIN\n"                                                            \
    "IF to_regclass('public.schema_migrations') IS NULL THEN\n"                \
    "    CREATE TABLE public.schema_migrations (\n"                            \
    "        position bigint GENERATED ALWAYS AS IDENTITY\n"                   \
    "            CONSTRAINT schema_migrations_position_key UNIQUE,\n"          \
    "        domain text COLLATE \"C\" NOT NULL,\n"                            \
    "        number integer NOT NULL,\n"                                       \
    "        name text COLLATE \"C\" NOT NULL,\n"                              \
    "        sha256 text COLLATE \"C\" NOT NULL,\n"                            \
    "        applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),\n"     \
    "        applied_by text NOT NULL DEFAULT session_user,\n"                 \
    "        duration_ms bigint NOT NULL,\n"                                   \
    "        CONSTRAINT schema_migrations_pkey PRIMARY KEY (domain, number)\n" \
    "    );\n"                                                                 \
    "END IF;\n"                                                                \
    "IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portcullis_service')\n"  \
    "   AND NOT has_table_privilege('portcullis_service',\n"                   \
    "                               'public.schema_migrations', 'SELECT')\n"   \
    "THEN\n"                                                                   \
    "    GRANT SELECT ON public.schema_migrations TO portcullis_service;\n"    \
    "END IF;\n"                                                                \
    "END $$"

/* Any number will do that all our programs share. */
#define LOCK_KEY "hashtextextended('portcullis:schema_migrations', 0)"

static const struct migration_sql postgres = {
    .begin = "BEGIN",
    .commit = "COMMIT",
    .rollback = "ROLLBACK",
    .reset = "SET SESSION AUTHORIZATION DEFAULT; RESET ALL",
    .make_ledger = MAKE_LEDGER,
    .needs_no_transaction = "25001",
    .set_lock_timeout = {
        .name = "migration_lock_timeout",
        .sql = "SELECT set_config('lock_timeout', $1, false)",
    },
    .try_lock = {
        .name = "migration_lock",
        .sql = "SELECT pg_try_advisory_lock(" LOCK_KEY ")",
    },
    .unlock = {
        .name = "migration_unlock",
        .sql = "SELECT pg_advisory_unlock(" LOCK_KEY ")",
    },
    .has_ledger = {
        .name = "migration_has_ledger",
        .sql = "SELECT to_regclass('public.schema_migrations') IS NOT NULL",
    },
    .records = {
        .name = "migration_records",
        .sql = "SELECT domain, number, name, sha256,"
               " to_char(applied_at AT TIME ZONE 'UTC',"
               " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
               " applied_by, duration_ms"
               " FROM public.schema_migrations ORDER BY position",
        .collection = "schema_migrations",
    },
    .record = {
        .name = "migration_record",
        .sql = "INSERT INTO public.schema_migrations"
               " (domain, number, name, sha256, duration_ms)"
               " VALUES ($1, $2, $3, $4, $5)",
        .collection = "schema_migrations",
    },
    .forget = {
        .name = "migration_forget",
        .sql = "DELETE FROM public.schema_migrations"
               " WHERE domain = $1 AND number = $2",
        .collection = "schema_migrations",
    },
    .broken_index = {
        .name = "migration_broken_index",
        .sql = "SELECT format('DROP INDEX CONCURRENTLY %s',"
               " indexrelid::regclass)"
               " FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
               " WHERE relname = (parse_ident($1))[1] AND relkind = 'i'"
               " AND NOT indisvalid AND pg_table_is_visible(indexrelid)",
        .collection = "pg_index",
    },
};

/* One row for each driver that can migrate. */
static const struct {
    const char *driver;
    const struct migration_sql *sql;
} dialects[] = {
    { "postgres", &postgres },
};

int migration_sql_find(const struct connection *connection,
                       const struct migration_sql **ret_sql, struct diag *diag)
{
    const char *name = connection_driver(connection)->name;

    for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
        if (strcmp(dialects[i].driver, name) == 0) {
            *ret_sql = dialects[i].sql;
            return 0;
        }
    return FAIL(diag, ERR_NOT_IMPLEMENTED, "no migrations are known for %s",
                name);
}
