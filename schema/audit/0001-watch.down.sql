DO $$
DECLARE
    watcher record;
BEGIN
    FOR watcher IN SELECT DISTINCT tgfoid::regprocedure AS function
                     FROM pg_trigger
                    WHERE tgfoid::regproc::text = tgrelid::regclass || '_audit'
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', watcher.function);
    END LOOP;
END
$$;
DROP FUNCTION audit_watch_parts(regclass, text, text, text);
DROP FUNCTION audit_watch_grants(regclass, text, text, text);
DROP FUNCTION audit_watch(regclass, text, text[], text[]);
DROP FUNCTION audit_attach(regclass, text, text, text, text);
DROP FUNCTION audit_columns(regclass, text[], text[]);
DROP FUNCTION audit_time(timestamptz);
DROP TRIGGER audit_only_grows ON audit;
DROP FUNCTION only_grows();
DROP INDEX audit_xact_idx;
ALTER TABLE audit
    ALTER COLUMN actor_id DROP DEFAULT,
    ALTER COLUMN request_id DROP DEFAULT,
    ALTER COLUMN route DROP DEFAULT,
    DROP COLUMN xact;
