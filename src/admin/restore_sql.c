/* SPDX-License-Identifier: MIT */
#include "admin/restore_sql.h"

/* clang-format off */

const struct statement restore_lock = {
    .name = "restore_lock",
    .sql = "SELECT pg_try_advisory_lock("
           "hashtextextended('portcullis:restore:' || $1::text, 0))",
};

const struct statement restore_look = {
    .name = "restore_look",
    .collection = "pg_database",
    .sql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1::text),"
           " (SELECT count(*) FROM pg_stat_activity"
           "   WHERE datname = $1::text"
           "     AND backend_type = 'client backend'),"
           " EXISTS (SELECT FROM pg_database WHERE datname = $2::text),"
           " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
};

const struct statement restore_has_role = {
    .name = "restore_role",
    .collection = "pg_roles",
    .sql = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text)",
};

const struct statement restore_drop = {
    .name = "restore_drop",
    .sql = "SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)',"
           " $1::text)",
};

const struct statement restore_create = {
    .name = "restore_create",
    .sql = "SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0"
           " ENCODING %L LC_COLLATE %L LC_CTYPE %L',"
           " $1::text, $2::text, $3::text, $4::text, $5::text)"
           " || CASE $6::text"
           "    WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L',"
           "                         $7::text)"
           "    WHEN 'b' THEN format(' LOCALE_PROVIDER builtin"
           " BUILTIN_LOCALE %L', $7::text)"
           "    ELSE '' END",
};

const struct statement restore_grant = {
    .name = "restore_grant",
    .sql = "SELECT format('GRANT %s ON DATABASE %I TO %s', $3::text, $1::text,"
           " CASE WHEN $2::text = '' THEN 'PUBLIC'"
           "      ELSE quote_ident($2::text) END)",
};

const struct statement restore_name = {
    .name = "restore_name",
    .sql = "SELECT format('ALTER DATABASE %I RENAME TO %I',"
           " $1::text, $2::text)",
};

const struct statement restore_swap = {
    .name = "restore_swap",
    .sql = "SELECT format('SET LOCAL statement_timeout = %s;"
           " SELECT pg_terminate_backend(pid)"
           " FROM pg_stat_activity WHERE datname = %L;"
           " ALTER DATABASE %I RENAME TO %I;"
           " ALTER DATABASE %I RENAME TO %I',"
           " $4::int, $2::text, $2::text, $3::text, $1::text, $2::text)",
};

/* clang-format on */

/*
 * Processes that remember rights of the database that was here compare
 * generations: none of theirs may come again. What Redis and near caches hold
 * is of that database too: nobody uses it once caches are off, and they come on
 * again with a new epoch.
 */
const char restore_forget_remembered[] =
    "DO $$ BEGIN"
    " IF to_regclass('public.cache_control') IS NOT NULL THEN"
    "  UPDATE public.cache_control SET rights = rights"
    "         + (extract(epoch FROM clock_timestamp()) * 1000)::bigint;"
    " END IF;"
    " IF to_regclass('public.cache_mode') IS NOT NULL THEN"
    "  UPDATE public.cache_mode SET mode = 'off', generation = generation"
    "         + (extract(epoch FROM clock_timestamp()) * 1000)::bigint;"
    " END IF; END $$;"
    "ANALYZE";
