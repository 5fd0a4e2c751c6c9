DROP FUNCTION audit_seal();
DROP FUNCTION audit_unsealed(audit_seals, bigint);
DROP FUNCTION audit_digest(audit);
DROP FUNCTION audit_part(text);
DROP FUNCTION audit_micros(timestamptz);
DROP TABLE audit_seals;
DROP POLICY audit_refused ON audit;
DROP POLICY audit_sealed ON audit;
