DROP TABLE user_permissions;
DROP TABLE user_roles;
