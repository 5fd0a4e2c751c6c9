-- A table rather than a CHECK: another legislature's types are then one INSERT
-- in a migration, without a lock on bills or a scan of it.
CREATE TABLE bill_types (
    type text COLLATE "C" NOT NULL,
    name text NOT NULL,
    CONSTRAINT bill_types_pkey PRIMARY KEY (type),
    CONSTRAINT bill_types_type_format CHECK (type ~ '^[a-z][a-z0-9_]{0,19}$')
);
INSERT INTO bill_types (type, name) VALUES
    ('hr', 'House bill'),
    ('s', 'Senate bill'),
    ('hres', 'House simple resolution'),
    ('sres', 'Senate simple resolution'),
    ('hjres', 'House joint resolution'),
    ('sjres', 'Senate joint resolution'),
    ('hconres', 'House concurrent resolution'),
    ('sconres', 'Senate concurrent resolution');

GRANT SELECT ON bill_types TO portcullis_service;
