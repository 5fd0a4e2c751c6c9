CREATE TABLE users (
    id uuid NOT NULL DEFAULT uuid_v7(),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    created_by uuid,
    email text NOT NULL,
    display_name text NOT NULL,
    status text COLLATE "C" NOT NULL DEFAULT 'active',
    external_id text COLLATE "C",
    profile jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_created_by_fkey
        FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT users_email_length
        CHECK (char_length(email) BETWEEN 3 AND 320),
    CONSTRAINT users_email_format
        CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    CONSTRAINT users_display_name_length
        CHECK (char_length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT users_status_value
        CHECK (status IN ('active', 'suspended', 'deactivated')),
    CONSTRAINT users_external_id_length
        CHECK (char_length(external_id) BETWEEN 1 AND 255),
    CONSTRAINT users_profile_type
        CHECK (jsonb_typeof(profile) = 'object')
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email))
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_external_id_key ON users (external_id)
    WHERE deleted_at IS NULL;
CREATE INDEX users_created_by_idx ON users (created_by)
    WHERE created_by IS NOT NULL;
CREATE INDEX users_email_idx ON users (email COLLATE "C", id)
    WHERE deleted_at IS NULL;
CREATE INDEX users_display_name_idx ON users (display_name COLLATE "C", id)
    WHERE deleted_at IS NULL;
CREATE INDEX users_email_trgm ON users USING gin (email gin_trgm_ops);
CREATE INDEX users_display_name_trgm
    ON users USING gin (display_name gin_trgm_ops);

CREATE TRIGGER users_touch BEFORE INSERT OR UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch();

-- Now that there are users, what came before them can say who made it.
ALTER TABLE permissions ADD CONSTRAINT permissions_created_by_fkey
    FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT;
CREATE INDEX permissions_created_by_idx ON permissions (created_by)
    WHERE created_by IS NOT NULL;
ALTER TABLE roles ADD CONSTRAINT roles_created_by_fkey
    FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT;
CREATE INDEX roles_created_by_idx ON roles (created_by)
    WHERE created_by IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON users TO portcullis_service;
