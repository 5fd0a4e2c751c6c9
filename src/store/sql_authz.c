/* SPDX-License-Identifier: MIT */
#include "store/sql_authz.h"

/*
 * From the permission to those who have it: roles that have it or inherit it,
 * and who has one of those, or the permission itself. Everybody has the role
 * `anonymous`. A right to any covers one's own, and so does a denial.
 */
const struct statement sql_authz_subjects = {
    .name = "authz_subjects",
    .collection = "user_roles",
    .sql = "WITH RECURSIVE wanted AS MATERIALIZED (SELECT id, scope"
           " FROM permissions WHERE deleted_at IS NULL"
           " AND (resource = '*' OR resource = ANY ($1::text[]))"
           " AND action IN ('*', $2::text)"
           "), granting (role_id, scope) AS ("
           "SELECT r.id, w.scope FROM wanted AS w"
           " JOIN role_permissions AS x ON x.permission_id = w.id"
           " JOIN roles AS r ON r.id = x.role_id AND r.deleted_at IS NULL"
           " UNION SELECT r.id, g.scope FROM granting AS g"
           " JOIN role_parents AS p ON p.parent_id = g.role_id"
           " JOIN roles AS r ON r.id = p.role_id AND r.deleted_at IS NULL"
           "), everybody AS (SELECT count(*) > 0 AS own,"
           " count(*) FILTER (WHERE g.scope = 'any') > 0 AS others"
           " FROM granting AS g JOIN roles AS r ON r.id = g.role_id"
           " WHERE r.key = 'anonymous'"
           "), held (user_id, scope, effect) AS ("
           "SELECT u.user_id, g.scope, 'allow' FROM granting AS g"
           " JOIN user_roles AS u ON u.role_id = g.role_id"
           " WHERE u.expires_at IS NULL OR u.expires_at > now()"
           " UNION ALL SELECT u.user_id, w.scope, u.effect FROM wanted AS w"
           " JOIN user_permissions AS u ON u.permission_id = w.id"
           " WHERE u.expires_at IS NULL OR u.expires_at > now()"
           "), summed AS (SELECT user_id,"
           " bool_or(effect = 'allow') AS own,"
           " bool_or(effect = 'allow' AND scope = 'any') AS others,"
           " bool_or(effect = 'deny') AS not_own,"
           " bool_or(effect = 'deny' AND scope = 'any') AS not_others"
           " FROM held GROUP BY user_id"
           "), may AS (SELECT u.id,"
           " (e.own OR coalesce(s.own, false))"
           " AND NOT coalesce(s.not_own, false) AS own,"
           " (e.others OR coalesce(s.others, false))"
           " AND NOT coalesce(s.not_others, false) AS others"
           " FROM users AS u CROSS JOIN everybody AS e"
           " LEFT JOIN summed AS s ON s.user_id = u.id"
           " WHERE u.deleted_at IS NULL AND u.status = 'active'"
           " AND ($5::uuid IS NULL OR u.id > $5::uuid))"
           " SELECT id FROM may WHERE CASE WHEN NOT $3::boolean THEN own AND "
           "others"
           " WHEN id = $4::uuid THEN own ELSE others END"
           " ORDER BY id LIMIT $6::bigint",
};

const struct statement sql_authz_actions = {
    .name = "authz_actions",
    .collection = "permissions",
    .sql = "SELECT DISTINCT action COLLATE \"C\" AS name FROM ("
           "SELECT action FROM permissions WHERE deleted_at IS NULL"
           " AND (resource = '*' OR resource = ANY ($1::text[]))"
           " UNION ALL SELECT unnest($2::text[])) AS x"
           " WHERE action <> '*' AND ($3::text IS NULL"
           " OR action COLLATE \"C\" > $3::text)"
           " ORDER BY 1 LIMIT $4::bigint",
};
