DROP TABLE committees;
DROP FUNCTION committees_audit();
