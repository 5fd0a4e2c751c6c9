REVOKE USAGE ON SCHEMA public FROM portcullis_service;
