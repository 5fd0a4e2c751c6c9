-- Who did what to which object. Nothing here refers to another table: the
-- record outlives what it tells of. Append-only: the service may INSERT and
-- SELECT. A month is thrown away by dropping its partition.
CREATE TABLE audit (
    id uuid NOT NULL DEFAULT uuid_v7(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id uuid,
    action text COLLATE "C" NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    resource_id uuid,
    request_id text COLLATE "C",
    route text COLLATE "C",
    before jsonb,
    after jsonb,
    CONSTRAINT audit_pkey PRIMARY KEY (at, id),
    CONSTRAINT audit_action_length
        CHECK (char_length(action) BETWEEN 1 AND 100),
    CONSTRAINT audit_resource_type_length
        CHECK (char_length(resource_type) BETWEEN 1 AND 100),
    CONSTRAINT audit_request_id_length
        CHECK (char_length(request_id) BETWEEN 1 AND 64),
    CONSTRAINT audit_route_length
        CHECK (char_length(route) <= 200)
) PARTITION BY RANGE (at);

CREATE INDEX audit_actor_id_idx ON audit (actor_id, at, id);
CREATE INDEX audit_resource_id_idx ON audit (resource_id, at, id);

-- Catches what no month was made for, so that a forgotten chore never fails a
-- write.
CREATE TABLE audit_default PARTITION OF audit DEFAULT;

GRANT SELECT, INSERT ON audit TO portcullis_service;

-- Sees to it that this month and the next `months` have their partition, in
-- UTC; answers how many it made. Rows that waited in audit_default move along.
CREATE FUNCTION audit_make_partitions(months integer) RETURNS integer
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
REVOKE EXECUTE ON FUNCTION audit_make_partitions(integer) FROM PUBLIC;

SELECT audit_make_partitions(12);
