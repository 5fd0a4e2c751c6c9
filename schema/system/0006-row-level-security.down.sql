DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits
                 WHERE inhparent = 'audit'::regclass LOOP
        CALL unprotect(part);
    END LOOP;
    CALL unprotect('audit', 'idempotency_keys');
    IF to_regclass('schema_migrations') IS NOT NULL THEN
        CALL unprotect('schema_migrations');
    END IF;
END
$$;
DROP PROCEDURE protect_partition(regclass);
DROP PROCEDURE unprotect(regclass[]);
DROP PROCEDURE protect_link(regclass, text, text);
DROP PROCEDURE protect_resource(regclass, text, text, text[], text[]);
DROP FUNCTION trigger_condition(text, text, text[]);
DROP FUNCTION policy_condition(text, text, text[], text[]);
DROP FUNCTION own_condition(text, text, text[]);
DROP FUNCTION permission_list(text, text[], text[]);
DROP FUNCTION not_permitted();
DROP FUNCTION seen_otherwise(text, uuid, timestamptz, timestamptz);
DROP FUNCTION may_own(text, uuid, text[]);
DROP FUNCTION acting_user();
DROP FUNCTION may(text[]);

-- Makes partitions as it did before.
CREATE OR REPLACE FUNCTION audit_make_partitions(months integer) RETURNS integer
    LANGUAGE plpgsql
AS $$
DECLARE
    this_month constant timestamp :=
        date_trunc('month', now() AT TIME ZONE 'UTC');
    lower_end timestamptz;
    upper_end timestamptz;
    part text;
    made integer := 0;
BEGIN
    FOR i IN 0..months LOOP
        lower_end := (this_month + make_interval(months => i))
                     AT TIME ZONE 'UTC';
        upper_end := (this_month + make_interval(months => i + 1))
                     AT TIME ZONE 'UTC';
        part := to_char(lower_end AT TIME ZONE 'UTC', '"audit_"YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;

        EXECUTE format(
            'CREATE TABLE public.%I (LIKE public.audit INCLUDING DEFAULTS
                                     INCLUDING CONSTRAINTS)', part);
        EXECUTE format(
            'WITH moved AS (DELETE FROM public.audit_default
                             WHERE at >= %L AND at < %L RETURNING *)
             INSERT INTO public.%I SELECT * FROM moved',
            lower_end, upper_end, part);
        EXECUTE format(
            'ALTER TABLE public.audit ATTACH PARTITION public.%I
                FOR VALUES FROM (%L) TO (%L)', part, lower_end, upper_end);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
