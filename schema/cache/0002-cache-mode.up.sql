-- Whether answers may be remembered at all, for when not everybody can reach
-- the cache that all share: src/store/cache_switch.h. One row, in a table of
-- its own, as transactions that change rights hold the one of cache_control
-- until they end.
CREATE TABLE cache_mode (
    id boolean NOT NULL DEFAULT true,
    mode text COLLATE "C" NOT NULL DEFAULT 'off',
    generation bigint NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT cache_mode_pkey PRIMARY KEY (id),
    CONSTRAINT cache_mode_id_value CHECK (id),
    CONSTRAINT cache_mode_mode_value CHECK (mode IN ('off', 'starting', 'on'))
);
INSERT INTO cache_mode DEFAULT VALUES;

ALTER TABLE cache_mode ENABLE ROW LEVEL SECURITY;
ALTER TABLE cache_mode FORCE ROW LEVEL SECURITY;
CREATE POLICY cache_mode_all ON cache_mode USING (true);

GRANT SELECT ON cache_mode TO portcullis_service;
GRANT UPDATE (mode, generation, changed_at) ON cache_mode TO portcullis_service;
