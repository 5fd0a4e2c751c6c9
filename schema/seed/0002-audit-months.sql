-- The audit log's partitions are made ahead; whoever runs the seeds once a year
-- or more often need not think of them.
SELECT audit_make_partitions(12);
