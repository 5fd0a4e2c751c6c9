DROP TABLE role_parents;
DROP TABLE role_permissions;
DROP TABLE roles;
