-- Each change of a watched table leaves its rows in `audit`, in the change's
-- own transaction. Triggers are statements', not rows': one INSERT tells of all
-- that a statement changed, and an import of many rows hardly notices.
--
-- `action` and `resource_type` are the words of permission keys:
--   create update delete restore purge    of an object
--   grant revoke                          of what a user or role may
--   add remove                            of a part of a bill
-- A purge without `resource_id` is a TRUNCATE: all of the table went.
--
-- `before` and `after` are objects as the service writes them: the whole one
-- where it was created or purged, else its id and the members that changed. So
-- a new status does not carry a long summary along, twice. What the shapes mark
-- as personal is never in them: this record outlives its subject and cannot be
-- edited, so there would be no way to forget.

-- Who is told by the settings of the transaction; what was done past the
-- service at least by the name of the program. `xact` is how the sealer finds
-- what was committed since it last looked.
ALTER TABLE audit
    ALTER COLUMN actor_id SET DEFAULT
        NULLIF(current_setting('app.user_id', true), '')::uuid,
    ALTER COLUMN request_id SET DEFAULT
        NULLIF(current_setting('app.request_id', true), ''),
    ALTER COLUMN route SET DEFAULT coalesce(
        NULLIF(current_setting('app.route', true), ''),
        current_setting('application_name')),
    ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_xact_idx ON audit (xact);

-- Privileges keep the service from it; this keeps its owner from mistakes. A
-- month is still thrown away by dropping its partition.
CREATE FUNCTION only_grows() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE insufficient_privilege
        USING MESSAGE = format('%I only grows', TG_TABLE_NAME);
END
$$;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION only_grows();

-- --- watchers ---------------------------------------------------------------
--
-- Each table gets a trigger function of its own, written here: a general one
-- would have to take every row apart at run time. So whoever adds a column to a
-- watched table calls audit_watch…() again; a test sees to it.

-- As the service writes it.
CREATE FUNCTION audit_time(t timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- The columns of a table, each as an expression on its row before (o) and after
-- (n). Of redacted ones it is told that they have or get a value, but not
-- which; of hidden ones nothing.
CREATE FUNCTION audit_columns(watched regclass, redacted text[], hidden text[])
    RETURNS TABLE (name text, old text, new text)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT attname, format(form, 'o', attname), format(form, 'n', attname)
      FROM pg_attribute
           CROSS JOIN LATERAL (SELECT
               CASE WHEN attname = ANY (redacted)
                    THEN 'CASE WHEN %s.%I IS NOT NULL THEN ''[redacted]'' END'
                    WHEN atttypid = 'timestamptz'::regtype
                    THEN 'public.audit_time(%s.%I)'
                    ELSE '%s.%I' END) AS f (form)
     WHERE attrelid = watched AND attnum > 0 AND NOT attisdropped
       AND attname <> ALL (hidden)
     ORDER BY attnum;
END;

-- Makes the function and puts it on the table. Of the four branches each has
-- the rows of its own kind of statement.
CREATE FUNCTION audit_attach(watched regclass, resource_type text,
                             on_insert text, on_update text, on_delete text)
    RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    watcher constant text := watched || '_audit';
    kind record;
BEGIN
    EXECUTE format($create$
CREATE OR REPLACE FUNCTION public.%I() RETURNS trigger
    LANGUAGE plpgsql
AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO public.audit (resource_type, action, resource_id, after)
        SELECT %2$L, %3$s;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO public.audit (resource_type, action, resource_id, before,
                                  after)
        SELECT %2$L, %4$s;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO public.audit (resource_type, action, resource_id, before)
        SELECT %2$L, %5$s;
    ELSE
        INSERT INTO public.audit (resource_type, action)
        VALUES (%2$L, 'purge');
    END IF;
    RETURN NULL;
END
$body$
$create$, watcher, resource_type, on_insert, on_update, on_delete);

    FOR kind IN
        SELECT * FROM (VALUES
            ('insert', 'REFERENCING NEW TABLE AS new_rows'),
            ('update', 'REFERENCING NEW TABLE AS new_rows'
                       ' OLD TABLE AS old_rows'),
            ('delete', 'REFERENCING OLD TABLE AS old_rows'),
            ('truncate', '')) AS k (event, rows)
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %s %s'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()',
                       watcher || '_' || kind.event, kind.event, watched,
                       kind.rows, watcher);
    END LOOP;
END
$$;

-- A table of objects, which are created, updated, deleted, restored, purged.
-- Their updates are joined FULL, which is never done by a loop in a loop, as a
-- plan that was made for one row would do it with ten thousand.
CREATE FUNCTION audit_watch(watched regclass, resource_type text,
                            redacted text[] DEFAULT '{}',
                            hidden text[] DEFAULT '{}') RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    changed constant text :=
        'CASE WHEN o.%1$I IS DISTINCT FROM n.%1$I'
        ' THEN jsonb_build_object(%1$L, %2$s) ELSE ''{}'' END';
    old_row text;
    new_row text;
    old_part text;
    new_part text;
BEGIN
    SELECT string_agg(format('%L, %s', name, old), ', '),
           string_agg(format('%L, %s', name, new), ', '),
           string_agg(format(changed, name, old), ' || '),
           string_agg(format(changed, name, new), ' || ')
      INTO old_row, new_row, old_part, new_part
      FROM public.audit_columns(watched, redacted, hidden);
    PERFORM public.audit_attach(watched, resource_type,
        format($insert$'create', n.id, jsonb_build_object(%s)
          FROM new_rows AS n$insert$, new_row),
        format($update$
               CASE WHEN (o.deleted_at IS NULL) = (n.deleted_at IS NULL)
                    THEN 'update'
                    WHEN n.deleted_at IS NULL THEN 'restore'
                    ELSE 'delete' END,
               n.id, jsonb_build_object('id', o.id) || %s,
               jsonb_build_object('id', n.id) || %s
          FROM new_rows AS n FULL JOIN old_rows AS o ON o.id = n.id
         WHERE o.version IS DISTINCT FROM n.version$update$,
               old_part, new_part),
        format($delete$'purge', o.id, jsonb_build_object(%s)
          FROM old_rows AS o$delete$, old_row));
END
$$;

-- A table of links, each of which grants the object in the first column what is
-- in the second.
CREATE FUNCTION audit_watch_grants(watched regclass, resource_type text,
                                   holder text, granted text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    old_row text;
    new_row text;
BEGIN
    SELECT format('jsonb_build_object(%s)',
                  string_agg(format('%L, %s', name, old), ', ')),
           format('jsonb_build_object(%s)',
                  string_agg(format('%L, %s', name, new), ', '))
      INTO old_row, new_row
      FROM public.audit_columns(watched, '{}', '{}');
    PERFORM public.audit_attach(watched, resource_type,
        format($insert$'grant', n.%I, %s
          FROM new_rows AS n$insert$, holder, new_row),
        format($update$
               'grant', coalesce(n.%1$I, o.%1$I), %3$s, %4$s
          FROM new_rows AS n FULL JOIN old_rows AS o
               ON o.%1$I = n.%1$I AND o.%2$I = n.%2$I
         WHERE n IS DISTINCT FROM o$update$,
               holder, granted, old_row, new_row),
        format($delete$'revoke', o.%I, %s
          FROM old_rows AS o$delete$, holder, old_row));
END
$$;

-- A table of an object's parts: one record for each object, with all that the
-- statement did to it in a list of this name.
CREATE FUNCTION audit_watch_parts(watched regclass, resource_type text,
                                  whole text, list text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    rows constant text :=
        '(SELECT %1$I AS id, jsonb_build_object(%2$L,'
        ' jsonb_agg(jsonb_build_object(%3$s))) AS parts'
        ' FROM %4$s GROUP BY %1$I)';
    old_rows text;
    new_rows text;
BEGIN
    SELECT format(rows, whole, list,
                  string_agg(format('%L, %s', name, old), ', '), 'old_rows o'),
           format(rows, whole, list,
                  string_agg(format('%L, %s', name, new), ', '), 'new_rows n')
      INTO old_rows, new_rows
      FROM public.audit_columns(watched, '{}', ARRAY[whole]);
    PERFORM public.audit_attach(watched, resource_type,
        format($insert$'add', n.id, n.parts FROM %s AS n$insert$, new_rows),
        format($update$'update', coalesce(n.id, o.id), o.parts, n.parts
          FROM %s AS n FULL JOIN %s AS o ON o.id = n.id
         WHERE n.parts IS DISTINCT FROM o.parts$update$, new_rows, old_rows),
        format($delete$'remove', o.id, o.parts FROM %s AS o$delete$,
               old_rows));
END
$$;

-- Nobody but the owner needs them.
REVOKE EXECUTE ON FUNCTION
    audit_columns(regclass, text[], text[]),
    audit_attach(regclass, text, text, text, text),
    audit_watch(regclass, text, text[], text[]),
    audit_watch_grants(regclass, text, text, text),
    audit_watch_parts(regclass, text, text, text) FROM PUBLIC;

SELECT audit_watch('users', 'users',
                   '{email,display_name,external_id,profile}'),
       audit_watch('roles', 'roles'),
       audit_watch('permissions', 'permissions'),
       audit_watch('people', 'people'),
       audit_watch('bills', 'bills', '{}', '{search}'),
       audit_watch('api_keys', 'api-keys', '{}', '{secret_hash}'),
       audit_watch_grants('user_roles', 'users', 'user_id', 'role_id'),
       audit_watch_grants('user_permissions', 'users',
                          'user_id', 'permission_id'),
       audit_watch_grants('role_permissions', 'roles',
                          'role_id', 'permission_id'),
       audit_watch_grants('role_parents', 'roles', 'role_id', 'parent_id'),
       audit_watch_parts('bill_actions', 'bills', 'bill_id', 'actions'),
       audit_watch_parts('bill_cosponsors', 'bills', 'bill_id', 'cosponsors');
