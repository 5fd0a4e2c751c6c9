-- The service connects as portcullis_service, which owns nothing. Making roles
-- is a superuser's work, so this only looks and says what to do.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portcullis_service') THEN
        RAISE undefined_object USING MESSAGE =
            'role portcullis_service is missing: create it with `portcullis setup`';
    END IF;
END
$$;

-- A stranger's object in public could shadow ours. From PostgreSQL 15 on this
-- is the default; databases upgraded from older servers still grant it. The
-- way back does not hand it out again. Who may not revoke it is not stopped.
DO $$
BEGIN
    IF has_schema_privilege('public', 'CREATE WITH GRANT OPTION') THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO portcullis_service;
