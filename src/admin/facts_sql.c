/* SPDX-License-Identifier: MIT */
#include "admin/facts_sql.h"

/* How many there are, and a digest of what they are, in an order of theirs. */
#define DIGEST(what)                                                    \
    "count(*) || ' ' || coalesce(sum(pg_catalog.hashtextextended(" what \
    ", 0)::numeric), 0)"

/*
 * An expression as it is shown again: parsed once more it may have other
 * brackets (a AND b AND c), so they and all spaces are left out.
 */
#define SHOWN(text) "regexp_replace(" text ", '[()[:space:]]', '', 'g')"

/* Rights as they hold, also where nobody ever granted any. */
#define RIGHTS(acl, kind, owner)                                              \
    "(SELECT string_agg(a.grantor::regrole || '>' || a.grantee::regrole"      \
    " || a.privilege_type || a.is_grantable, ',' ORDER BY a.grantor::regrole" \
    "::text COLLATE \"C\", a.grantee::regrole::text COLLATE \"C\","           \
    " a.privilege_type COLLATE \"C\") FROM aclexplode(coalesce(" acl          \
    ", acldefault('" kind "', " owner "))) AS a)"

/* clang-format off */

/* An extension's own objects come with the extension. */
const struct statement facts_of_schema = {
    .name = "facts_schema",
    .collection = "pg_class",
    .sql =
        "WITH spaces AS ("
        " SELECT oid, nspname, nspowner, nspacl FROM pg_namespace"
        "  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        "), rels AS ("
        " SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name"
        "   FROM pg_class AS c JOIN spaces AS s ON s.oid = c.relnamespace"
        "  WHERE c.relpersistence = 'p'"
        "    AND NOT EXISTS (SELECT FROM pg_depend AS d"
        "                     WHERE d.classid = 'pg_class'::regclass"
        "                       AND d.objid = c.oid AND d.deptype = 'e')"
        "), tables AS (SELECT * FROM rels WHERE relkind IN ('r', 'p')) "
        "SELECT CASE relkind WHEN 'r' THEN 'table' ELSE 'partitioned' END,"
        "       name, relowner::regrole::text FROM tables "
        "UNION ALL "
        "SELECT 'row_security', name,"
        "       CASE WHEN relforcerowsecurity AND relrowsecurity THEN 'forced'"
        "            WHEN relrowsecurity THEN 'on' ELSE 'off' END"
        "  FROM tables "
        "UNION ALL "
        "SELECT 'rights', name, " DIGEST("x") " FROM (SELECT name, "
        RIGHTS("relacl", "r", "relowner") " AS x FROM tables) AS t"
        " GROUP BY name "
        "UNION ALL "
        "SELECT 'columns', t.name, " DIGEST("concat_ws(' ', a.attname,"
        " format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,"
        " a.attgenerated, a.attcollation::regcollation,"
        " " SHOWN("pg_get_expr(d.adbin, d.adrelid)") ","
        " CASE WHEN a.attacl IS NOT NULL THEN "
        RIGHTS("a.attacl", "c", "t.relowner") " END)")
        "  FROM tables AS t JOIN pg_attribute AS a ON a.attrelid = t.oid"
        "  LEFT JOIN pg_attrdef AS d"
        "         ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
        " WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY t.name "
        "UNION ALL "
        "SELECT 'indexes', t.name, " DIGEST(SHOWN("pg_get_indexdef(i.indexrelid)")
        " || i.indisvalid")
        "  FROM tables AS t JOIN pg_index AS i ON i.indrelid = t.oid"
        " GROUP BY t.name "
        "UNION ALL "
        "SELECT 'constraints', t.name, " DIGEST("concat_ws(' ', c.conname,"
        " c.convalidated, " SHOWN("pg_get_constraintdef(c.oid)") ")")
        "  FROM tables AS t JOIN pg_constraint AS c ON c.conrelid = t.oid"
        " GROUP BY t.name "
        "UNION ALL "
        "SELECT 'triggers', t.name, " DIGEST(SHOWN("pg_get_triggerdef(g.oid)")
        " || g.tgenabled::text")
        "  FROM tables AS t JOIN pg_trigger AS g ON g.tgrelid = t.oid"
        " WHERE NOT g.tgisinternal GROUP BY t.name "
        "UNION ALL "
        "SELECT 'policies', t.name, " DIGEST("concat_ws(' ', p.polname,"
        " p.polcmd, p.polpermissive,"
        " (SELECT string_agg(r.oid::regrole::text, ',' ORDER BY r.oid::regrole"
        "::text COLLATE \"C\") FROM unnest(p.polroles) AS r (oid)),"
        " " SHOWN("pg_get_expr(p.polqual, p.polrelid)") ","
        " " SHOWN("pg_get_expr(p.polwithcheck, p.polrelid)") ")")
        "  FROM tables AS t JOIN pg_policy AS p ON p.polrelid = t.oid"
        " GROUP BY t.name "
        "UNION ALL "
        "SELECT 'functions', s.nspname, " DIGEST("concat_ws(' ', p.oid"
        "::regprocedure, p.proowner::regrole, p.prosrc,"
        " " SHOWN("pg_get_function_sqlbody(p.oid)") ", p.provolatile, p.prosecdef,"
        " p.proconfig, "
        RIGHTS("p.proacl", "f", "p.proowner") ")")
        "  FROM spaces AS s JOIN pg_proc AS p ON p.pronamespace = s.oid"
        " WHERE NOT EXISTS (SELECT FROM pg_depend AS d"
        "                    WHERE d.classid = 'pg_proc'::regclass"
        "                      AND d.objid = p.oid AND d.deptype = 'e')"
        " GROUP BY s.nspname "
        "UNION ALL "
        "SELECT 'extensions', 'all', " DIGEST("e.extname::text") " FROM pg_extension"
        " AS e "
        "UNION ALL "
        "SELECT 'sequences', name,"
        "       coalesce(pg_sequence_last_value(oid), 0)::text"
        "  FROM rels WHERE relkind = 'S' "
        "ORDER BY 1, 2",
};

const struct statement facts_has_migrations = {
    .name = "facts_has_migrations",
    .sql = "SELECT to_regclass('public.schema_migrations') IS NOT NULL",
};

const struct statement facts_of_migrations = {
    .name = "facts_migrations",
    .collection = "schema_migrations",
    .sql = "SELECT 'migrations',"
           "       domain || '/' || lpad(number::text, 4, '0') || '-' || name,"
           "       sha256"
           "  FROM public.schema_migrations ORDER BY position",
};

/* clang-format on */
