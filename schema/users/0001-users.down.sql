DROP INDEX roles_created_by_idx;
ALTER TABLE roles DROP CONSTRAINT roles_created_by_fkey;
DROP INDEX permissions_created_by_idx;
ALTER TABLE permissions DROP CONSTRAINT permissions_created_by_fkey;
DROP TABLE users;
