DROP TRIGGER api_keys_permitted ON api_keys;
CREATE TRIGGER api_keys_permitted BEFORE UPDATE ON api_keys
    FOR EACH ROW
    WHEN ((OLD.deleted_at IS NOT NULL OR NEW.deleted_at IS NULL
           OR (OLD.user_id, OLD.created_by, OLD.secret_hash, OLD.scopes)
              IS DISTINCT FROM
              (NEW.user_id, NEW.created_by, NEW.secret_hash, NEW.scopes))
          AND NOT may('*:*'))
    EXECUTE FUNCTION not_permitted();

DROP POLICY api_keys_used ON api_keys;
DROP POLICY api_keys_used_select ON api_keys;

DROP TRIGGER api_keys_touch_update ON api_keys;
DROP TRIGGER api_keys_touch ON api_keys;
CREATE TRIGGER api_keys_touch BEFORE INSERT OR UPDATE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION touch();

ALTER TABLE api_keys DROP COLUMN last_used_at;
