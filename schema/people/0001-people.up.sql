-- Legislators, current and historical.
CREATE TABLE people (
    id uuid NOT NULL DEFAULT uuid_v7(),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    created_by uuid,
    bioguide text COLLATE "C" NOT NULL,
    full_name text NOT NULL,
    given_name text,
    family_name text,
    party text COLLATE "C",
    state text COLLATE "C",
    chamber text COLLATE "C",
    district integer,
    current boolean NOT NULL DEFAULT false,
    CONSTRAINT people_pkey PRIMARY KEY (id),
    CONSTRAINT people_created_by_fkey
        FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT people_bioguide_length
        CHECK (char_length(bioguide) BETWEEN 1 AND 20),
    CONSTRAINT people_full_name_length
        CHECK (char_length(full_name) BETWEEN 1 AND 200),
    CONSTRAINT people_given_name_length
        CHECK (char_length(given_name) <= 200),
    CONSTRAINT people_family_name_length
        CHECK (char_length(family_name) <= 200),
    CONSTRAINT people_party_length
        CHECK (char_length(party) <= 100),
    CONSTRAINT people_state_length
        CHECK (char_length(state) <= 100),
    CONSTRAINT people_chamber_value
        CHECK (chamber IN ('house', 'senate')),
    CONSTRAINT people_district_range
        CHECK (district >= 0)
);
CREATE UNIQUE INDEX people_bioguide_key ON people (bioguide)
    WHERE deleted_at IS NULL;
CREATE INDEX people_created_by_idx ON people (created_by)
    WHERE created_by IS NOT NULL;
CREATE INDEX people_full_name_idx ON people (full_name COLLATE "C", id)
    WHERE deleted_at IS NULL;
CREATE INDEX people_family_name_idx ON people (family_name COLLATE "C", id)
    WHERE deleted_at IS NULL;
CREATE INDEX people_state_idx ON people (state, id)
    WHERE deleted_at IS NULL;
CREATE INDEX people_party_idx ON people (party, id)
    WHERE deleted_at IS NULL;
CREATE INDEX people_current_idx ON people (id)
    WHERE deleted_at IS NULL AND current;
CREATE INDEX people_full_name_trgm
    ON people USING gin (full_name gin_trgm_ops);

CREATE TRIGGER people_touch BEFORE INSERT OR UPDATE ON people
    FOR EACH ROW EXECUTE FUNCTION touch();

GRANT SELECT, INSERT, UPDATE, DELETE ON people TO portcullis_service;
