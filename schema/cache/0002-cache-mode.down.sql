DROP TABLE cache_mode;
