-- It names each column, so that none can go while it is there.
DROP FUNCTION audit_unsealed(audit_seals, bigint);
ALTER TABLE audit DROP COLUMN mark;
CREATE FUNCTION audit_unsealed(last audit_seals, now_system bigint)
    RETURNS SETOF audit
    LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH era AS MATERIALIZED (
        SELECT CASE WHEN EXISTS (SELECT FROM audit_seals
                                  WHERE system < now_system
                                     OR system > now_system)
                    THEN (SELECT sealed_at - interval '1 hour'
                            FROM audit_seals WHERE system = now_system
                           ORDER BY pg_snapshot_xmax(snapshot), number LIMIT 1)
                    ELSE '-infinity' END AS began)
    SELECT a.*
      FROM audit AS a
     WHERE last.system = now_system
       AND a.xact >= pg_snapshot_xmax(last.snapshot)
       AND a.xact < pg_snapshot_xmax(pg_current_snapshot())
       AND (a.at >= (SELECT began FROM era)) IS TRUE
    UNION ALL
    SELECT a.*
      FROM audit AS a
     WHERE last.system = now_system
       AND a.xact = ANY (ARRAY(SELECT pg_snapshot_xip(last.snapshot)))
       AND (a.at >= (SELECT began FROM era)) IS TRUE
    UNION ALL
    SELECT a.*
      FROM audit AS a
     WHERE last.system IS DISTINCT FROM now_system
       AND NOT EXISTS (SELECT FROM audit_seals AS s, unnest(s.ids) AS known
                        WHERE known = a.id);
END;
