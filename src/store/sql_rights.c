/* SPDX-License-Identifier: MIT */
#include "store/sql_rights.h"

/*
 * Roles are followed as often as they are reached with another end: a role, or
 * a cycle of them, that leads back to itself adds nothing, and so ends it. A
 * grant lasts as long as what gave the user the role.
 *
 * All of it is one snapshot, the generation too, which the transactions that
 * change rights move themselves: what is seen is what is of that generation.
 */
const struct statement sql_rights = {
    .name = "rights",
    .collection = "user_roles",
    .sql =
        "WITH RECURSIVE who AS MATERIALIZED (SELECT id, status FROM ("
        "SELECT id, status, 1 AS choice FROM users"
        " WHERE id = $1::uuid AND deleted_at IS NULL"
        " UNION ALL SELECT id, status, 2 FROM users"
        " WHERE external_id = $2::text AND deleted_at IS NULL"
        " UNION ALL SELECT id, status, 3 FROM users"
        " WHERE lower(email) = lower($3::text) AND deleted_at IS NULL"
        ") AS u ORDER BY choice LIMIT 1"
        "), held (role_id, ends_at) AS ("
        "(SELECT g.role_id, g.expires_at FROM who"
        " JOIN user_roles AS g ON g.user_id = who.id"
        " JOIN roles AS r ON r.id = g.role_id AND r.deleted_at IS NULL"
        " WHERE g.expires_at IS NULL OR g.expires_at > now()"
        " UNION SELECT id, NULL FROM roles"
        " WHERE key = 'anonymous' AND deleted_at IS NULL)"
        " UNION SELECT r.id, held.ends_at FROM held"
        " JOIN role_parents AS p ON p.role_id = held.role_id"
        " JOIN roles AS r ON r.id = p.parent_id AND r.deleted_at IS NULL"
        "), granted AS (SELECT x.permission_id, 'allow' AS effect, held.ends_at"
        " FROM held JOIN role_permissions AS x ON x.role_id = held.role_id"
        " UNION SELECT g.permission_id, g.effect, g.expires_at FROM who"
        " JOIN user_permissions AS g ON g.user_id = who.id"
        " WHERE g.expires_at IS NULL OR g.expires_at > now()"
        "), rights AS (SELECT k.key, granted.effect, granted.ends_at"
        " FROM granted JOIN permissions AS k"
        " ON k.id = granted.permission_id AND k.deleted_at IS NULL)"
        " SELECT c.rights, who.id, who.status, g.key, g.effect = 'deny',"
        " floor(extract(epoch FROM g.ends_at - clock_timestamp()) * 1000000)"
        "::bigint FROM cache_control AS c"
        " LEFT JOIN who ON true LEFT JOIN rights AS g ON true"
        " LIMIT $4::bigint",
};
