DROP FUNCTION rights_changed() CASCADE; -- and with it the triggers
DROP TABLE instances;
DROP TABLE cache_control;
