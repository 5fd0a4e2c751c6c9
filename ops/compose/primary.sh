#!/bin/bash
# Once, when the primary's cluster is made: the owner of the database, the role
# of the service, which owns nothing, and that of the replica.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --no-psqlrc -U "$POSTGRES_USER" -d postgres \
    -v owner="$OWNER_PASSWORD" -v service="$SERVICE_PASSWORD" \
    -v replica="$REPLICATION_PASSWORD" <<'SQL'
CREATE ROLE portcullis_owner LOGIN PASSWORD :'owner';
CREATE ROLE portcullis_service LOGIN PASSWORD :'service';
CREATE ROLE portcullis_replica LOGIN REPLICATION PASSWORD :'replica';
CREATE DATABASE portcullis OWNER portcullis_owner ENCODING 'UTF8'
    LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE portcullis FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE portcullis TO portcullis_service;
\connect portcullis
\i /setup/0001-leakproof.sql
SQL
printf 'host replication portcullis_replica all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
