DROP FUNCTION touch();
DROP FUNCTION uuid_v7();
DROP SEQUENCE version_seq;
