-- For `_like` (ILIKE '%…%') and for `q` on names. Trusted: no superuser needed.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
