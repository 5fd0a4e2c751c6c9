CALL protect_resource('users', 'users', owner => 'id',
                      held_with => '{roles:grant}');

-- `users:update:own` is for the display name and the profile.
CREATE TRIGGER users_own_members BEFORE UPDATE ON users
    FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NULL
          AND (OLD.email, OLD.status, OLD.external_id)
              IS DISTINCT FROM (NEW.email, NEW.status, NEW.external_id)
          AND NOT may('users:update'))
    EXECUTE FUNCTION not_permitted();

CALL protect_link('user_roles',
    seen => $$(SELECT may('users:read', 'roles:read', 'roles:grant',
                          'authz:check'))
              OR (user_id = (SELECT acting_user())
                  AND (SELECT may('users:read:own')))$$,
    changed => $$(SELECT may('roles:grant'))$$);
CALL protect_link('user_permissions',
    seen => $$(SELECT may('users:read', 'roles:read', 'roles:grant',
                          'authz:check'))
              OR (user_id = (SELECT acting_user())
                  AND (SELECT may('users:read:own')))$$,
    changed => $$(SELECT may('roles:grant'))$$);

-- One's own keys are one's own, whatever else one may. They are made and
-- revoked, and what they are stays as it is.
CALL protect_resource('api_keys', 'api-keys');
CREATE POLICY api_keys_own_select ON api_keys FOR SELECT
    USING (user_id = (SELECT acting_user())
           AND (deleted_at IS NULL OR deleted_at = now()));
CREATE POLICY api_keys_own_insert ON api_keys FOR INSERT
    WITH CHECK (user_id = (SELECT acting_user())
                AND created_by = (SELECT acting_user())
                AND deleted_at IS NULL);
CREATE POLICY api_keys_own_revoke ON api_keys FOR UPDATE
    USING (user_id = (SELECT acting_user()) AND deleted_at IS NULL)
    WITH CHECK (user_id = (SELECT acting_user()) AND deleted_at IS NOT NULL);
DROP TRIGGER api_keys_permitted ON api_keys;
CREATE TRIGGER api_keys_permitted BEFORE UPDATE ON api_keys
    FOR EACH ROW
    WHEN ((OLD.deleted_at IS NOT NULL OR NEW.deleted_at IS NULL
           OR (OLD.user_id, OLD.created_by, OLD.secret_hash, OLD.scopes)
              IS DISTINCT FROM
              (NEW.user_id, NEW.created_by, NEW.secret_hash, NEW.scopes))
          AND NOT may('*:*'))
    EXECUTE FUNCTION not_permitted();
