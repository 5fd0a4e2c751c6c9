-- What of a key is no secret: it tells one's keys apart in lists.
ALTER TABLE api_keys
    ADD COLUMN prefix text COLLATE "C" NOT NULL DEFAULT '',
    ADD CONSTRAINT api_keys_prefix_length CHECK (char_length(prefix) <= 16);

