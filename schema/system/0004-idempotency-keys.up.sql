-- The outcome of a write, kept in that write's own transaction: `status` is
-- null only while it runs. Only 2xx are kept; what failed is tried anew.
CREATE TABLE idempotency_keys (
    caller text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    status integer,
    etag text,
    location text,
    body text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key),
    CONSTRAINT idempotency_keys_caller_length
        CHECK (char_length(caller) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_key_length
        CHECK (char_length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_request_hash_length
        CHECK (octet_length(request_hash) = 32),
    CONSTRAINT idempotency_keys_status_range
        CHECK (status BETWEEN 200 AND 299)
);
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO portcullis_service;
