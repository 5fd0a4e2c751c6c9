-- Every version of every resource comes from here. No CACHE: a cached block
-- would let one session hand out a lower number after another's higher one.
CREATE SEQUENCE version_seq AS bigint;
GRANT USAGE ON SEQUENCE version_seq TO portcullis_service;

-- UUIDv7 (RFC 9562): 48 bits of milliseconds, version, 12 bits of fraction of
-- the millisecond, variant, 62 random bits. The service makes its own; this is
-- the default for those who load without ids.
CREATE FUNCTION uuid_v7() RETURNS uuid
    LANGUAGE plpgsql VOLATILE PARALLEL SAFE
AS $$
DECLARE
    us constant bigint := extract(epoch FROM clock_timestamp()) * 1000000;
    version_7 constant bigint := 28672; -- 0x7000
    fraction constant bigint := us % 1000 * 4096 / 1000;
BEGIN
    RETURN encode(
        int8send((us / 1000 << 16) | version_7 | fraction)
        || substring(uuid_send(gen_random_uuid()) FROM 9), -- has the variant
        'hex')::uuid;
END
$$;
GRANT EXECUTE ON FUNCTION uuid_v7() TO portcullis_service;

-- What the server owns in every resource: version and the two times.
--
-- Why the version is drawn here: before a BEFORE UPDATE row trigger runs,
-- PostgreSQL has locked the row, so the next writer of it draws only after we
-- committed or rolled back. For each row, version order is commit order.
--
-- An INSERT has no row to lock. It draws before it waits for a concurrent
-- deleter of the same id and would come out *below* that deleter's version.
-- With a fresh id nobody can have been there; whoever inserts a client-chosen
-- id must first take, in the same transaction,
--     pg_advisory_xact_lock(hashtextextended('<table>:' || id, 0))
-- and so must whoever purges one.
--
-- An UPDATE that changes nothing keeps version and updated_at. It still counts
-- its row: returning NULL would not. Compared are images (*=), not values:
-- jsonb 1 and 1.0 are equal but read differently. Assigning another `version`
-- is the way to ask for a new one where only a row beside this one changed
-- (UPDATE bills SET version = 0 …); what was assigned is not kept.
CREATE FUNCTION touch() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.updated_at := NEW.created_at;
    ELSE
        NEW.id := OLD.id;
        NEW.created_at := OLD.created_at;
        IF NEW *= OLD THEN
            RETURN NEW;
        END IF;
        NEW.updated_at := greatest(clock_timestamp(),
                                   OLD.updated_at + interval '1 microsecond');
    END IF;
    NEW.version := nextval('public.version_seq');
    RETURN NEW;
END
$$;
