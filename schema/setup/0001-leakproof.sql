-- For a superuser, once in each database and again after a restore; everything
-- works without it, but full text, `_like`, list members and e-mail addresses
-- are then looked for row by row (docs/decisions/0007-row-level-security.md).
--
-- A condition that could tell of a hidden row, by an error, may not be asked
-- before the policies were, and so not of an index. These do not tell.

-- Their only errors are about types, memory and stack.
ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF;
ALTER FUNCTION pg_catalog.lower(text) LEAKPROOF;

-- As leakproof as the equality of what is in the lists: here, text.
ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
ALTER FUNCTION pg_catalog.arrayoverlap(anyarray, anyarray) LEAKPROOF;

-- A pattern that ends in a single backslash is an error once a text matched all
-- before it. The service's patterns never do; whoever can ask with others can
-- also set app.rights.
ALTER FUNCTION pg_catalog.texticlike(text, text) LEAKPROOF;
