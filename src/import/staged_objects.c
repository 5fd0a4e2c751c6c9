/* SPDX-License-Identifier: MIT */
#include "import/bill_columns.h"
#include "import/import_objects.h"
#include "import/staged_sql.h"

/* clang-format off */

/* A table like the real one, whose types need no second list. */
static const char begin[] =
    STAGED_SETTINGS
    "CREATE TEMP TABLE import_objects ON COMMIT DROP AS"
    " SELECT 0::bigint AS line, " KEY("") ", " COLUMNS("")
    "   FROM bills WITH NO DATA;"
    "CREATE TEMP TABLE import_known (line bigint, id uuid) ON COMMIT DROP";

static const char ready[] =
    STAGED_LOCK("bills")
    "CREATE INDEX ON import_objects USING brin (line);"
    "ANALYZE import_objects";

/*
 * A deleted person can only be what they were before: this bill's sponsor. And
 * a bill that may not be changed would else be taken for one that is the same.
 */
static const char check[] =
    "WITH bad AS ("
    " SELECT s.line, 1 AS place, 'not_allowed' AS code,"
    "        '/type: is not one of the values allowed' AS detail"
    "   FROM import_objects s"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND NOT EXISTS (SELECT FROM bill_types t WHERE t.type = s.type)"
    " UNION ALL"
    " SELECT s.line, 2, 'unknown_reference',"
    "        '/sponsor_id: refers to an object that does not exist'"
    "   FROM import_objects s"
    "  WHERE s.line BETWEEN $1 AND $2 AND s.sponsor_id IS NOT NULL"
    "    AND NOT EXISTS (SELECT FROM people p WHERE p.id = s.sponsor_id"
    "                                           AND p.deleted_at IS NULL)"
    "    AND NOT EXISTS (SELECT FROM bills b"
    "                     WHERE (" KEY("b.") ") = (" KEY("s.") ")"
    "                       AND b.sponsor_id = s.sponsor_id"
    "                       AND b.deleted_at IS NULL)"
    " UNION ALL"
    " SELECT s.line, 0, 'forbidden', 'you may not change this bill'"
    "   FROM import_objects s CROSS JOIN LATERAL ("
    "        SELECT b.* FROM bills b"
    "         WHERE (" KEY("b.") ") = (" KEY("s.") ")"
    "           AND b.deleted_at IS NULL LIMIT 1) b"
    "  WHERE s.line BETWEEN $1 AND $2 AND NOT (SELECT may('bills:update'))"
    "    AND NOT may_own('bills', b.created_by, 'update')"
    "    AND (" COLUMNS("b.") ") IS DISTINCT FROM (" COLUMNS("s.") ")"
    "), gone AS ("
    " DELETE FROM import_objects s USING bad WHERE s.line = bad.line"
    ")"
    "SELECT line, (array_agg(code ORDER BY place))[1],"
    "       string_agg(detail, '; ' ORDER BY place)"
    "  FROM bad GROUP BY line ORDER BY line";

static const char supersede[] =
    "DELETE FROM import_objects s WHERE EXISTS ("
    " SELECT FROM import_objects later"
    "  WHERE (" KEY("later.") ") = (" KEY("s.") ") AND later.line > s.line)";

/* LIMIT keeps the planner from any other way than a look for each line. */
static const char know[] =
    "INSERT INTO import_known"
    " SELECT s.line, known.id"
    "   FROM import_objects s CROSS JOIN LATERAL ("
    "        SELECT b.id FROM bills b"
    "         WHERE (" KEY("b.") ") = (" KEY("s.") ")"
    "           AND b.deleted_at IS NULL LIMIT 1) known"
    "  WHERE s.line BETWEEN $1 AND $2";

static const char update[] =
    "WITH changed AS ("
    " UPDATE bills b SET (" COLUMNS("") ") = ROW(" COLUMNS("s.") ")"
    "   FROM import_objects s JOIN import_known k ON k.line = s.line"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND b.id = k.id AND b.deleted_at IS NULL"
    "    AND (" COLUMNS("b.") ") IS DISTINCT FROM (" COLUMNS("s.") ")"
    " RETURNING 1)"
    "SELECT 0, count(*) FROM changed";

/* A bill that somebody made since we looked is updated all the same. */
static const char insert[] =
    "WITH made AS ("
    " INSERT INTO bills (" KEY("") ", " COLUMNS("") ", created_by)"
    " SELECT " KEY("s.") ", " COLUMNS("s.") ","
    "        nullif(current_setting('app.user_id', true), '')::uuid"
    "   FROM import_objects s"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND NOT EXISTS (SELECT FROM import_known k WHERE k.line = s.line)"
    "  ORDER BY s.line"
    " ON CONFLICT (session, type, number) WHERE deleted_at IS NULL"
    " DO UPDATE SET (" COLUMNS("") ") = ROW(" COLUMNS("excluded.") ")"
    " RETURNING xmax = 0 AS new)"
    STAGED_COUNT_MADE;

/* clang-format on */

#define STEP(n, sql_)                                                     \
    {                                                                     \
        .statement = {.name = (n), .sql = (sql_), .collection = "bills" } \
    }
#define WHOLE_STEP(n, sql_)                                                 \
    {                                                                       \
        .statement = { .name = (n), .sql = (sql_), .collection = "bills" }, \
        .whole = true                                                       \
    }

static const struct merge_step steps[] = {
    STEP("import_objects_know", know),
    WHOLE_STEP("import_objects_analyze", "ANALYZE import_known"),
    STEP("import_objects_update", update),
    STEP("import_objects_insert", insert),
    WHOLE_STEP("import_objects_empty", "TRUNCATE import_known"),
    { .statement = { .sql = NULL } },
};

const struct staging_kind staged_bill_objects = {
    .name = "bills",
    .begin = begin,
    .ready = ready,
    .copies = { "COPY import_objects FROM STDIN" },
    .check = { .name = "import_objects_check", .sql = check },
    .supersede = { .name = "import_objects_supersede", .sql = supersede },
    .steps = steps,
};
