-- The column goes with users/0007.
SELECT audit_watch('api_keys', 'api-keys', '{}', '{secret_hash,last_used_at}');
