-- What was written without telling those who remember objects (by psql, another
-- program) is noted row by row, in the same transaction, and told: whoever of
-- the service takes it up has everybody forget the object and the lists that
-- may show it, and then removes the note. While there is one nobody uses what
-- is remembered: src/store/outside.h.
CREATE TABLE outside_writes (
    id bigint GENERATED ALWAYS AS IDENTITY,
    resource text COLLATE "C" NOT NULL,
    object uuid,                        -- NULL: only what lists show beside it
    version bigint NOT NULL DEFAULT 0,  -- of the object, as it is now
    CONSTRAINT outside_writes_pkey PRIMARY KEY (id)
);

-- Whoever may write a resource notes it; no row holds what was written.
ALTER TABLE outside_writes ENABLE ROW LEVEL SECURITY;
ALTER TABLE outside_writes FORCE ROW LEVEL SECURITY;
CREATE POLICY outside_writes_all ON outside_writes USING (true);

GRANT SELECT, INSERT, DELETE ON outside_writes TO portcullis_service;

-- A transaction that changes much switches remembering off instead, and so does
-- one where nobody has taken up the last thousand notes. Where it is off
-- already nothing is noted, and it is not switched on before the COMMIT.
CREATE FUNCTION note_outside_write() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    many constant integer := 100;
    waiting constant integer := 1000;
    noted integer := coalesce(nullif(current_setting('app.outside', true), ''),
                              '0')::integer + 1;
    written jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
    number bigint;
BEGIN
    PERFORM FROM public.cache_mode WHERE mode = 'off' FOR SHARE;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('app.outside', noted::text, true);
    IF noted <= many THEN
        INSERT INTO public.outside_writes (resource, object, version)
        VALUES (TG_ARGV[0], (written ->> TG_ARGV[1])::uuid,
                coalesce((written ->> 'version')::bigint, 0))
        RETURNING id INTO number;
        PERFORM pg_notify('portcullis_outside', '');
    END IF;
    IF noted > many
       OR number - (SELECT min(id) FROM public.outside_writes) > waiting THEN
        UPDATE public.cache_mode
           SET mode = 'off', changed_at = clock_timestamp();
    END IF;
    RETURN NULL;
END
$$;

-- Deferred, as before: WHEN is asked at once, so transactions of the service
-- queue nothing. TRUNCATE switches remembering off (written_outside).
CREATE PROCEDURE watch_outside_rows(written regclass, resource text, id text)
    LANGUAGE plpgsql
AS $$
DECLARE
    told text := $q$current_setting('app.told', true) IS DISTINCT FROM 'on'$q$;
    name text := (SELECT relname FROM pg_class WHERE oid = written);
BEGIN
    EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE OR DELETE'
                   ' ON %s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (%s)'
                   ' EXECUTE FUNCTION note_outside_write(%L, %L)',
                   name || '_outside', written, told, resource, id);
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s'
                   ' EXECUTE FUNCTION written_outside()',
                   name || '_outside_truncate', written);
END
$$;

CREATE OR REPLACE PROCEDURE watch_outside_writes(resource_table regclass)
    LANGUAGE plpgsql
AS $$
DECLARE
    name text := (SELECT relname FROM pg_class WHERE oid = resource_table);
BEGIN
    CALL watch_outside_rows(resource_table, name, 'id');
END
$$;

DROP TRIGGER users_outside ON users;
DROP TRIGGER users_outside_truncate ON users;
DROP TRIGGER roles_outside ON roles;
DROP TRIGGER roles_outside_truncate ON roles;
DROP TRIGGER permissions_outside ON permissions;
DROP TRIGGER permissions_outside_truncate ON permissions;
DROP TRIGGER people_outside ON people;
DROP TRIGGER people_outside_truncate ON people;
DROP TRIGGER bills_outside ON bills;
DROP TRIGGER bills_outside_truncate ON bills;

CALL watch_outside_writes('users');
CALL watch_outside_writes('roles');
CALL watch_outside_writes('permissions');
CALL watch_outside_writes('people');
CALL watch_outside_writes('bills');

-- What lists embed and no object holds: '' is no member of a row.
CALL watch_outside_rows('bill_actions', 'bills', '');
CALL watch_outside_rows('bill_cosponsors', 'bills', '');
CALL watch_outside_rows('role_permissions', 'roles', '');
CALL watch_outside_rows('role_parents', 'roles', '');
