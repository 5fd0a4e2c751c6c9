/* SPDX-License-Identifier: MIT */
#include "import/bill_columns.h"
#include "import/import_kind.h"
#include "import/staged_sql.h"

/* clang-format off */

#define ACTION_COLUMNS(p) \
    p "acted_on, " p "acted_at, " p "type, " p "code, " p "text, " p "source"

static const char begin[] =
    STAGED_SETTINGS
    "CREATE TEMP TABLE import_bills ("
    " line bigint, session text COLLATE \"C\", type text COLLATE \"C\","
    " number integer, chamber text COLLATE \"C\", title text,"
    " short_title text, official_title text, summary text,"
    " status text COLLATE \"C\", sponsor text COLLATE \"C\","
    " policy_area text COLLATE \"C\", subjects text[], introduced_on date,"
    " latest_action_on date, latest_action text, url text COLLATE \"C\")"
    " ON COMMIT DROP;"
    "CREATE TEMP TABLE import_actions ("
    " line bigint, seq integer, acted_on date, acted_at time,"
    " type text COLLATE \"C\", code text COLLATE \"C\", text text,"
    " source text COLLATE \"C\") ON COMMIT DROP;"
    "CREATE TEMP TABLE import_cosponsors ("
    " line bigint, place integer, bioguide text COLLATE \"C\")"
    " ON COMMIT DROP;"
    /* of a slice: the bills that are there, those that get a new history */
    "CREATE TEMP TABLE import_known (line bigint, id uuid) ON COMMIT DROP;"
    "CREATE TEMP TABLE import_touched ("
    " line bigint, bill_id uuid, new boolean, actions boolean,"
    " cosponsors boolean) ON COMMIT DROP";

static const char ready[] =
    STAGED_LOCK("bills, bill_actions, bill_cosponsors")
    "CREATE INDEX ON import_bills USING brin (line);"
    "CREATE INDEX ON import_actions USING brin (line);"
    "CREATE INDEX ON import_cosponsors USING brin (line);"
    "ANALYZE import_bills, import_actions, import_cosponsors";

/* Places count from 0, as in a JSON pointer. */
static const char check[] =
    "WITH bad AS ("
    " SELECT s.line, -2 AS place, 'not_allowed' AS code,"
    "        '/type: there are no bills of the type ' || quote_literal(s.type)"
    "            AS detail"
    "   FROM import_bills s"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND NOT EXISTS (SELECT FROM bill_types t WHERE t.type = s.type)"
    " UNION ALL"
    " SELECT s.line, -1, 'unknown_reference',"
    "        '/sponsor_bioguide: there is no person '"
    "            || quote_literal(s.sponsor)"
    "   FROM import_bills s"
    "  WHERE s.line BETWEEN $1 AND $2 AND s.sponsor IS NOT NULL"
    "    AND NOT EXISTS (SELECT FROM people p WHERE p.bioguide = s.sponsor"
    "                                           AND p.deleted_at IS NULL)"
    " UNION ALL"
    " SELECT s.line, s.place, 'unknown_reference',"
    "        format('/cosponsor_bioguides/%s: there is no person %L', s.place,"
    "               s.bioguide)"
    "   FROM import_cosponsors s"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND NOT EXISTS (SELECT FROM people p WHERE p.bioguide = s.bioguide"
    "                                           AND p.deleted_at IS NULL)"
    "), gone AS ("
    " DELETE FROM import_bills s USING bad WHERE s.line = bad.line"
    ")"
    "SELECT line, (array_agg(code ORDER BY place))[1],"
    "       array_to_string((array_agg(detail ORDER BY place))[1:3], '; ')"
    "           || CASE WHEN count(*) > 3"
    "                   THEN format('; and %s more', count(*) - 3)"
    "                   ELSE '' END"
    "  FROM bad GROUP BY line ORDER BY line";

static const char supersede[] =
    "DELETE FROM import_bills s WHERE EXISTS ("
    " SELECT FROM import_bills later"
    "  WHERE (" KEY("later.") ") = (" KEY("s.") ") AND later.line > s.line)";

/* LIMIT keeps the planner from any other way than a look for each line. */
static const char know[] =
    "INSERT INTO import_known"
    " SELECT s.line, known.id"
    "   FROM import_bills s CROSS JOIN LATERAL ("
    "        SELECT b.id FROM bills b"
    "         WHERE (" KEY("b.") ") = (" KEY("s.") ")"
    "           AND b.deleted_at IS NULL LIMIT 1) known"
    "  WHERE s.line BETWEEN $1 AND $2";

/* An outer join finds what is missing on either side, or is not the same. */
static const char compare[] =
    "WITH acted AS ("
    " SELECT coalesce(n.bill_id, o.bill_id) AS bill_id"
    "   FROM (SELECT k.id AS bill_id, s.seq, s.acted_on, s.acted_at, s.type,"
    "                s.code, coalesce(s.text, '') AS text, s.source"
    "           FROM import_known k JOIN import_actions s ON s.line = k.line"
    "          WHERE s.line BETWEEN $1 AND $2) n"
    "   FULL JOIN (SELECT a.bill_id, a.seq, " ACTION_COLUMNS("a.")
    "                FROM import_known k"
    "                JOIN bill_actions a ON a.bill_id = k.id) o"
    "     ON o.bill_id = n.bill_id AND o.seq = n.seq"
    "  WHERE (" ACTION_COLUMNS("n.") ")"
    "        IS DISTINCT FROM (" ACTION_COLUMNS("o.") ")"
    "), backed AS ("
    " SELECT coalesce(n.bill_id, o.bill_id) AS bill_id"
    "   FROM (SELECT DISTINCT k.id AS bill_id, p.id AS person_id"
    "           FROM import_known k JOIN import_cosponsors s ON s.line = k.line"
    "           JOIN people p ON p.bioguide = s.bioguide"
    "                        AND p.deleted_at IS NULL"
    "          WHERE s.line BETWEEN $1 AND $2) n"
    "   FULL JOIN (SELECT c.bill_id, c.person_id"
    "                FROM import_known k"
    "                JOIN bill_cosponsors c ON c.bill_id = k.id) o"
    "     ON o.bill_id = n.bill_id AND o.person_id = n.person_id"
    "  WHERE n.bill_id IS NULL OR o.bill_id IS NULL"
    ")"
    "INSERT INTO import_touched"
    " SELECT k.line, k.id, false, k.id IN (SELECT bill_id FROM acted),"
    "        k.id IN (SELECT bill_id FROM backed)"
    "   FROM import_known k"
    "  WHERE k.id IN (SELECT bill_id FROM acted)"
    "     OR k.id IN (SELECT bill_id FROM backed)";

/* A slice as the table wants it. */
#define SOURCE                                                        \
    "(SELECT i.line, i.session, i.type, i.number, i.chamber,"         \
    "        i.title, i.short_title, i.official_title, i.summary,"    \
    "        coalesce(i.status, 'introduced') AS status,"             \
    "        p.id AS sponsor_id, i.policy_area,"                      \
    "        coalesce(i.subjects, '{}') AS subjects,"                 \
    "        i.introduced_on, i.latest_action_on, i.latest_action,"   \
    "        i.url"                                                   \
    "   FROM import_bills i"                                          \
    "   LEFT JOIN people p ON p.bioguide = i.sponsor"                 \
    "                     AND p.deleted_at IS NULL"                   \
    "  WHERE i.line BETWEEN $1 AND $2) AS s"

/*
 * What a bill's history says is part of the bill to those who read it: another
 * history is another version. The row is locked before the history is touched.
 */
static const char update[] =
    "WITH changed AS ("
    " UPDATE bills b SET (" COLUMNS("") ", version) ="
    "   ROW(" COLUMNS("s.") ","
    "       CASE WHEN t.line IS NULL THEN b.version ELSE 0 END)"
    "   FROM " SOURCE " JOIN import_known k ON k.line = s.line"
    "   LEFT JOIN import_touched t ON t.line = s.line"
    "  WHERE b.id = k.id AND b.deleted_at IS NULL"
    "    AND (t.line IS NOT NULL"
    "         OR (" COLUMNS("b.") ") IS DISTINCT FROM (" COLUMNS("s.") "))"
    " RETURNING 1)"
    "SELECT 0, count(*) FROM changed";

static const char insert[] =
    "WITH made AS ("
    " INSERT INTO bills (" KEY("") ", " COLUMNS("") ")"
    " SELECT " KEY("s.") ", " COLUMNS("s.")
    "   FROM " SOURCE
    "  WHERE NOT EXISTS (SELECT FROM import_known k WHERE k.line = s.line)"
    "  ORDER BY s.line"
    " ON CONFLICT (session, type, number) WHERE deleted_at IS NULL"
    " DO UPDATE SET (" COLUMNS("") ", version) ="
    "   ROW(" COLUMNS("excluded.") ", 0)"
    " RETURNING id, " KEY("") ", xmax = 0 AS new"
    "), noted AS ("
    " INSERT INTO import_touched"
    " SELECT s.line, made.id, made.new, true, true"
    "   FROM made"
    "   JOIN import_bills s ON (" KEY("made.") ") = (" KEY("s.") ")"
    "  WHERE s.line BETWEEN $1 AND $2"
    ")"
    STAGED_COUNT_MADE;

static const char forget_actions[] =
    "DELETE FROM bill_actions a USING import_touched t"
    " WHERE a.bill_id = t.bill_id AND t.actions AND NOT t.new";

static const char put_actions[] =
    "INSERT INTO bill_actions (bill_id, seq, " ACTION_COLUMNS("") ")"
    " SELECT t.bill_id, s.seq, s.acted_on, s.acted_at, s.type, s.code,"
    "        coalesce(s.text, ''), s.source"
    "   FROM import_touched t JOIN import_actions s ON s.line = t.line"
    "  WHERE t.actions AND s.line BETWEEN $1 AND $2"
    "  ORDER BY s.line, s.seq";

static const char forget_cosponsors[] =
    "DELETE FROM bill_cosponsors c USING import_touched t"
    " WHERE c.bill_id = t.bill_id AND t.cosponsors AND NOT t.new";

static const char put_cosponsors[] =
    "INSERT INTO bill_cosponsors (bill_id, person_id)"
    " SELECT DISTINCT t.bill_id, p.id"
    "   FROM import_touched t JOIN import_cosponsors s ON s.line = t.line"
    "   JOIN people p ON p.bioguide = s.bioguide AND p.deleted_at IS NULL"
    "  WHERE t.cosponsors AND s.line BETWEEN $1 AND $2"
    "  ORDER BY t.bill_id, p.id"; /* as the index wants them */

#define STEP(n, sql_, table, ...) \
    { .statement = { .name = (n), .sql = (sql_), .collection = (table) }, \
      __VA_ARGS__ }

static const struct merge_step steps[] = {
    STEP("import_known_insert", know, "bills"),
    STEP("import_known_analyze", "ANALYZE import_known", "bills",
         .whole = true),
    STEP("import_bills_compare", compare, "bills"),
    STEP("import_bills_update", update, "bills"),
    STEP("import_bills_insert", insert, "bills"),
    STEP("import_touched_analyze", "ANALYZE import_touched", "bills",
         .whole = true),
    STEP("import_actions_delete", forget_actions, "bill_actions",
         .whole = true),
    STEP("import_actions_insert", put_actions, "bill_actions"),
    STEP("import_cosponsors_delete", forget_cosponsors, "bill_cosponsors",
         .whole = true),
    STEP("import_cosponsors_insert", put_cosponsors, "bill_cosponsors"),
    STEP("import_slice_empty", "TRUNCATE import_known, import_touched",
         "bills", .whole = true),
    { .statement = { .sql = NULL } },
};

/* clang-format on */

const struct staging_kind staged_bills = {
    .name = "bills",
    .begin = begin,
    .ready = ready,
    .done = "ANALYZE bills, bill_actions, bill_cosponsors",
    .copies = { "COPY import_bills FROM STDIN",
                "COPY import_actions FROM STDIN",
                "COPY import_cosponsors FROM STDIN" },
    .check = { .name = "import_bills_check", .sql = check },
    .supersede = { .name = "import_bills_supersede", .sql = supersede },
    .steps = steps,
};
