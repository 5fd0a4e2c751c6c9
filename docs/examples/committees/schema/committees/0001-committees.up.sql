-- Committees of the chambers; a subcommittee has a parent.
CREATE TABLE committees (
    id uuid NOT NULL DEFAULT uuid_v7(),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    created_by uuid,
    code text COLLATE "C" NOT NULL,
    name text NOT NULL,
    chamber text COLLATE "C" NOT NULL,
    parent_id uuid,
    url text COLLATE "C",
    CONSTRAINT committees_pkey PRIMARY KEY (id),
    CONSTRAINT committees_created_by_fkey
        FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT committees_code_length
        CHECK (char_length(code) BETWEEN 1 AND 20),
    CONSTRAINT committees_name_length
        CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT committees_chamber_value
        CHECK (chamber IN ('house', 'senate', 'joint')),
    CONSTRAINT committees_parent_id_fkey
        FOREIGN KEY (parent_id) REFERENCES committees ON DELETE RESTRICT,
    CONSTRAINT committees_url_length
        CHECK (char_length(url) <= 2000)
);
CREATE UNIQUE INDEX committees_code_key ON committees (code)
    WHERE deleted_at IS NULL;
CREATE INDEX committees_created_by_idx ON committees (created_by)
    WHERE created_by IS NOT NULL;
CREATE INDEX committees_parent_id_idx ON committees (parent_id)
    WHERE parent_id IS NOT NULL;
CREATE INDEX committees_name_idx ON committees (name COLLATE "C", id)
    WHERE deleted_at IS NULL;

CREATE TRIGGER committees_touch BEFORE INSERT OR UPDATE ON committees
    FOR EACH ROW EXECUTE FUNCTION touch();
CALL refer_to_living('committees', 'parent_id', 'committees');
SELECT audit_watch('committees', 'committees');
CALL protect_resource('committees', 'committees');
CALL watch_outside_writes('committees');

GRANT SELECT, INSERT, UPDATE, DELETE ON committees TO portcullis_service;
