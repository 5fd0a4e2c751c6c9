DROP FUNCTION audit_make_partitions(integer);
DROP TABLE audit;
