-- One that an administrator had installed before us stays.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension
                WHERE extname = 'pg_trgm' AND pg_has_role(extowner, 'USAGE')) THEN
        DROP EXTENSION pg_trgm;
    END IF;
END
$$;
