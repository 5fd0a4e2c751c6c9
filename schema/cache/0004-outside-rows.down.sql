DROP FUNCTION note_outside_write() CASCADE; -- and with it the triggers
DROP TRIGGER users_outside_truncate ON users;
DROP TRIGGER roles_outside_truncate ON roles;
DROP TRIGGER permissions_outside_truncate ON permissions;
DROP TRIGGER people_outside_truncate ON people;
DROP TRIGGER bills_outside_truncate ON bills;
DROP TRIGGER bill_actions_outside_truncate ON bill_actions;
DROP TRIGGER bill_cosponsors_outside_truncate ON bill_cosponsors;
DROP TRIGGER role_permissions_outside_truncate ON role_permissions;
DROP TRIGGER role_parents_outside_truncate ON role_parents;
DROP PROCEDURE watch_outside_rows(regclass, text, text);
DROP TABLE outside_writes;

-- As cache/0003-outside-writes makes it.
CREATE OR REPLACE PROCEDURE watch_outside_writes(resource_table regclass)
    LANGUAGE plpgsql
AS $$
DECLARE
    told text := $q$current_setting('app.told', true) IS DISTINCT FROM 'on'$q$;
BEGIN
    EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE OR DELETE'
                   ' ON %s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW'
                   ' WHEN (%s) EXECUTE FUNCTION written_outside()',
                   resource_table || '_outside', resource_table, told);
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s'
                   ' EXECUTE FUNCTION written_outside()',
                   resource_table || '_outside_truncate', resource_table);
END
$$;

CALL watch_outside_writes('users');
CALL watch_outside_writes('roles');
CALL watch_outside_writes('permissions');
CALL watch_outside_writes('people');
CALL watch_outside_writes('bills');
