DROP TABLE committees;
DROP FUNCTION committees_audit();
DROP FUNCTION committees_parent_id_lives();
