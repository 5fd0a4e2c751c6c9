-- Each process of the service remembers what users may. So that none of it is
-- ever out of date, every change of rights moves a generation, in its own
-- transaction; processes tell how far they have seen it, and whoever changed
-- rights waits for them before it answers (src/store/rights_settle.h).

-- One row.
CREATE TABLE cache_control (
    id boolean NOT NULL DEFAULT true,
    rights bigint NOT NULL DEFAULT 1,
    CONSTRAINT cache_control_pkey PRIMARY KEY (id),
    CONSTRAINT cache_control_id_value CHECK (id)
);
INSERT INTO cache_control DEFAULT VALUES;

-- The living processes. Nothing in here is worth a flush of the log, and a
-- table that is empty after a crash is understood.
CREATE UNLOGGED TABLE instances (
    id uuid NOT NULL,
    beat_at timestamptz NOT NULL,
    rights_seen bigint NOT NULL,
    CONSTRAINT instances_pkey PRIMARY KEY (id)
);

-- Neither holds a secret, and every transaction that writes rights, of
-- whomever, moves the generation: grants say all that there is to say.
ALTER TABLE cache_control ENABLE ROW LEVEL SECURITY;
ALTER TABLE cache_control FORCE ROW LEVEL SECURITY;
CREATE POLICY cache_control_all ON cache_control USING (true);
ALTER TABLE instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE instances FORCE ROW LEVEL SECURITY;
CREATE POLICY instances_all ON instances USING (true);

GRANT SELECT ON cache_control TO portcullis_service;
GRANT UPDATE (rights) ON cache_control TO portcullis_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON instances TO portcullis_service;

-- Once for each transaction, however many rows it changes.
CREATE FUNCTION rights_changed() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE public.cache_control
       SET rights = rights + 1
     WHERE xmin <> pg_current_xact_id()::xid;
    RETURN NULL;
END
$$;

-- Deferred, so that the one row is locked for the time of a COMMIT, and is the
-- last that any transaction locks.
--
-- That somebody is new changes nobody's rights, as nothing is remembered of
-- those who are not there: but for a user whose `external_id` may be what
-- another was found by till then, as an email.
CREATE CONSTRAINT TRIGGER users_rights_insert AFTER INSERT ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (position('@' IN NEW.external_id) > 0)
    EXECUTE FUNCTION rights_changed();
CREATE CONSTRAINT TRIGGER users_rights_update AFTER UPDATE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.status, OLD.deleted_at, OLD.email, OLD.external_id)
          IS DISTINCT FROM
          (NEW.status, NEW.deleted_at, NEW.email, NEW.external_id))
    EXECUTE FUNCTION rights_changed();
CREATE CONSTRAINT TRIGGER users_rights_delete AFTER DELETE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION rights_changed();

CREATE CONSTRAINT TRIGGER roles_rights_update AFTER UPDATE ON roles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.key, OLD.deleted_at) IS DISTINCT FROM (NEW.key, NEW.deleted_at))
    EXECUTE FUNCTION rights_changed();
CREATE CONSTRAINT TRIGGER roles_rights_delete AFTER DELETE ON roles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION rights_changed();

CREATE CONSTRAINT TRIGGER permissions_rights_update AFTER UPDATE ON permissions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.key, OLD.deleted_at) IS DISTINCT FROM (NEW.key, NEW.deleted_at))
    EXECUTE FUNCTION rights_changed();
CREATE CONSTRAINT TRIGGER permissions_rights_delete AFTER DELETE ON permissions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION rights_changed();

CREATE CONSTRAINT TRIGGER api_keys_rights_update AFTER UPDATE ON api_keys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.user_id, OLD.deleted_at, OLD.expires_at, OLD.scopes,
           OLD.secret_hash)
          IS DISTINCT FROM
          (NEW.user_id, NEW.deleted_at, NEW.expires_at, NEW.scopes,
           NEW.secret_hash))
    EXECUTE FUNCTION rights_changed();
CREATE CONSTRAINT TRIGGER api_keys_rights_delete AFTER DELETE ON api_keys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION rights_changed();

CREATE CONSTRAINT TRIGGER role_permissions_rights
    AFTER INSERT OR UPDATE OR DELETE ON role_permissions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION rights_changed();
CREATE CONSTRAINT TRIGGER role_parents_rights
    AFTER INSERT OR UPDATE OR DELETE ON role_parents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION rights_changed();
CREATE CONSTRAINT TRIGGER user_roles_rights
    AFTER INSERT OR UPDATE OR DELETE ON user_roles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION rights_changed();
CREATE CONSTRAINT TRIGGER user_permissions_rights
    AFTER INSERT OR UPDATE OR DELETE ON user_permissions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION rights_changed();

-- Only the owner may; such a trigger cannot be deferred.
CREATE TRIGGER users_rights_truncate AFTER TRUNCATE ON users
    EXECUTE FUNCTION rights_changed();
CREATE TRIGGER roles_rights_truncate AFTER TRUNCATE ON roles
    EXECUTE FUNCTION rights_changed();
CREATE TRIGGER permissions_rights_truncate AFTER TRUNCATE ON permissions
    EXECUTE FUNCTION rights_changed();
CREATE TRIGGER api_keys_rights_truncate AFTER TRUNCATE ON api_keys
    EXECUTE FUNCTION rights_changed();
CREATE TRIGGER role_permissions_rights_truncate AFTER TRUNCATE ON role_permissions
    EXECUTE FUNCTION rights_changed();
CREATE TRIGGER role_parents_rights_truncate AFTER TRUNCATE ON role_parents
    EXECUTE FUNCTION rights_changed();
CREATE TRIGGER user_roles_rights_truncate AFTER TRUNCATE ON user_roles
    EXECUTE FUNCTION rights_changed();
CREATE TRIGGER user_permissions_rights_truncate AFTER TRUNCATE ON user_permissions
    EXECUTE FUNCTION rights_changed();
