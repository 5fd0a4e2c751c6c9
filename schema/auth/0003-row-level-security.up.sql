-- What roles are made of is seen by whoever sees what users may.
CALL protect_resource('permissions', 'permissions',
    seen_with => '{roles:read,roles:create,roles:delete,users:read,users:read:own}',
    held_with => '{roles:update,roles:grant}');
CALL protect_resource('roles', 'roles',
    seen_with => '{permissions:read,users:read,users:read:own}',
    held_with => '{roles:grant}');

CALL protect_link('role_permissions',
    seen => $$(SELECT may('roles:read', 'roles:update', 'roles:grant',
                          'permissions:read', 'users:read', 'users:read:own',
                          'authz:check'))$$,
    changed => $$(SELECT may('roles:update'))$$);
CALL protect_link('role_parents',
    seen => $$(SELECT may('roles:read', 'roles:update', 'roles:grant',
                          'permissions:read', 'users:read', 'users:read:own',
                          'authz:check'))$$,
    changed => $$(SELECT may('roles:update'))$$);
