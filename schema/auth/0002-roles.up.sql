CREATE TABLE roles (
    id uuid NOT NULL DEFAULT uuid_v7(),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    created_by uuid, -- refers to users since users/0001
    key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    description text,
    system boolean NOT NULL DEFAULT false,
    CONSTRAINT roles_pkey PRIMARY KEY (id),
    CONSTRAINT roles_key_format
        CHECK (key ~ '^[a-z][a-z0-9_-]{1,62}$'),
    CONSTRAINT roles_name_length
        CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT roles_description_length
        CHECK (char_length(description) <= 2000),
    CONSTRAINT roles_system_kept
        CHECK (NOT system OR deleted_at IS NULL)
);
CREATE UNIQUE INDEX roles_key_key ON roles (key) WHERE deleted_at IS NULL;

CREATE TRIGGER roles_touch BEFORE INSERT OR UPDATE ON roles
    FOR EACH ROW EXECUTE FUNCTION touch();

-- What a role is made of goes with it; what others are made of keeps it.
CREATE TABLE role_permissions (
    role_id uuid NOT NULL,
    permission_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission_id),
    CONSTRAINT role_permissions_role_id_fkey
        FOREIGN KEY (role_id) REFERENCES roles ON DELETE CASCADE,
    CONSTRAINT role_permissions_permission_id_fkey
        FOREIGN KEY (permission_id) REFERENCES permissions ON DELETE RESTRICT
);
CREATE INDEX role_permissions_permission_id_idx
    ON role_permissions (permission_id);

-- `role_id` has what `parent_id` has. Longer cycles than this one-step check
-- sees are the service's to refuse, under one lock for all of this table.
CREATE TABLE role_parents (
    role_id uuid NOT NULL,
    parent_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT role_parents_pkey PRIMARY KEY (role_id, parent_id),
    CONSTRAINT role_parents_role_id_fkey
        FOREIGN KEY (role_id) REFERENCES roles ON DELETE CASCADE,
    CONSTRAINT role_parents_parent_id_fkey
        FOREIGN KEY (parent_id) REFERENCES roles ON DELETE RESTRICT,
    CONSTRAINT role_parents_parent_id_cycle
        CHECK (parent_id <> role_id)
);
CREATE INDEX role_parents_parent_id_idx ON role_parents (parent_id);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON roles, role_permissions, role_parents TO portcullis_service;
