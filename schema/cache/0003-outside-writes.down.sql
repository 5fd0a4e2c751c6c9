DROP PROCEDURE watch_outside_writes(regclass);
DROP FUNCTION written_outside() CASCADE; -- and with it the triggers
