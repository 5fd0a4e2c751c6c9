CREATE TABLE bills (
    id uuid NOT NULL DEFAULT uuid_v7(),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    created_by uuid,
    session text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    chamber text COLLATE "C" NOT NULL,
    title text NOT NULL,
    short_title text,
    official_title text,
    summary text,
    status text COLLATE "C" NOT NULL DEFAULT 'introduced',
    sponsor_id uuid,
    policy_area text COLLATE "C",
    subjects text[] NOT NULL DEFAULT '{}',
    introduced_on date NOT NULL,
    latest_action_on date,
    latest_action text,
    url text COLLATE "C",
    search tsvector NOT NULL, -- made by bill_search(), not by hand
    CONSTRAINT bills_pkey PRIMARY KEY (id),
    CONSTRAINT bills_created_by_fkey
        FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT bills_type_fkey
        FOREIGN KEY (type) REFERENCES bill_types ON DELETE RESTRICT,
    CONSTRAINT bills_sponsor_id_fkey
        FOREIGN KEY (sponsor_id) REFERENCES people ON DELETE RESTRICT,
    CONSTRAINT bills_session_length
        CHECK (char_length(session) BETWEEN 1 AND 20),
    CONSTRAINT bills_number_range
        CHECK (number >= 1),
    CONSTRAINT bills_chamber_value
        CHECK (chamber IN ('house', 'senate')),
    CONSTRAINT bills_title_length
        CHECK (char_length(title) BETWEEN 1 AND 2000),
    CONSTRAINT bills_short_title_length
        CHECK (char_length(short_title) <= 2000),
    CONSTRAINT bills_official_title_length
        CHECK (char_length(official_title) <= 20000),
    CONSTRAINT bills_summary_length
        CHECK (char_length(summary) <= 200000),
    CONSTRAINT bills_status_value
        CHECK (status IN ('introduced', 'in_committee', 'reported',
                          'passed_house', 'passed_senate', 'passed_both',
                          'agreed_to', 'to_president', 'enacted', 'vetoed',
                          'failed', 'withdrawn')),
    CONSTRAINT bills_policy_area_length
        CHECK (char_length(policy_area) <= 200),
    CONSTRAINT bills_subjects_type
        CHECK (array_ndims(subjects) = 1
               AND array_position(subjects, NULL) IS NULL),
    CONSTRAINT bills_introduced_on_range
        CHECK (introduced_on BETWEEN '0001-01-01' AND '9999-12-31'),
    CONSTRAINT bills_latest_action_on_range
        CHECK (latest_action_on BETWEEN '0001-01-01' AND '9999-12-31'),
    CONSTRAINT bills_latest_action_length
        CHECK (char_length(latest_action) <= 10000),
    CONSTRAINT bills_url_length
        CHECK (char_length(url) <= 2000)
);

-- A subject is a key of a GIN index, whose keys are limited to a third of a
-- page: 200 code points are at most 800 bytes.
CREATE FUNCTION texts_within(texts text[], longest integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN NOT EXISTS (SELECT FROM unnest(texts) AS t
                        WHERE char_length(t) > longest);
GRANT EXECUTE ON FUNCTION texts_within(text[], integer) TO portcullis_service;
ALTER TABLE bills ADD CONSTRAINT bills_subjects_length
    CHECK (cardinality(subjects) <= 1000 AND texts_within(subjects, 200));

CREATE UNIQUE INDEX bills_natural_key ON bills (session, type, number)
    WHERE deleted_at IS NULL;

-- Referring columns first: these also serve lists, so they end in the
-- tie-breaker; deleted bills refer too, so they leave nothing out.
CREATE INDEX bills_created_by_idx ON bills (created_by, id)
    WHERE created_by IS NOT NULL;
CREATE INDEX bills_type_idx ON bills (type, id);
CREATE INDEX bills_sponsor_id_idx ON bills (sponsor_id, id);

-- Lists: ORDER BY <column> [DESC] NULLS LAST, id. A backward scan would put the
-- nulls first and the ids down, so dates have an index for each direction.
CREATE INDEX bills_introduced_on_idx ON bills (introduced_on, id)
    WHERE deleted_at IS NULL;
CREATE INDEX bills_introduced_on_desc_idx
    ON bills (introduced_on DESC NULLS LAST, id) WHERE deleted_at IS NULL;
CREATE INDEX bills_latest_action_on_idx ON bills (latest_action_on, id)
    WHERE deleted_at IS NULL;
CREATE INDEX bills_latest_action_on_desc_idx
    ON bills (latest_action_on DESC NULLS LAST, id) WHERE deleted_at IS NULL;
CREATE INDEX bills_status_idx ON bills (status, id) WHERE deleted_at IS NULL;
CREATE INDEX bills_policy_area_idx ON bills (policy_area, id)
    WHERE deleted_at IS NULL;
CREATE INDEX bills_number_idx ON bills (number, id) WHERE deleted_at IS NULL;
CREATE INDEX bills_subjects_idx ON bills USING gin (subjects);
CREATE INDEX bills_title_trgm ON bills USING gin (title gin_trgm_ops);
CREATE INDEX bills_search_idx ON bills USING gin (search);

-- What `q` looks in: search @@ websearch_to_tsquery('pg_catalog.english', $1).
--
-- Not a generated column: on a table with a BEFORE UPDATE trigger PostgreSQL
-- recomputes those at every update, and a new status would parse the summary
-- again. Nobody else can set it either: what they assign is replaced.
--
-- A tsvector holds at most 1 MiB. The worst text found (hyphenated words of
-- four-byte letters) takes 10 bytes per code point, so 80,000 of them fit
-- whatever they are. Cut before the constraints speak: a title far too long
-- must fail as bills_title_length, not in here.
CREATE FUNCTION bill_search() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    english constant regconfig := 'pg_catalog.english';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.search := OLD.search;
        IF (NEW.title, NEW.short_title, NEW.official_title, NEW.policy_area,
            NEW.subjects, NEW.summary)
           IS NOT DISTINCT FROM
           (OLD.title, OLD.short_title, OLD.official_title, OLD.policy_area,
            OLD.subjects, OLD.summary) THEN
            RETURN NEW;
        END IF;
    END IF;
    NEW.search :=
        setweight(to_tsvector(english, left(
            concat_ws(' ', NEW.title, NEW.short_title), 4000)), 'A')
        || setweight(to_tsvector(english, left(
            concat_ws(' ', NEW.policy_area, NEW.official_title), 6000)), 'B')
        || setweight(to_tsvector(english, left(
            array_to_string(NEW.subjects, ' '), 10000)), 'C')
        || setweight(to_tsvector(english, left(
            coalesce(NEW.summary, ''), 60000)), 'D');
    RETURN NEW;
END
$$;

-- Triggers fire in the order of their names: the search is there when touch()
-- compares.
CREATE TRIGGER bills_search BEFORE INSERT OR UPDATE ON bills
    FOR EACH ROW EXECUTE FUNCTION bill_search();
CREATE TRIGGER bills_touch BEFORE INSERT OR UPDATE ON bills
    FOR EACH ROW EXECUTE FUNCTION touch();

GRANT SELECT, INSERT, UPDATE, DELETE ON bills TO portcullis_service;
