-- Who may see and change which row. Each transaction says as whom it comes, by
-- settings of its own: app.user_id, a user, and app.rights, permission keys
-- between spaces, `*:*` being all of them. Without them nothing is seen. The
-- owner is bound as all others are (FORCE). What each table allows stands in
-- schema/README.md.

-- Has the transaction one of these rights? In policies it stands inside a
-- SELECT, which is asked once for a statement and not for each row.
CREATE FUNCTION may(VARIADIC wanted text[]) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(string_to_array(current_setting('app.rights', true), ' ')
                    && (wanted || '*:*'::text), false);

-- Null where nobody acts, and where nothing may be done at all. A setting that
-- was local to a transaction is empty after it, not null.
CREATE FUNCTION acting_user() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN current_setting('app.rights', true) <> ''
                THEN nullif(current_setting('app.user_id', true), '')::uuid
           END;

GRANT EXECUTE ON FUNCTION may(text[]), acting_user() TO portcullis_service;

-- --- resources ---------------------------------------------------------------

-- Is the owner the acting user, who may do one of these to what is theirs?
CREATE FUNCTION may_own(key text, owner uuid, VARIADIC actions text[])
    RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1
AS $$
BEGIN
    IF owner = public.acting_user() THEN
        RETURN public.may(VARIADIC array(
            SELECT key || ':' || action || ':own'
              FROM unnest(actions) AS action));
    END IF;
    RETURN false;
END
$$;

-- What few see: one's own, what is deleted, and what this transaction made or
-- deleted. Apart from what most see, since all that stands in a policy is made
-- ready for each statement: a third of what reading by id costs, else.
CREATE FUNCTION seen_otherwise(key text, owner uuid, created_at timestamptz,
                               deleted_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1
AS $$
BEGIN
    IF deleted_at IS NULL THEN
        RETURN (created_at = now() AND public.may(key || ':create'))
            OR public.may_own(key, owner, 'read', 'update', 'delete',
                              'restore', 'purge');
    END IF;
    RETURN public.may(key || ':restore', key || ':purge')
        OR public.may_own(key, owner, 'restore', 'purge')
        OR (deleted_at = now()
            AND (public.may(key || ':delete')
                 OR public.may_own(key, owner, 'delete')));
END
$$;

CREATE FUNCTION not_permitted() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE =
        format('this change of a row of "%s" is not permitted', TG_TABLE_NAME);
END
$$;

GRANT EXECUTE
    ON FUNCTION may_own(text, uuid, text[]),
                seen_otherwise(text, uuid, timestamptz, timestamptz)
    TO portcullis_service;

-- These three write conditions for protect_resource().
CREATE FUNCTION permission_list(key text, actions text[],
                                also text[] DEFAULT '{}') RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN (SELECT string_agg(quote_literal(wanted), ', ')
              FROM (SELECT key || ':' || action FROM unnest(actions) AS action
                     UNION ALL SELECT unnest(also)) AS x (wanted));

-- `owner` is an expression, or null where nobody owns anything.
CREATE FUNCTION own_condition(key text, owner text, actions text[])
    RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN owner IS NULL THEN ''
                ELSE format(' OR may_own(%L, %s, VARIADIC %L::text[])',
                            key, owner, actions) END;

CREATE FUNCTION policy_condition(key text, owner text, actions text[],
                                 also text[] DEFAULT '{}') RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN format('((SELECT may(%s))%s)', permission_list(key, actions, also),
                  own_condition(key, owner, actions));

CREATE FUNCTION trigger_condition(key text, owner text, actions text[])
    RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN format('(may(%s)%s)', permission_list(key, actions),
                  own_condition(key, owner, actions));

-- Protects a resource by the permissions that begin with its key; those that
-- end in `:own` hold where `owner`, a column, is the acting user. A right to
-- change a row is one to see it, and who creates one sees it until COMMIT; so
-- does who deletes one. Rights of other resources let see living rows
-- (seen_with), or hold them so that they stay (held_with, FOR KEY SHARE).
--
-- Policies know either the old or the new row. What a change does to
-- `deleted_at`, and thus which right it needs, only a trigger can tell. What is
-- deleted stays as it is until it is restored.
--
-- The planner takes half of all rows for what it knows nothing about, but
-- nearly all for IS NOT NULL: estimates of lists are then right for who sees
-- them.
CREATE PROCEDURE protect_resource(resource regclass, key text,
                                  owner text DEFAULT NULL,
                                  seen_with text[] DEFAULT '{}',
                                  held_with text[] DEFAULT '{}')
    LANGUAGE plpgsql
AS $$
DECLARE
    name constant text := (SELECT relname FROM pg_class WHERE oid = resource);
    was constant text := 'OLD.' || owner;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', resource);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', resource);
    EXECUTE format(
        'CREATE POLICY %I ON %s FOR SELECT USING ('
        '(deleted_at IS NULL AND (SELECT nullif(may(%s), false)) IS NOT NULL)'
        ' OR seen_otherwise(%L, %s, created_at, deleted_at))',
        name || '_select', resource,
        permission_list(key, '{read,update,delete,restore,purge}',
                        'authz:check'::text || seen_with || held_with),
        key, coalesce(owner, 'NULL'));
    EXECUTE format(
        'CREATE POLICY %I ON %s FOR INSERT WITH CHECK ('
        '(SELECT may(''*:*'')) OR (deleted_at IS NULL AND %s'
        ' AND created_by IS NOT DISTINCT FROM (SELECT acting_user())))',
        name || '_insert', resource,
        policy_condition(key, owner, '{create}'));
    EXECUTE format(
        'CREATE POLICY %I ON %s FOR UPDATE'
        ' USING (CASE WHEN deleted_at IS NULL THEN %s ELSE %s END)'
        ' WITH CHECK (CASE WHEN deleted_at IS NULL THEN %s ELSE %s END)',
        name || '_update', resource,
        policy_condition(key, owner, '{update,delete}', held_with),
        policy_condition(key, owner, '{restore}'),
        policy_condition(key, owner, '{update,restore}'),
        policy_condition(key, owner, '{delete}'));
    EXECUTE format('CREATE POLICY %I ON %s FOR DELETE USING (%s)',
                   name || '_delete', resource,
                   policy_condition(key, owner, '{purge}'));
    EXECUTE format(
        'CREATE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW WHEN ('
        'NOT may(''*:*'') AND (OLD.created_by IS DISTINCT FROM NEW.created_by'
        ' OR NOT CASE WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NULL'
        ' THEN %s WHEN OLD.deleted_at IS NULL THEN %s'
        ' ELSE NEW.deleted_at IS NULL AND %s END))'
        ' EXECUTE FUNCTION not_permitted()',
        name || '_permitted', resource,
        trigger_condition(key, was, '{update}'),
        trigger_condition(key, was, '{delete}'),
        trigger_condition(key, was, '{restore}'));
END
$$;

-- Protects what hangs between objects or on one: two conditions, who sees a
-- row and who makes, changes and removes one. Who changes must see, too.
CREATE PROCEDURE protect_link(link regclass, seen text, changed text)
    LANGUAGE plpgsql
AS $$
DECLARE
    name constant text := (SELECT relname FROM pg_class WHERE oid = link);
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', link);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', link);
    EXECUTE format('CREATE POLICY %I ON %s FOR SELECT USING (%s)',
                   name || '_select', link, seen);
    EXECUTE format('CREATE POLICY %I ON %s FOR INSERT WITH CHECK (%s)',
                   name || '_insert', link, changed);
    EXECUTE format('CREATE POLICY %I ON %s FOR UPDATE USING (%s)',
                   name || '_update', link, changed);
    EXECUTE format('CREATE POLICY %I ON %s FOR DELETE USING (%s)',
                   name || '_delete', link, changed);
END
$$;

-- The way back, for tables that were protected in whichever way.
CREATE PROCEDURE unprotect(VARIADIC tables regclass[])
    LANGUAGE plpgsql
AS $$
DECLARE
    target regclass;
    policy name;
    name text;
BEGIN
    FOREACH target IN ARRAY tables LOOP
        FOR policy IN SELECT polname FROM pg_policy WHERE polrelid = target LOOP
            EXECUTE format('DROP POLICY %I ON %s', policy, target);
        END LOOP;
        name := (SELECT relname FROM pg_class WHERE oid = target);
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', name || '_permitted',
                       target);
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', target);
    END LOOP;
END
$$;

REVOKE EXECUTE
    ON ROUTINE permission_list(text, text[], text[]),
               own_condition(text, text, text[]),
               policy_condition(text, text, text[], text[]),
               trigger_condition(text, text, text[]),
               protect_resource(regclass, text, text, text[], text[]),
               protect_link(regclass, text, text),
               unprotect(regclass[])
  FROM PUBLIC;

-- --- the ledger of migrations ------------------------------------------------

-- It is read before anybody is known, and tells what the release's own files
-- tell everybody. Whoever runs these files by hand has none.
DO $$
BEGIN
    IF to_regclass('schema_migrations') IS NOT NULL THEN
        CALL protect_link('schema_migrations', seen => 'true',
                          changed => '(SELECT may(''*:*''))');
    END IF;
END
$$;

-- --- idempotency keys --------------------------------------------------------

-- A key is its caller's: a user's by the id, and all who are nobody share one.
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_own ON idempotency_keys
    USING ((SELECT may('*:*'))
           OR (SELECT current_setting('app.rights', true) <> '')
              AND caller = (SELECT coalesce(acting_user()::text, 'anonymous')));

-- Sweeping locks what it removes; to change it is denied.
CREATE POLICY idempotency_keys_swept ON idempotency_keys FOR SELECT
    USING (expires_at < now() AND (SELECT may('service:sweep')));
CREATE POLICY idempotency_keys_sweep ON idempotency_keys FOR DELETE
    USING (expires_at < now() AND (SELECT may('service:sweep')));
CREATE POLICY idempotency_keys_hold ON idempotency_keys FOR UPDATE
    USING (expires_at < now() AND (SELECT may('service:sweep')))
    WITH CHECK (false);

-- --- audit -------------------------------------------------------------------

-- Whoever writes is told of, as who they are. Nothing is changed or removed, by
-- nobody. Partitions are for the owner alone, who fills and drops them.
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_select ON audit FOR SELECT
    USING ((SELECT may('audit:read')));
CREATE POLICY audit_insert ON audit FOR INSERT
    WITH CHECK ((SELECT current_setting('app.rights', true) <> '')
                AND (actor_id IS NOT DISTINCT FROM (SELECT acting_user())
                     OR (SELECT may('*:*'))));

CREATE PROCEDURE protect_partition(part regclass)
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', part);
    EXECUTE format('CREATE POLICY %I ON %s USING ((SELECT may(''*:*'')))',
                   (SELECT relname FROM pg_class WHERE oid = part) || '_all',
                   part);
END
$$;
REVOKE EXECUTE ON PROCEDURE protect_partition(regclass) FROM PUBLIC;

DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits
                 WHERE inhparent = 'audit'::regclass LOOP
        CALL protect_partition(part);
    END LOOP;
END
$$;

-- As it was, and what it makes is protected.
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
        EXECUTE format('CALL public.protect_partition(%L)', 'public.' || part);
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
