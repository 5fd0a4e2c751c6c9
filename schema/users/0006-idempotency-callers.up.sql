-- Whose an idempotency key is, as callers are named: `user:` and an id; `key:`
-- and the id of an API key, which must be one of the acting user's; and
-- `anonymous` for all who are nobody.
ALTER POLICY idempotency_keys_own ON idempotency_keys
    USING ((SELECT may('*:*'))
           OR ((SELECT current_setting('app.rights', true) <> '')
               AND caller = (SELECT coalesce('user:' || acting_user(),
                                             'anonymous')))
           OR (caller LIKE 'key:%'
               AND EXISTS (SELECT FROM api_keys
                            WHERE user_id = (SELECT acting_user())
                              AND id::text = substr(caller, 5))));
