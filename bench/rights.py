# SPDX-License-Identifier: MIT
"""Whether a caller may, asked of rights that are in memory: no server, a
program that is linked with the service's own rooms (rights.c)."""

import json
from dataclasses import dataclass

import load

# A thousand users, each with a role of twelve permissions and one denial.
USERS_SQL = """
INSERT INTO users (email, display_name)
SELECT 'bench-rights-' || i || '@example.org', 'Bench'
  FROM generate_series(1, 1000) AS i
 WHERE NOT EXISTS (SELECT FROM users WHERE email LIKE 'bench-rights-%');
INSERT INTO roles (key, name) VALUES ('bench-rights', 'Bench')
    ON CONFLICT (key) WHERE deleted_at IS NULL DO NOTHING;
INSERT INTO permissions (key)
SELECT key FROM unnest('{bills:read,bills:create,bills:update,bills:delete:own,
    people:read,people:update,users:read:own,users:update:own,roles:read,
    permissions:read,audit:*,*:restore,bills:purge}'::text[]) AS key
    ON CONFLICT (key) WHERE deleted_at IS NULL DO NOTHING;
INSERT INTO role_permissions (role_id, permission_id)
SELECT r.id, p.id FROM roles AS r, permissions AS p
 WHERE r.key = 'bench-rights' AND p.deleted_at IS NULL
   AND p.key <> '*:*' AND p.key <> 'bills:purge'
    ON CONFLICT DO NOTHING;
INSERT INTO user_roles (user_id, role_id)
SELECT u.id, r.id FROM users AS u, roles AS r
 WHERE u.email LIKE 'bench-rights-%' AND r.key = 'bench-rights'
    ON CONFLICT DO NOTHING;
INSERT INTO user_permissions (user_id, permission_id, effect)
SELECT u.id, p.id, 'deny' FROM users AS u, permissions AS p
 WHERE u.email LIKE 'bench-rights-%' AND p.key = 'bills:purge'
   AND p.deleted_at IS NULL
    ON CONFLICT DO NOTHING;
"""


@dataclass(frozen=True)
class Rights:
    def prepare(self, bench, name):
        bench.database.query(USERS_SQL, bench.database.owner_url)

    def measure(self, bench, name, connections, seconds):
        program = bench.build / "bench" / "bench_rights"
        output, used = load.drive([str(program), str(seconds)],
                                  bench.database.environment, seconds,
                                  [bench.database.pid])
        seen = json.loads(output)
        return load.sample(seen["checks_per_s"], seen["p50_us"],
                           seen["p99_us"], used)
