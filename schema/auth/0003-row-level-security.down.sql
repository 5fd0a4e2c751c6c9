CALL unprotect('role_parents', 'role_permissions', 'roles', 'permissions');
