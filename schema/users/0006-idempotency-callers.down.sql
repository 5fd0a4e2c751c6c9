ALTER POLICY idempotency_keys_own ON idempotency_keys
    USING ((SELECT may('*:*'))
           OR (SELECT current_setting('app.rights', true) <> '')
              AND caller = (SELECT coalesce(acting_user()::text, 'anonymous')));
