-- Nothing begins to refer to what is deleted. What referred to it before goes
-- on to: it may come back, and the rest of a bill may change meanwhile.
--
-- A foreign key does not look at deleted_at. So whoever deletes what others
-- refer to first takes the row's whole lock, as a purge does: it waits for
-- those who refer to the row and have not ended, and the foreign keys' checks
-- of those who come later wait for it. Writes of links look under that lock
-- already. For a sponsor it is looked up once more when the foreign key was
-- satisfied, that is, by a trigger whose name comes after "RI_…".
CREATE FUNCTION wait_for_references() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('SELECT FROM %I.%I WHERE id = $1 FOR UPDATE',
                   TG_TABLE_SCHEMA, TG_TABLE_NAME) USING OLD.id;
    RETURN NEW;
END
$$;

CREATE TRIGGER people_delete BEFORE UPDATE ON people
    FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION wait_for_references();
CREATE TRIGGER roles_delete BEFORE UPDATE ON roles
    FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION wait_for_references();
CREATE TRIGGER permissions_delete BEFORE UPDATE ON permissions
    FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION wait_for_references();

-- Speaks as the foreign key does, since to a client it is the same fault.
CREATE FUNCTION bill_sponsor_lives() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.people
                    WHERE id = NEW.sponsor_id AND deleted_at IS NULL) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'insert or update on table "bills" refers to a person'
                      ' who is deleted',
            TABLE = 'bills',
            CONSTRAINT = 'bills_sponsor_id_fkey';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER bills_sponsor_insert AFTER INSERT ON bills
    FOR EACH ROW WHEN (NEW.sponsor_id IS NOT NULL)
    EXECUTE FUNCTION bill_sponsor_lives();
CREATE TRIGGER bills_sponsor_update AFTER UPDATE ON bills
    FOR EACH ROW WHEN (NEW.sponsor_id IS NOT NULL
                       AND NEW.sponsor_id IS DISTINCT FROM OLD.sponsor_id)
    EXECUTE FUNCTION bill_sponsor_lives();
