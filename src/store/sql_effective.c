/* SPDX-License-Identifier: MIT */
#include "store/sql_effective.h"

/*
 * Chains can be many more than roles: n roles, each with two parents that both
 * have the next one, have 2^n of them. A LIMIT around the recursion ends it.
 *
 * A permission is denied by one that covers it: the same or `*` as resource
 * and as action, and not only for one's own where it is for any.
 */
const struct statement sql_effective = {
    .name = "effective_permissions",
    .collection = "user_roles",
    .sql =
        "WITH RECURSIVE held (role_id, chain) AS ("
        "(SELECT r.id, ARRAY[r.key] FROM user_roles AS g"
        " JOIN roles AS r ON r.id = g.role_id AND r.deleted_at IS NULL"
        " WHERE g.user_id = $1::uuid"
        " AND (g.expires_at IS NULL OR g.expires_at > now())"
        " UNION SELECT id, ARRAY[key] FROM roles"
        " WHERE key = 'anonymous' AND deleted_at IS NULL)"
        " UNION ALL SELECT r.id, held.chain || r.key FROM held"
        " JOIN role_parents AS p ON p.role_id = held.role_id"
        " JOIN roles AS r ON r.id = p.parent_id AND r.deleted_at IS NULL"
        " WHERE r.key <> ALL (held.chain)"
        "), chains AS MATERIALIZED (SELECT * FROM held LIMIT $2::bigint"
        "), direct AS (SELECT g.permission_id, g.effect"
        " FROM user_permissions AS g WHERE g.user_id = $1::uuid"
        " AND (g.expires_at IS NULL OR g.expires_at > now())"
        "), denied AS (SELECT k.resource, k.action, k.scope FROM direct"
        " JOIN permissions AS k ON k.id = direct.permission_id"
        " WHERE direct.effect = 'deny' AND k.deleted_at IS NULL"
        "), ways AS (SELECT x.permission_id, chains.chain FROM chains"
        " JOIN role_permissions AS x ON x.role_id = chains.role_id"
        " UNION ALL SELECT permission_id, '{}' FROM direct"
        "), rights AS (SELECT k.key, CASE WHEN EXISTS (SELECT FROM denied AS d"
        " WHERE d.resource IN ('*', k.resource) AND d.action IN ('*', k.action)"
        " AND d.scope IN ('any', k.scope)) THEN 'deny' ELSE 'allow' END"
        " AS effect, '[' || string_agg(array_to_json(w.chain)::text, ','"
        " ORDER BY w.chain) || ']' AS via FROM ways AS w"
        " JOIN permissions AS k ON k.id = w.permission_id"
        " AND k.deleted_at IS NULL GROUP BY k.id)"
        " SELECT (SELECT count(*) FROM chains), rights.*"
        " FROM (SELECT FROM users WHERE id = $1::uuid AND deleted_at IS NULL)"
        " AS u LEFT JOIN rights ON true ORDER BY rights.key",
};
