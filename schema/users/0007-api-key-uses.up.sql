-- When a key last signed somebody in, to the minute: told behind the requests
-- by `service:keys`, who may change nothing else. It is no change of the key:
-- `version` stays, nothing is audited (the watchers go by the version), and no
-- right moves.
ALTER TABLE api_keys ADD COLUMN last_used_at timestamptz;

DROP TRIGGER api_keys_touch ON api_keys;
CREATE TRIGGER api_keys_touch BEFORE INSERT ON api_keys
    FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER api_keys_touch_update BEFORE UPDATE ON api_keys
    FOR EACH ROW
    WHEN (OLD.last_used_at IS NOT DISTINCT FROM NEW.last_used_at)
    EXECUTE FUNCTION touch();

CREATE POLICY api_keys_used_select ON api_keys FOR SELECT
    USING (deleted_at IS NULL AND (SELECT may('service:keys')));
CREATE POLICY api_keys_used ON api_keys FOR UPDATE
    USING (deleted_at IS NULL AND (SELECT may('service:keys')))
    WITH CHECK (deleted_at IS NULL AND (SELECT may('service:keys')));

-- As it was, but for that: a key is revoked and stays what it is.
DROP TRIGGER api_keys_permitted ON api_keys;
CREATE TRIGGER api_keys_permitted BEFORE UPDATE ON api_keys
    FOR EACH ROW
    WHEN ((OLD.deleted_at IS NOT NULL OR NEW.deleted_at IS NULL
           OR (OLD.user_id, OLD.created_by, OLD.secret_hash, OLD.scopes)
              IS DISTINCT FROM
              (NEW.user_id, NEW.created_by, NEW.secret_hash, NEW.scopes))
          AND NOT may('*:*')
          AND NOT (may('service:keys')
                   AND (OLD.version, OLD.created_at, OLD.updated_at,
                        OLD.deleted_at, OLD.created_by, OLD.user_id, OLD.name,
                        OLD.prefix, OLD.secret_hash, OLD.scopes, OLD.expires_at)
                       IS NOT DISTINCT FROM
                       (NEW.version, NEW.created_at, NEW.updated_at,
                        NEW.deleted_at, NEW.created_by, NEW.user_id, NEW.name,
                        NEW.prefix, NEW.secret_hash, NEW.scopes,
                        NEW.expires_at)))
    EXECUTE FUNCTION not_permitted();
