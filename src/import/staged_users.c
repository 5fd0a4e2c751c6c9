/* SPDX-License-Identifier: MIT */
#include "import/import_kind.h"
#include "import/staged_sql.h"

/* clang-format off */

#define COLUMNS(p) p "display_name, " p "status, " p "profile"

static const char begin[] =
    STAGED_SETTINGS
    "CREATE TEMP TABLE import_users ("
    " line bigint, email text, display_name text, status text COLLATE \"C\","
    " profile jsonb, role text COLLATE \"C\") ON COMMIT DROP";

static const char ready[] =
    STAGED_LOCK("users, user_roles")
    "CREATE INDEX ON import_users USING brin (line);"
    "ANALYZE import_users";

static const char supersede[] =
    "DELETE FROM import_users s WHERE EXISTS ("
    " SELECT FROM import_users later"
    "  WHERE lower(later.email) = lower(s.email) AND later.line > s.line)";

static const char update[] =
    "WITH changed AS ("
    " UPDATE users u SET (" COLUMNS("") ") = ROW(" COLUMNS("s.") ")"
    "   FROM import_users s"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND lower(u.email) = lower(s.email) AND u.deleted_at IS NULL"
    "    AND (" COLUMNS("u.") ") IS DISTINCT FROM (" COLUMNS("s.") ")"
    " RETURNING 1)"
    "SELECT 0, count(*) FROM changed";

static const char insert[] =
    "WITH made AS ("
    " INSERT INTO users (email, " COLUMNS("") ")"
    " SELECT s.email, " COLUMNS("s.")
    "   FROM import_users s"
    "  WHERE s.line BETWEEN $1 AND $2"
    "    AND NOT EXISTS (SELECT FROM users u"
    "                     WHERE lower(u.email) = lower(s.email)"
    "                       AND u.deleted_at IS NULL)"
    "  ORDER BY s.line"
    " ON CONFLICT (lower(email)) WHERE deleted_at IS NULL"
    " DO UPDATE SET (" COLUMNS("") ") = ROW(" COLUMNS("excluded.") ")"
    " RETURNING xmax = 0 AS new)"
    STAGED_COUNT_MADE;

static const char grant[] =
    "INSERT INTO user_roles (user_id, role_id)"
    " SELECT u.id, r.id"
    "   FROM import_users s"
    "   JOIN users u ON lower(u.email) = lower(s.email)"
    "               AND u.deleted_at IS NULL"
    "   JOIN roles r ON r.key = s.role AND r.deleted_at IS NULL"
    "  WHERE s.line BETWEEN $1 AND $2"
    " ON CONFLICT DO NOTHING";

/* clang-format on */

static const struct merge_step steps[] = {
    { .statement = { .name = "import_users_update",
                     .sql = update,
                     .collection = "users" } },
    { .statement = { .name = "import_users_insert",
                     .sql = insert,
                     .collection = "users" } },
    { .statement = { .name = "import_users_grant",
                     .sql = grant,
                     .collection = "user_roles" } },
    { .statement = { .sql = NULL } },
};

const struct staging_kind staged_users = {
    .name = "users",
    .begin = begin,
    .ready = ready,
    .done = "ANALYZE users, user_roles",
    .copies = { "COPY import_users FROM STDIN" },
    .supersede = { .name = "import_users_supersede", .sql = supersede },
    .steps = steps,
};
