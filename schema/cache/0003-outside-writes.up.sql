-- Whoever writes without telling those who remember objects (psql, another
-- program, a command) switches remembering off, in the same transaction: from
-- its COMMIT on all processes hear of it within the lease of what they know of
-- cache_mode, a quarter of a second, and a new epoch forgets what was. The
-- service says `app.told` in its own transactions: src/store/scope.c.
CREATE FUNCTION written_outside() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE public.cache_mode
       SET mode = 'off', changed_at = clock_timestamp()
     WHERE mode <> 'off';
    RETURN NULL;
END
$$;

-- Deferred, so that the one row is locked for the time of a COMMIT; WHEN is
-- asked at once, so transactions of the service queue nothing. Only the owner
-- may TRUNCATE; such a trigger cannot be deferred.
CREATE PROCEDURE watch_outside_writes(resource_table regclass)
    LANGUAGE plpgsql
AS $$
DECLARE
    told text := $q$current_setting('app.told', true) IS DISTINCT FROM 'on'$q$;
BEGIN
    EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE OR DELETE'
                   ' ON %s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW'
                   ' WHEN (%s) EXECUTE FUNCTION written_outside()',
                   resource_table || '_outside', resource_table, told);
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s'
                   ' EXECUTE FUNCTION written_outside()',
                   resource_table || '_outside_truncate', resource_table);
END
$$;

CALL watch_outside_writes('users');
CALL watch_outside_writes('roles');
CALL watch_outside_writes('permissions');
CALL watch_outside_writes('people');
CALL watch_outside_writes('bills');
