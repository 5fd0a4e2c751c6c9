CALL unprotect('api_keys', 'user_permissions', 'user_roles', 'users');
DROP TRIGGER users_own_members ON users;
