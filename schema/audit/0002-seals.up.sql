-- A chain of hashes over `audit`. A sealer runs behind the writers, so that no
-- write waits for another's row: every half second it takes what was committed
-- since it last looked and links it to what it sealed before. From then on an
-- edited, removed or added row does not fit the chain any more, which
-- `portcullis audit verify` finds by computing all of it anew, in C.
--
-- What the chain cannot tell: that a row was false when it was written, and
-- that its *end* was cut off or all of it made anew by somebody who may write
-- to this table. Against that the service logs the chain's head, which verify
-- takes as --head.
--
--     row  = SHA-256 of id, at, actor_id, action, resource_type, resource_id,
--            request_id, route, before, after, xact, each as audit_part()
--     seal = SHA-256 of the lines: hash of the seal before (64 zeros before
--            the first), number, sealed_at, system, snapshot, and for each row
--            "at id digest"
--
-- Texts are UTF-8, hashes and digests lower case hexadecimal, times are in
-- microseconds since 1970, each line ends with a newline.
CREATE TABLE audit_seals (
    number bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    system bigint NOT NULL, -- the cluster that counted the transactions
    snapshot pg_snapshot NOT NULL, -- all that was over in it is sealed
    ats timestamptz[] NOT NULL,
    ids uuid[] NOT NULL,
    digests bytea[] NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_seals_pkey PRIMARY KEY (number),
    CONSTRAINT audit_seals_number_range
        CHECK (number >= 1),
    CONSTRAINT audit_seals_ids_length
        CHECK (cardinality(ids) BETWEEN 1 AND 1000
               AND cardinality(ats) = cardinality(ids)
               AND cardinality(digests) = cardinality(ids)),
    CONSTRAINT audit_seals_hash_length
        CHECK (octet_length(hash) = 32)
);
-- By which the last seal made before a transaction began is found.
CREATE INDEX audit_seals_snapshot_idx
    ON audit_seals (system, pg_snapshot_xmax(snapshot));
CREATE TRIGGER audit_seals_only_grows
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION only_grows();
GRANT SELECT, INSERT ON audit_seals TO portcullis_service;

-- The sealer reads what it seals. Refused attempts are written for those who
-- made them, by nobody: the only records that no trigger writes.
ALTER TABLE audit_seals ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_seals FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_seals_select ON audit_seals FOR SELECT
    USING ((SELECT may('audit:read', 'service:seal')));
CREATE POLICY audit_seals_insert ON audit_seals FOR INSERT
    WITH CHECK ((SELECT may('service:seal')));
CREATE POLICY audit_sealed ON audit FOR SELECT
    USING ((SELECT may('service:seal')));
CREATE POLICY audit_refused ON audit FOR INSERT
    WITH CHECK (action IN ('forbidden', 'unauthenticated')
                AND (SELECT may('service:audit')));

CREATE FUNCTION audit_micros(t timestamptz) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (extract(epoch FROM t) * 1000000)::bigint;

-- Its length and itself, so that no two rows look alike put together.
CREATE FUNCTION audit_part(t text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(octet_length(t) || ':' || t, '-');

CREATE FUNCTION audit_digest(a audit) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(convert_to(
        audit_part(a.id::text) || audit_part(audit_micros(a.at)::text)
        || audit_part(a.actor_id::text) || audit_part(a.action)
        || audit_part(a.resource_type) || audit_part(a.resource_id::text)
        || audit_part(a.request_id) || audit_part(a.route)
        || audit_part(a.before::text) || audit_part(a.after::text)
        || audit_part(a.xact::text), 'UTF8'));

-- What is committed now and was not when `last` was made. Transactions commit in
-- another order than they write, so this asks for their numbers, not for times:
-- those of later transactions, and of those that were running then.
--
-- Numbers of another cluster say nothing. Where this one was restored from its
-- dump, everything is compared once; from then on what is older than that (with
-- an hour for who was writing meanwhile) is out of the question.
CREATE FUNCTION audit_unsealed(last audit_seals, now_system bigint)
    RETURNS SETOF audit
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH era AS MATERIALIZED (
        SELECT CASE WHEN EXISTS (SELECT FROM audit_seals
                                  WHERE system < now_system
                                     OR system > now_system)
                    THEN (SELECT sealed_at - interval '1 hour'
                            FROM audit_seals WHERE system = now_system
                           ORDER BY pg_snapshot_xmax(snapshot), number LIMIT 1)
                    ELSE '-infinity' END AS began)
    SELECT a.*
      FROM audit AS a
     WHERE last.system = now_system
       AND a.xact >= pg_snapshot_xmax(last.snapshot)
       AND a.xact < pg_snapshot_xmax(pg_current_snapshot())
       AND a.at >= (SELECT began FROM era)
    UNION ALL
    SELECT a.*
      FROM audit AS a
     WHERE last.system = now_system
       AND a.xact = ANY (ARRAY(SELECT pg_snapshot_xip(last.snapshot)))
       AND a.at >= (SELECT began FROM era)
    UNION ALL
    SELECT a.*
      FROM audit AS a
     WHERE last.system IS DISTINCT FROM now_system
       AND NOT EXISTS (SELECT FROM audit_seals AS s, unnest(s.ids) AS known
                        WHERE known = a.id);
END;

-- Seals what there is to seal; one sealer at a time, another one goes away
-- empty-handed. Tells how many rows it sealed, the age of the oldest of them
-- and the head of the chain. To plan anew takes longer than all else, but a plan
-- must not forget the index on xact, however small the months were at that time.
CREATE FUNCTION audit_seal(OUT sealed bigint, OUT lag interval,
                           OUT head bigint, OUT head_hash bytea)
    LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_hashagg = off
AS $$
DECLARE
    system constant bigint := system_identifier FROM pg_control_system();
    made_at constant timestamptz := clock_timestamp();
    last public.audit_seals;
    part record;
BEGIN
    -- A snapshot does not list its own transaction among the running ones.
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE active_sql_transaction
            USING MESSAGE = 'who writes cannot seal what they write';
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('audit_seals', 0)) THEN
        RETURN;
    END IF;
    SELECT * INTO last FROM public.audit_seals ORDER BY number DESC LIMIT 1;
    sealed := 0;
    head := coalesce(last.number, 0);
    head_hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));

    -- One statement reads the rows and tells its snapshot: what is in the one is
    -- in the other.
    FOR part IN
        SELECT pg_current_snapshot() AS seen,
               array_agg(at ORDER BY at, id) AS ats,
               array_agg(id ORDER BY at, id) AS ids,
               array_agg(digest ORDER BY at, id) AS digests,
               string_agg(public.audit_micros(at) || ' ' || id || ' '
                          || encode(digest, 'hex') || E'\n', ''
                          ORDER BY at, id) AS lines
          FROM (SELECT at, id, digest,
                       (row_number() OVER (ORDER BY at, id) - 1) / 1000 AS place
                  FROM (SELECT a.at, a.id, public.audit_digest(a) AS digest
                          FROM public.audit_unsealed(last, system) AS a
                        OFFSET 0) AS digested) AS placed
         GROUP BY place ORDER BY place
    LOOP
        head := head + 1;
        head_hash := sha256(convert_to(
            concat(encode(head_hash, 'hex'), E'\n', head, E'\n',
                   public.audit_micros(made_at), E'\n', system, E'\n',
                   part.seen, E'\n', part.lines), 'UTF8'));
        INSERT INTO public.audit_seals
        VALUES (head, made_at, system, part.seen, part.ats, part.ids,
                part.digests, head_hash);
        sealed := sealed + cardinality(part.ids);
        lag := greatest(lag, made_at - part.ats[1]);
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION audit_seal() TO portcullis_service;
