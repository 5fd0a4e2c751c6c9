/* SPDX-License-Identifier: MIT */
#include "admin/schema_shape.h"

#include "base/memory.h"

/* Ours: no extension's, no partition, no system's. */
#define OWN(class, oid)                                             \
    " AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> "            \
    "'information_schema' AND NOT EXISTS (SELECT FROM pg_depend d " \
    "WHERE d.classid = '" class "'::regclass AND d.objid = " oid    \
                                " AND d.deptype = 'e')"
#define TABLE "format('%I.%I', n.nspname, c.relname)"
#define OF_TABLES                                          \
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE" \
    " NOT c.relispartition" OWN("pg_class", "c.oid")

static const char shape_sql[] =
    "SELECT name COLLATE \"C\", definition FROM ("
    "SELECT 'table ' || " TABLE " AS name,"
    " format('%s%s%s %s', c.relkind, CASE WHEN c.relrowsecurity THEN"
    " ' row security' ELSE '' END, CASE WHEN c.relforcerowsecurity THEN"
    " ' forced' ELSE '' END, CASE WHEN c.relkind IN ('v', 'm')"
    " THEN pg_get_viewdef(c.oid) ELSE '' END) AS definition"
    " FROM pg_class c" OF_TABLES " AND c.relkind IN ('r','p','v','m','S')"
    " UNION ALL "
    "SELECT format('column %s.%I', " TABLE ", a.attname),"
    " format('%s%s%s%s%s', format_type(a.atttypid, a.atttypmod),"
    " CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,"
    " ' default ' || pg_get_expr(b.adbin, b.adrelid),"
    " ' identity ' || nullif(a.attidentity::text, ''),"
    " CASE WHEN a.attcollation <> t.typcollation THEN (SELECT ' collate ' ||"
    " collname FROM pg_collation WHERE oid = a.attcollation) END)"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " AND a.attnum > 0 AND NOT a.attisdropped"
    " JOIN pg_type t ON t.oid = a.atttypid"
    " LEFT JOIN pg_attrdef b ON b.adrelid = c.oid AND b.adnum = "
    "a.attnum" OF_TABLES " AND c.relkind IN ('r','p','v','m')"
    " UNION ALL "
    "SELECT format('constraint %I on %s', k.conname, " TABLE "),"
    " pg_get_constraintdef(k.oid)"
    " || CASE WHEN k.convalidated THEN '' ELSE ' (not validated)' END"
    " FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid" OF_TABLES
    " UNION ALL "
    "SELECT format('index %I on %s', i.relname, " TABLE "),"
    " pg_get_indexdef(i.oid)"
    " || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END"
    " FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid"
    " JOIN pg_class i ON i.oid = x.indexrelid" OF_TABLES " UNION ALL "
    "SELECT format('trigger %I on %s', g.tgname, " TABLE "),"
    " pg_get_triggerdef(g.oid)"
    " || CASE WHEN g.tgenabled = 'O' THEN '' ELSE ' (' || g.tgenabled::text || "
    "')' "
    "END"
    " FROM pg_class c JOIN pg_trigger g ON g.tgrelid = c.oid"
    " AND NOT g.tgisinternal" OF_TABLES " UNION ALL "
    "SELECT format('policy %I on %s', p.polname, " TABLE "),"
    " format('%s%s using (%s) check (%s)', p.polcmd,"
    " CASE WHEN p.polpermissive THEN '' ELSE ' restrictive' END,"
    " pg_get_expr(p.polqual, p.polrelid),"
    " pg_get_expr(p.polwithcheck, p.polrelid))"
    " FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid" OF_TABLES
    " UNION ALL "
    "SELECT format('grant of %s to %s on %s', x.privilege_type,"
    " coalesce(nullif(x.grantee, 0)::regrole::text, 'public'), " TABLE "), ''"
    " FROM pg_class c CROSS JOIN aclexplode(c.relacl) x"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE NOT c.relispartition AND x.grantee <> c.relowner" OWN(
        "pg_class",
        "c.oid") " UNION ALL "
                 "SELECT format('function %I.%I(%s)', n.nspname, f.proname,"
                 " pg_get_function_identity_arguments(f.oid)),"
                 " CASE WHEN f.prokind IN ('f', 'p') THEN "
                 "pg_get_functiondef(f.oid) END"
                 " FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace"
                 " WHERE true" OWN(
                     "pg_proc",
                     "f.oid") " UNION ALL "
                              "SELECT format('type %I.%I', n.nspname, "
                              "t.typname),"
                              " format('%s %s %s', t.typtype, "
                              "format_type(nullif(t.typbasetype, 0),"
                              " t.typtypmod), (SELECT string_agg(enumlabel, "
                              "',' ORDER BY enumsortorder)"
                              " FROM pg_enum WHERE enumtypid = t.oid))"
                              " FROM pg_type t JOIN pg_namespace n ON n.oid = "
                              "t.typnamespace"
                              " WHERE t.typtype IN ('e', 'd')" OWN(
                                  "pg_type",
                                  "t.oid") " UNION ALL "
                                           "SELECT 'extension ' || extname, '' "
                                           "FROM pg_extension"
                                           ") shape ORDER BY 1";

int schema_shape_read(struct connection *connection, struct deadline until,
                      struct rows **ret_shape, struct diag *diag)
{
    static const struct statement statement = { .name = "schema_shape",
                                                .sql = shape_sql };

    return connection_query(connection, &statement, NULL, 0, until, ret_shape,
                            diag);
}

static int order(struct text a, struct text b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int r = len ? memcmp(a.at, b.at, len) : 0;

    return r ? r : (a.len > b.len) - (a.len < b.len);
}

void schema_shape_compare(const struct rows *wanted, const struct rows *found,
                          shape_fn *fn, void *arg)
{
    unsigned w = 0, f = 0;

    while (w < rows_count(wanted) || f < rows_count(found)) {
        bool no_more_wanted = w == rows_count(wanted);
        bool no_more_found = f == rows_count(found);
        int side = no_more_wanted ? 1
                   : no_more_found
                       ? -1
                       : order(rows_get(wanted, w, 0), rows_get(found, f, 0));

        if (side < 0)
            fn(SHAPE_MISSING, rows_get(wanted, w, 0), rows_get(wanted, w, 1),
               TEXT_NULL, arg);
        else if (side > 0)
            fn(SHAPE_UNKNOWN, rows_get(found, f, 0), TEXT_NULL,
               rows_get(found, f, 1), arg);
        else if (!text_equal(rows_get(wanted, w, 1), rows_get(found, f, 1)))
            fn(SHAPE_DIFFERENT, rows_get(wanted, w, 0), rows_get(wanted, w, 1),
               rows_get(found, f, 1), arg);
        w += side <= 0;
        f += side >= 0;
    }
}
