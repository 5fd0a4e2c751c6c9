-- The secret itself is shown once and kept nowhere: it is long and random, so
-- its plain SHA-256 is both safe to keep and what a caller is found by. Null
-- `scopes`: all that the user may.
CREATE TABLE api_keys (
    id uuid NOT NULL DEFAULT uuid_v7(),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    created_by uuid,
    user_id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] COLLATE "C",
    expires_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_created_by_fkey
        FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT api_keys_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT api_keys_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT api_keys_name_length
        CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT api_keys_secret_hash_length
        CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT api_keys_scopes_length
        CHECK (cardinality(scopes) <= 200),
    CONSTRAINT api_keys_scopes_value
        CHECK (array_position(scopes, NULL) IS NULL)
);
CREATE INDEX api_keys_created_by_idx ON api_keys (created_by)
    WHERE created_by IS NOT NULL;
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, id);

CREATE TRIGGER api_keys_touch BEFORE INSERT OR UPDATE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION touch();

GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO portcullis_service;
