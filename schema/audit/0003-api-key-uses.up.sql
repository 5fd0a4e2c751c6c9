-- The table has a column more (users/0007).
SELECT audit_watch('api_keys', 'api-keys', '{}', '{secret_hash}');
