/* SPDX-License-Identifier: MIT */
#include "admin/backup_sql.h"

/* Nothing that a role is set to may end the session, which mostly waits. */
const char backup_begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                            "SET LOCAL idle_in_transaction_session_timeout = 0;"
                            "SET LOCAL statement_timeout = 0;"
                            "SET LOCAL jit = off";

/* clang-format off */

/* The locale's column has another name from PostgreSQL 17 on. */
const struct statement backup_origin = {
    .name = "backup_origin",
    .collection = "pg_database",
    .sql =
        "WITH it AS ("
        " SELECT d.*, to_jsonb(d) AS j, r.rolname AS owner"
        "   FROM pg_database AS d JOIN pg_roles AS r ON r.oid = d.datdba"
        "  WHERE datname = current_database()"
        "), granted AS ("
        " SELECT r.rolname, string_agg(a.privilege_type, ', '"
        "                              ORDER BY a.privilege_type) AS rights"
        "   FROM it, aclexplode(coalesce(datacl, acldefault('d', datdba))) AS a"
        "   LEFT JOIN pg_roles AS r ON r.oid = a.grantee"
        "  GROUP BY r.rolname"
        "), named AS ("
        " SELECT rolname FROM pg_shdepend JOIN pg_roles"
        "        ON pg_roles.oid = refobjid"
        "  WHERE refclassid = 'pg_authid'::regclass"
        "    AND dbid = (SELECT oid FROM it)"
        "  UNION SELECT owner FROM it"
        "  UNION SELECT rolname FROM granted WHERE rolname IS NOT NULL"
        ") "
        "SELECT 'backup', name, value FROM it, LATERAL (VALUES"
        " ('database', datname::text),"
        " ('owner', owner::text),"
        " ('encoding', pg_encoding_to_char(encoding)::text),"
        " ('provider', datlocprovider::text),"
        " ('collate', datcollate::text),"
        " ('ctype', datctype::text),"
        " ('locale', coalesce(j->>'datlocale', j->>'daticulocale', '')),"
        " ('server', current_setting('server_version')),"
        " ('major', (current_setting('server_version_num')::int / 10000)"
        "           ::text),"
        " ('system', (SELECT system_identifier::text"
        "               FROM pg_control_system())),"
        " ('timeline', (SELECT timeline_id::text"
        "                 FROM pg_control_checkpoint())),"
        " ('wal_position', (CASE WHEN pg_is_in_recovery()"
        "   THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)"
        "   ::text),"
        " ('snapshot', pg_export_snapshot()),"
        " ('tables', (SELECT count(*)::text FROM pg_class AS c"
        "               JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        "              WHERE relkind = 'r' AND relpersistence = 'p'"
        "                AND nspname !~ '^pg_'"
        "                AND nspname <> 'information_schema')),"
        " ('bound', (SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles"
        "             WHERE rolname = current_user)::text),"
        " ('taken_at', to_char(now() AT TIME ZONE 'UTC',"
        "              'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))"
        ") AS v (name, value) "
        "UNION ALL "
        "SELECT 'roles', rolname::text, '' FROM named "
        "UNION ALL "
        "SELECT 'grants', coalesce(rolname::text, ''), rights FROM granted",
};
