-- What may be done to committees; everybody may read them. Like all seeds it
-- may be run again: what an administrator took away since stays away.
WITH wanted (key, description) AS (VALUES
    ('committees:read', 'read committees'),
    ('committees:create', 'create committees'),
    ('committees:update', 'change committees'),
    ('committees:delete', 'delete committees'),
    ('committees:restore', 'see and restore deleted committees'),
    ('committees:purge', 'remove committees for good')
), made AS (
    INSERT INTO permissions (key, description)
    SELECT key, description
      FROM wanted
     WHERE NOT EXISTS (SELECT FROM permissions AS p WHERE p.key = wanted.key)
        ON CONFLICT (key) WHERE deleted_at IS NULL DO NOTHING
    RETURNING id, key
)
INSERT INTO role_permissions (role_id, permission_id)
SELECT roles.id, made.id
  FROM made
  JOIN roles ON roles.key = 'anonymous' AND roles.deleted_at IS NULL
 WHERE made.key = 'committees:read';
