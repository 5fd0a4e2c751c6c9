-- The owner of the database, and the role of the service, which owns nothing.
CREATE ROLE portcullis_owner LOGIN PASSWORD 'owner';
CREATE ROLE portcullis_service LOGIN PASSWORD 'service';
CREATE DATABASE portcullis OWNER portcullis_owner ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE portcullis FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE portcullis TO portcullis_service;
\connect portcullis
\ir /setup/0001-leakproof.sql
