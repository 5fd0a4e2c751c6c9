CREATE TABLE permissions (
    id uuid NOT NULL DEFAULT uuid_v7(),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    created_by uuid, -- refers to users since users/0001
    key text COLLATE "C" NOT NULL,
    description text,
    resource text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (split_part(key, ':', 1)) STORED,
    action text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (split_part(key, ':', 2)) STORED,
    scope text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (CASE split_part(key, ':', 3)
                             WHEN 'own' THEN 'own' ELSE 'any' END) STORED,
    CONSTRAINT permissions_pkey PRIMARY KEY (id),
    CONSTRAINT permissions_key_length
        CHECK (char_length(key) BETWEEN 3 AND 200),
    CONSTRAINT permissions_key_format
        CHECK (key ~ '^([a-z0-9_-]+|[*]):([a-z0-9_-]+|[*])(:own)?$'),
    CONSTRAINT permissions_description_length
        CHECK (char_length(description) <= 2000)
);
CREATE UNIQUE INDEX permissions_key_key ON permissions (key)
    WHERE deleted_at IS NULL;

-- Generated columns are empty in a BEFORE trigger's NEW, so touch() would see a
-- change in every update; and WHEN may not name the whole row for their sake.
-- The columns that can change are listed instead: a new one belongs in here.
CREATE TRIGGER permissions_touch_insert BEFORE INSERT ON permissions
    FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER permissions_touch_update BEFORE UPDATE ON permissions
    FOR EACH ROW
    WHEN ((OLD.id, OLD.version, OLD.created_at, OLD.updated_at, OLD.deleted_at,
           OLD.created_by, OLD.key, OLD.description)
          IS DISTINCT FROM
          (NEW.id, NEW.version, NEW.created_at, NEW.updated_at, NEW.deleted_at,
           NEW.created_by, NEW.key, NEW.description))
    EXECUTE FUNCTION touch();

GRANT SELECT, INSERT, UPDATE, DELETE ON permissions TO portcullis_service;
