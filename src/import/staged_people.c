/* SPDX-License-Identifier: MIT */
#include "import/import_kind.h"
#include "import/staged_sql.h"

/* clang-format off */

/* All but the key, each with a prefix. */
#define COLUMNS(p)                                                \
    p "full_name, " p "given_name, " p "family_name, "            \
    p "party, " p "state, " p "chamber, " p "district, " p "current"

static const char begin[] =
    STAGED_SETTINGS
    "CREATE TEMP TABLE import_people ("
    " line bigint, bioguide text COLLATE \"C\", full_name text,"
    " given_name text, family_name text, party text COLLATE \"C\","
    " state text COLLATE \"C\", chamber text COLLATE \"C\","
    " district integer, current boolean) ON COMMIT DROP";

static const char ready[] =
    STAGED_LOCK("people")
    "UPDATE import_people SET district = nullif(district, -1),"
    "                         current = coalesce(current, false)"
    " WHERE district = -1 OR current IS NULL;"
    "CREATE INDEX ON import_people USING brin (line);"
    "ANALYZE import_people";

static const char supersede[] =
    "DELETE FROM import_people s WHERE EXISTS ("
    " SELECT FROM import_people later"
    "  WHERE later.bioguide = s.bioguide AND later.line > s.line)";

static const char update[] =
    "WITH changed AS ("
    " UPDATE people p SET (" COLUMNS("") ") = ROW(" COLUMNS("s.") ")"
    "   FROM import_people s"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND p.bioguide = s.bioguide AND p.deleted_at IS NULL"
    "    AND (" COLUMNS("p.") ") IS DISTINCT FROM (" COLUMNS("s.") ")"
    " RETURNING 1)"
    "SELECT 0, count(*) FROM changed";

static const char insert[] =
    "WITH made AS ("
    " INSERT INTO people (bioguide, " COLUMNS("") ")"
    " SELECT s.bioguide, " COLUMNS("s.")
    "   FROM import_people s"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND NOT EXISTS (SELECT FROM people p WHERE p.bioguide = s.bioguide"
    "                                           AND p.deleted_at IS NULL)"
    "  ORDER BY s.line"
    " ON CONFLICT (bioguide) WHERE deleted_at IS NULL"
    " DO UPDATE SET (" COLUMNS("") ") = ROW(" COLUMNS("excluded.") ")"
    " RETURNING xmax = 0 AS new)"
    STAGED_COUNT_MADE;

/* clang-format on */

static const struct merge_step steps[] = {
    { .statement = { .name = "import_people_update",
                     .sql = update,
                     .collection = "people" } },
    { .statement = { .name = "import_people_insert",
                     .sql = insert,
                     .collection = "people" } },
    { .statement = { .sql = NULL } },
};

const struct staging_kind staged_people = {
    .name = "people",
    .begin = begin,
    .ready = ready,
    .done = "ANALYZE people",
    .copies = { "COPY import_people FROM STDIN" },
    .supersede = { .name = "import_people_supersede", .sql = supersede },
    .steps = steps,
};
