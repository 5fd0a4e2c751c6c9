-- A grant past its `expires_at` grants nothing, also before it is cleared away.
CREATE TABLE user_roles (
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role_id),
    CONSTRAINT user_roles_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_roles_role_id_fkey
        FOREIGN KEY (role_id) REFERENCES roles ON DELETE RESTRICT
);
CREATE INDEX user_roles_role_id_idx ON user_roles (role_id);

CREATE TABLE user_permissions (
    user_id uuid NOT NULL,
    permission_id uuid NOT NULL,
    effect text COLLATE "C" NOT NULL DEFAULT 'allow',
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_permissions_pkey PRIMARY KEY (user_id, permission_id),
    CONSTRAINT user_permissions_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_permissions_permission_id_fkey
        FOREIGN KEY (permission_id) REFERENCES permissions ON DELETE RESTRICT,
    CONSTRAINT user_permissions_effect_value
        CHECK (effect IN ('allow', 'deny'))
);
CREATE INDEX user_permissions_permission_id_idx
    ON user_permissions (permission_id);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON user_roles, user_permissions TO portcullis_service;
