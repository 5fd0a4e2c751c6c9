-- What happened to a bill. `seq` counts from 1 in each bill, in the order in
-- which it was told; whoever appends holds the bill's row lock.
CREATE TABLE bill_actions (
    id uuid NOT NULL DEFAULT uuid_v7(),
    bill_id uuid NOT NULL,
    seq integer NOT NULL,
    acted_on date NOT NULL,
    acted_at time,
    type text COLLATE "C",
    code text COLLATE "C",
    text text NOT NULL,
    source text COLLATE "C",
    CONSTRAINT bill_actions_pkey PRIMARY KEY (id),
    CONSTRAINT bill_actions_seq_key UNIQUE (bill_id, seq),
    CONSTRAINT bill_actions_bill_id_fkey
        FOREIGN KEY (bill_id) REFERENCES bills ON DELETE CASCADE,
    CONSTRAINT bill_actions_seq_range
        CHECK (seq >= 1),
    CONSTRAINT bill_actions_acted_on_range
        CHECK (acted_on BETWEEN '0001-01-01' AND '9999-12-31'),
    CONSTRAINT bill_actions_type_length
        CHECK (char_length(type) <= 200),
    CONSTRAINT bill_actions_code_length
        CHECK (char_length(code) <= 200),
    CONSTRAINT bill_actions_text_length
        CHECK (char_length(text) <= 10000),
    CONSTRAINT bill_actions_source_length
        CHECK (char_length(source) <= 200)
);

CREATE TABLE bill_cosponsors (
    bill_id uuid NOT NULL,
    person_id uuid NOT NULL,
    CONSTRAINT bill_cosponsors_pkey PRIMARY KEY (bill_id, person_id),
    CONSTRAINT bill_cosponsors_bill_id_fkey
        FOREIGN KEY (bill_id) REFERENCES bills ON DELETE CASCADE,
    CONSTRAINT bill_cosponsors_person_id_fkey
        FOREIGN KEY (person_id) REFERENCES people ON DELETE RESTRICT
);
CREATE INDEX bill_cosponsors_person_id_idx
    ON bill_cosponsors (person_id, bill_id);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON bill_actions, bill_cosponsors TO portcullis_service;
