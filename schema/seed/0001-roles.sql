-- The permissions and roles that every installation starts with. Run it as
-- often as you like: what is there stays as it is, also what an administrator
-- changed or deleted since. A seeded role gets its parents and permissions when
-- it is made, never again: what was taken from it stays taken.

WITH wanted (key, description) AS (VALUES
    ('*:*', 'everything'),
    ('users:read', 'read users'),
    ('users:read:own', 'read one''s own user'),
    ('users:create', 'create users'),
    ('users:update', 'change users'),
    ('users:update:own', 'change one''s own display name and profile'),
    ('users:delete', 'delete users'),
    ('users:restore', 'see and restore deleted users'),
    ('users:purge', 'remove users for good'),
    ('roles:read', 'read roles'),
    ('roles:create', 'create roles'),
    ('roles:update', 'change roles, their parents and permissions'),
    ('roles:delete', 'delete roles'),
    ('roles:restore', 'see and restore deleted roles'),
    ('roles:purge', 'remove roles for good'),
    ('roles:grant', 'grant roles and permissions to users'),
    ('permissions:read', 'read permissions'),
    ('permissions:create', 'create permissions'),
    ('permissions:update', 'change permissions'),
    ('permissions:delete', 'delete permissions'),
    ('permissions:restore', 'see and restore deleted permissions'),
    ('permissions:purge', 'remove permissions for good'),
    ('people:read', 'read people'),
    ('people:create', 'create people'),
    ('people:update', 'change people'),
    ('people:delete', 'delete people'),
    ('people:restore', 'see and restore deleted people'),
    ('people:purge', 'remove people for good'),
    ('bills:read', 'read bills'),
    ('bills:create', 'create and import bills'),
    ('bills:update', 'change bills'),
    ('bills:update:own', 'change bills one created'),
    ('bills:delete', 'delete bills'),
    ('bills:delete:own', 'delete bills one created'),
    ('bills:restore', 'see and restore deleted bills'),
    ('bills:purge', 'remove bills for good'),
    ('api-keys:read', 'read the API keys of others'),
    ('api-keys:create', 'create API keys for others'),
    ('api-keys:delete', 'revoke the API keys of others'),
    ('audit:read', 'read the audit log'),
    ('authz:check', 'ask what others may'),
    ('ops:metrics', 'read metrics')
)
INSERT INTO permissions (key, description)
SELECT key, description
  FROM wanted
 WHERE NOT EXISTS (SELECT FROM permissions AS p WHERE p.key = wanted.key)
    ON CONFLICT (key) WHERE deleted_at IS NULL DO NOTHING;

WITH wanted (key, name, description) AS (VALUES
    ('anonymous', 'Anonymous', 'every caller, signed in or not'),
    ('viewer', 'Viewer', 'reads, and keeps their own profile'),
    ('editor', 'Editor', 'writes bills'),
    ('admin', 'Administrator', 'may do everything'),
    ('auditor', 'Auditor', 'reads the audit log')
), parent (key, parent_key) AS (VALUES
    ('viewer', 'anonymous'),
    ('editor', 'viewer'),
    ('admin', 'editor')
), granted (key, permission_key) AS (VALUES
    ('anonymous', 'bills:read'),
    ('anonymous', 'people:read'),
    ('viewer', 'users:read:own'),
    ('viewer', 'users:update:own'),
    ('editor', 'bills:create'),
    ('editor', 'bills:update'),
    ('editor', 'bills:delete'),
    ('admin', '*:*'),
    ('auditor', 'audit:read')
), made AS (
    INSERT INTO roles (key, name, description, system)
    SELECT key, name, description, true
      FROM wanted
     WHERE NOT EXISTS (SELECT FROM roles AS r
                        WHERE r.key = wanted.key AND r.deleted_at IS NULL)
        ON CONFLICT (key) WHERE deleted_at IS NULL DO NOTHING
    RETURNING id, key
), role (id, key) AS (
    SELECT id, key FROM made
    UNION ALL
    SELECT id, key FROM roles WHERE deleted_at IS NULL
), inherits AS (
    INSERT INTO role_parents (role_id, parent_id)
    SELECT made.id, role.id
      FROM made
      JOIN parent USING (key)
      JOIN role ON role.key = parent.parent_key
)
INSERT INTO role_permissions (role_id, permission_id)
SELECT made.id, permissions.id
  FROM made
  JOIN granted USING (key)
  JOIN permissions ON permissions.key = granted.permission_key
                  AND permissions.deleted_at IS NULL;
