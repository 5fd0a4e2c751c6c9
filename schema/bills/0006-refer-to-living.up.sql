-- What 0004 wrote out for sponsors, for any other reference: who makes a table
-- with a column that refers to a resource calls this in the same migration, so
-- that nothing begins to refer to what is deleted. It writes a function of the
-- table's own, since one for all would have to plan its question each time.
CREATE PROCEDURE refer_to_living(referring regclass, member text,
                                 other regclass)
    LANGUAGE plpgsql
AS $$
DECLARE
    name constant text := (SELECT relname FROM pg_class WHERE oid = referring);
    of constant text := (SELECT relname FROM pg_class WHERE oid = other);
    schema constant text :=
        (SELECT relnamespace::regnamespace::text
           FROM pg_class WHERE oid = other);
    lives constant text := format('%s_%s_lives', name, member);
BEGIN
    EXECUTE format($create$
        CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF NOT EXISTS (SELECT FROM %2$s.%3$I
                            WHERE id = NEW.%4$I AND deleted_at IS NULL) THEN
                RAISE foreign_key_violation USING
                    MESSAGE = %5$L, TABLE = %6$L, CONSTRAINT = %7$L;
            END IF;
            RETURN NULL;
        END
        $body$ $create$,
        lives, schema, of, member,
        format('insert or update on table "%s" refers to a row of "%s" that'
               ' is deleted', name, of),
        name, format('%s_%s_fkey', name, member));
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s FOR EACH ROW'
                   ' WHEN (NEW.%I IS NOT NULL) EXECUTE FUNCTION %I()',
                   format('%s_%s_insert', name, member), referring, member,
                   lives);
    EXECUTE format('CREATE TRIGGER %1$I AFTER UPDATE ON %2$s FOR EACH ROW'
                   ' WHEN (NEW.%3$I IS NOT NULL'
                   ' AND NEW.%3$I IS DISTINCT FROM OLD.%3$I)'
                   ' EXECUTE FUNCTION %4$I()',
                   format('%s_%s_update', name, member), referring, member,
                   lives);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s'
                   ' FOR EACH ROW WHEN (OLD.deleted_at IS NULL'
                   ' AND NEW.deleted_at IS NOT NULL)'
                   ' EXECUTE FUNCTION wait_for_references()',
                   format('%s_delete', of), other);
END
$$;
REVOKE EXECUTE ON PROCEDURE refer_to_living(regclass, text, regclass)
    FROM PUBLIC;
